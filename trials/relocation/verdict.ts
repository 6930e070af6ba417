import { setTimeout as sleep } from 'node:timers/promises';
import type { Homes as Every, Place } from './homes.ts';
import type { Traffic } from '../world/traffic.ts';

/** What is judged: two servers, one of which is the home, and an account at the gateway. */
type Homes = Pick<Every, 'account' | 'home' | 'rows'>;

const PAGE = 50_000;
/** As many ledger entries, or events, as one answer holds without being huge. */
const ENTRIES = 20_000;
const SUCCESS = 'payment_intent.succeeded';
/** Without anything more that came to an end. */
const QUIET_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

/** What is under way ends; what the gateway could not deliver, it sends again as if hours had passed. As long as it gets less, it goes on. */
export async function comeToRest(homes: Homes): Promise<string[]> {
  let [least, end] = [Infinity, 0];
  for (; ; await sleep(LOOK_EVERY_MS)) {
    await homes.account.call('POST', '/_sandbox/clock', { advance: '2h' });
    // Work that met the fence is under a lease, and would be done once that has passed.
    for (const table of ['payment_attempt', 'webhook_event', 'outbox_message'])
      await homes.rows(
        homes.home,
        `UPDATE payments.${table} SET due_at = clock_timestamp() WHERE due_at > clock_timestamp()`,
      );
    await homes.account.deliveriesDone();
    const open = await homes.rows<{ words: string }>(
      homes.home,
      `SELECT 'payment ' || id || ' stays ' || status AS words FROM payments.payment WHERE status <> 'succeeded'
       UNION ALL
       SELECT 'message ' || type || ' of ' || aggregate_id || ' is not delivered' FROM payments.outbox_message WHERE due_at IS NOT NULL
       UNION ALL
       SELECT 'event ' || provider_event_id || ' stays ' || status FROM payments.webhook_event WHERE status <> 'processed'`,
    );
    if (open.length === 0) return [];
    if (open.length < least) [least, end] = [open.length, Date.now() + QUIET_MS];
    if (Date.now() > end) return open.map(({ words }) => words);
  }
}

/** The gateway's ledger against both databases: nothing lost, nothing doubled. In words, empty when all is well. */
export async function judge(homes: Homes, traffic: Pick<Traffic, 'made' | 'failures'>): Promise<string[]> {
  const wrong: string[] = [...traffic.failures];
  const charged = await chargesByPayment(homes, wrong);
  const known = new Set<string>();
  const obligations = new Set<string>();
  const rows = pages<{ id: string; status: string; captured: string; obligation: string }>(
    homes,
    homes.home,
    'payments',
    'id, status, captured_minor::text AS captured, obligation',
  );
  for await (const { id, status, captured, obligation } of rows) {
    known.add(id);
    if (status !== 'succeeded') wrong.push(`${id} is ${status}`);
    if (charged.get(id) !== Number(captured))
      wrong.push(`${id} took ${captured} here and ${charged.get(id) ?? 'nothing'} at the gateway`);
    if (obligations.has(obligation)) wrong.push(`${obligation} is paid twice`);
    obligations.add(obligation);
  }
  for (const id of charged.keys())
    if (!known.has(id)) wrong.push(`${id} was charged and is nowhere at the home`);
  for (const { id } of traffic.made)
    if (!known.has(id)) wrong.push(`${id} was promised to somebody and is lost`);
  for (const place of ['shared', 'apart'] as const) wrong.push(...(await leftBehind(homes, place, known)));
  wrong.push(...(await eventsLost(homes)));
  return wrong;
}

/** What the gateway took for each payment. A second charge of one is doubled money. */
async function chargesByPayment({ account }: Homes, wrong: string[]): Promise<Map<string, number>> {
  const charged = new Map<string, number>();
  for (let from = 0; ; from += ENTRIES) {
    const { data } = (await account.call('GET', `/_sandbox/ledger?from=${from}&limit=${ENTRIES}`)) as {
      data: { type: string; amount: number; metadata: { payment_id: string } }[];
    };
    for (const { type, amount, metadata } of data) {
      if (type !== 'charge.succeeded') continue;
      if (charged.has(metadata.payment_id)) wrong.push(`${metadata.payment_id} was charged twice`);
      charged.set(metadata.payment_id, amount);
    }
    if (data.length < ENTRIES) return charged;
  }
}

/** A former home holds nothing that the home does not know; and it is no home any more. */
async function leftBehind(homes: Homes, place: Place, known: ReadonlySet<string>): Promise<string[]> {
  const wrong: string[] = [];
  const schemas = await homes.rows<{ name: string }>(
    place,
    `SELECT nspname AS name FROM pg_namespace WHERE nspname ~ '^payments' ORDER BY 1`,
  );
  const hasOpen = schemas.some(({ name }) => name === 'payments');
  if (hasOpen !== (place === homes.home)) wrong.push(`${place} ${hasOpen ? 'has' : 'has no'} open schema`);
  for (const { name } of schemas)
    for await (const { id } of pages<{ id: string }>(homes, place, name, 'id'))
      if (!known.has(id)) wrong.push(`${id} was left behind in ${name} of ${place}`);
  return wrong;
}

/** Every event of a success that the gateway made is here, once. */
async function eventsLost(homes: Homes): Promise<string[]> {
  const lost: string[] = [];
  for (let from = 0; ; from += ENTRIES) {
    const { data } = (await homes.account.call('GET', `/_sandbox/events?from=${from}&limit=${ENTRIES}`)) as {
      data: { id: string; type: string }[];
    };
    const made = data.filter(({ type }) => type === SUCCESS).map(({ id }) => id);
    const stored = await homes.rows<{ id: string }>(
      homes.home,
      `SELECT provider_event_id AS id FROM payments.webhook_event WHERE type = $1 AND provider_event_id = ANY ($2)`,
      [SUCCESS, made],
    );
    const known = new Set(stored.map(({ id }) => id));
    lost.push(...made.filter((id) => !known.has(id)).map((id) => `the event ${id} never arrived`));
    if (data.length < ENTRIES) return lost;
  }
}

async function* pages<T extends { id: string }>(
  homes: Homes,
  place: Place,
  schema: string,
  columns: string,
): AsyncGenerator<T> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const rows = await homes.rows<T>(
      place,
      `SELECT ${columns} FROM ${schema}.payment WHERE id > $1 ORDER BY id LIMIT ${PAGE}`,
      [after],
    );
    yield* rows;
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.id;
  }
}
