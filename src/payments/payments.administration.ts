import type { Configuration } from '../platform/configuration/configuration.js';
import { PlatformConfig } from '../platform/platform.config.js';
import { newPassword, setUpRoles } from '../platform/postgres/roles.js';
import { paymentsAddresses } from './database/address.js';
import {
  cancelRelocation,
  finishMove,
  inventory,
  obstacles,
  relocate,
  type RelocationProgress,
  type RelocationResult,
} from './database/relocation/relocation.js';
import { resealAll } from './database/key-rotation.js';
import { sealsOf } from './database/sealing-keys.js';
import { placeOf } from './database/residence.js';
import { asOwner } from './database/owner.js';

import { PAYMENTS_ROLES } from './database/roles.js';
import { PaymentsConfig } from './payments.config.js';
import { migratePayments } from './payments.data-source.js';

export { newTokenKey } from './database/token-keys.js';
export { adoptHome, purgeMoved } from './database/owner.js';

/** A login that an administrator made, and the setting that wants it. */
export interface MadeLogin {
  variable: string;
  role: string;
  /** Null: the role was there, and its password is known to whoever configured it. */
  password: string | null;
}

/** Makes payments' roles and schema in a database. `known`: passwords that were chosen already, by role. */
export async function setUpPaymentsRoles(
  adminUrl: string,
  database: string,
  known: ReadonlyMap<string, string>,
): Promise<MadeLogin[]> {
  const passwords = new Map<string, string>();
  await setUpRoles(adminUrl, database, PAYMENTS_ROLES, (role, isNew) => {
    const password = known.get(role) ?? (isNew ? newPassword() : undefined);
    if (password) passwords.set(role, password);
    return password;
  });
  const login = (variable: string, role: string) => ({
    variable,
    role,
    password: passwords.get(role) ?? null,
  });
  return [
    ...PAYMENTS_ROLES.logins.map((role) => login('PAYMENTS_DATABASE_URL', role)),
    login('PAYMENTS_MIGRATION_URL', PAYMENTS_ROLES.migrator),
    ...PAYMENTS_ROLES.readers.map((role) => login('for auditors', role)),
  ];
}

export interface Relocation {
  from: string;
  to: string;
  /** Why it cannot begin; empty when it can. */
  obstacles: string[];
  inventory: { table: string; rows: number }[];
  /** Undefined for a rehearsal, and where something is in the way. */
  result?: RelocationResult;
}

/**
 * Moves the home of payment data from the configured database to another one, while programs run. `to` is a login that may
 * make tables there. Repeating it goes on where it stopped.
 */
export async function relocatePayments(
  configuration: Configuration,
  to: string,
  how: { dryRun: boolean; progress: RelocationProgress },
): Promise<Relocation> {
  const { source: from, other } = await endsOf(configuration, to);
  await migratePayments({ url: to, migrationUrl: to, variable: 'PAYMENTS_RELOCATION_URL' });
  return asOwner(from, async (source) =>
    asOwner(to, async (target) => {
      const ends = { source, target, targetPlace: placeOf(to) };
      const about = { from: placeOf(from), to: placeOf(to), inventory: [], obstacles: other };
      if (await finishMove(ends)) return { ...about, obstacles: [] };
      const found = [...other, ...(await obstacles(ends))];
      const counted = { ...about, obstacles: found, inventory: await inventory(ends) };
      if (found.length > 0 || how.dryRun) return counted;
      return { ...counted, result: await relocate(ends, how.progress) };
    }),
  );
}

/** Opens the source again. @throws DatabaseRefused when it has closed already */
export async function giveUpRelocation(configuration: Configuration): Promise<void> {
  const { source } = await endsOf(configuration, undefined);
  await asOwner(source, cancelRelocation);
}

/** Seals everything anew with the newest key, so that older ones can be taken away. Returns how many values. */
export async function rotateTokenKeys(
  configuration: Configuration,
  progress: (count: number) => void,
): Promise<number> {
  const { source } = await endsOf(configuration, undefined);
  const seals = sealsOf(configuration.of(PlatformConfig), configuration.of(PaymentsConfig));
  return asOwner(source, (client) => resealAll(client, seals, progress));
}

async function endsOf(configuration: Configuration, to: string | undefined) {
  const payments = configuration.of(PaymentsConfig);
  const [configured] = await paymentsAddresses(configuration.of(PlatformConfig), payments);
  const source = configured.migrationUrl ?? configured.url;
  const other: string[] = [];
  const follows = payments.PAYMENTS_RELOCATION_URL;
  if (to && (!follows || placeOf(follows) !== placeOf(to)))
    other.push(
      `PAYMENTS_RELOCATION_URL does not name ${placeOf(to)}: running programs could not follow. Set it for all of them first.`,
    );
  if (to && placeOf(source) === placeOf(to))
    other.push('The target is the database that is the home already.');
  return { source, other };
}
