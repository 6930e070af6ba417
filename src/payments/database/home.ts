import { DatabaseRefused } from '../../platform/postgres/open-data-source.js';
import type { PaymentsAddress } from './address.js';
import {
  assertHome,
  becomeHome,
  connected,
  type Expected,
  type HomeMemory,
  placeOf,
  readResidence,
  type Residence,
} from './residence.js';

export interface FoundHome {
  address: PaymentsAddress;
  /** Null where no home has been made yet. */
  residence: Residence | null;
}

/** The home among the configured databases, looked at before anything is written there. @throws DatabaseRefused */
export async function findHome(
  addresses: readonly [PaymentsAddress, ...PaymentsAddress[]],
  expected: Expected,
): Promise<FoundHome> {
  const seen: { address: PaymentsAddress; residence: Residence | null }[] = [];
  for (const address of addresses) {
    const { url, variable } = address;
    const reading = connected(url, variable, (client) => readResidence(client, variable));
    // The other end of a move need not be there, as long as the home is.
    seen.push({ address, residence: seen.length > 0 ? await reading.catch(() => null) : await reading });
  }
  // During a move two are configured: whichever is the home, or was the last to be it.
  const open = seen.find(({ residence }) => residence?.state === 'home' || residence?.state === 'closing');
  const found = open ?? seen.find(({ residence }) => residence) ?? seen[0]!;
  const { address, residence } = found;
  if (residence)
    await connected(address.url, address.variable, (client) =>
      assertHome(client, residence, expected, address.variable),
    );
  else if (expected.memory) throw noHomeHere(address, expected.memory);
  return found;
}

function noHomeHere(address: PaymentsAddress, memory: NonNullable<Expected['memory']>): DatabaseRefused {
  return new DatabaseRefused(
    `${address.variable}: there are no payment data in ${placeOf(address.url)}; their home is ${memory.address} (epoch ${memory.epoch}). ` +
      `Set PAYMENTS_DATABASE_URL to the home, or move it: npm run cli -- db relocate.`,
  );
}

/** Makes the home where that is allowed, and has the application's database remember it. @throws DatabaseRefused */
export async function settleAt(
  address: PaymentsAddress,
  expected: Expected,
  how: { memory: HomeMemory | undefined; mayBecomeHome: boolean },
): Promise<Residence> {
  return connected(address.url, address.variable, async (client) => {
    if (how.mayBecomeHome) await becomeHome(client, expected);
    const residence = await readResidence(client, address.variable);
    if (!residence)
      throw new DatabaseRefused(
        `${address.variable}: ${placeOf(address.url)} is not the home of any payment data yet. If it is to become it: npm run cli -- db init`,
      );
    await assertHome(client, residence, expected, address.variable);
    await how.memory?.remember({
      residenceId: residence.id,
      epoch: residence.epoch,
      address: placeOf(address.url),
    });
    return residence;
  });
}
