import type { Configuration } from '../platform/configuration/configuration.js';
import { operatorName } from '../platform/http/request-origin.js';
import { PlatformConfig } from '../platform/platform.config.js';
import { DatabaseRefused } from '../platform/postgres/open-data-source.js';
import { newPassword, setUpRoles } from '../platform/postgres/roles.js';
import type { AuditVerification } from './audit/audit-verifier.js';
import { auditKeysOf } from './audit/signing-keys.js';
import { verifyAuditLog } from './audit/verification-alone.js';
import { paymentsAddresses } from './database/address.js';
import { resealAll } from './database/key-rotation.js';
import { type AskApplication, measureIsolation } from './database/isolation.js';
import { inWords, isAtLeast } from './database/isolation-level.js';
import { adoptHome, asOwner, type OwnersConnection, purgeMoved } from './database/owner.js';
import { lockMove } from './database/relocation/lock.js';
import { type Ends, inventory, obstacles } from './database/relocation/preflight.js';
import {
  cancelRelocation,
  finishMove,
  relocate,
  type RelocationProgress,
  type RelocationResult,
} from './database/relocation/relocation.js';
import { placeOf, readResidence } from './database/residence.js';
import { sealsOf } from './database/sealing-keys.js';
import { recordAccess } from './event/access-log.js';
import { PAYMENTS_ROLES } from './database/roles.js';
import { PaymentsConfig } from './payments.config.js';
import { migratePayments } from './payments.data-source.js';

export { newAuditKey } from './audit/audit-keys.js';
export { newLinkKey } from './remote/service-tokens.js';
export { newTokenKey } from './database/token-keys.js';

/** Whether the audit log is what was sealed, signed and anchored: asked of the log alone, with a login that may only read it. */
export function verifyAudit(
  configuration: Configuration,
  progress: (entries: number) => void,
  anchorsFolder?: string,
): Promise<AuditVerification> {
  const [platform, payments] = [configuration.of(PlatformConfig), configuration.of(PaymentsConfig)];
  return verifyAuditLog(platform, payments, progress, anchorsFolder);
}

/** As PAYMENTS_AUDIT_PUBLIC_KEYS wants them. */
export function auditPublicKeys(configuration: Configuration): string[] {
  return auditKeysOf(configuration.of(PlatformConfig), configuration.of(PaymentsConfig)).publicKeys();
}

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
 * make tables there; with `isWayBack`, of where the data came from. Repeating it goes on where it stopped.
 */
export async function relocatePayments(
  configuration: Configuration,
  to: string,
  how: {
    isDryRun: boolean;
    isWayBack: boolean;
    progress: RelocationProgress;
    /** Undefined where payments run alone. */
    application: AskApplication | undefined;
  },
): Promise<Relocation> {
  const { source: from, other } = await endsOf(configuration, to);
  const about = { from: placeOf(from), to: placeOf(to), inventory: [], obstacles: other };
  if (about.from === about.to) return about;
  return asOwner(from, async (source) => {
    await lockMove(source, about.from);
    await recordAtHome(source, 'db_relocate', askedOf(about, how));
    return asOwner(to, async (target) => {
      await lockMove(target, about.to);
      await migratePayments({ url: to, migrationUrl: to, variable: 'PAYMENTS_RELOCATION_URL' });
      const ends = { source, target, sourcePlace: about.from, targetPlace: about.to };
      // Whether programs could follow is said already; where they could not, there is no login to measure with.
      const nearness = async () => (other.length > 0 ? [] : tooNear(configuration, how.application));
      return move(ends, about, { ...how, nearness });
    });
  });
}

async function move(
  ends: Ends,
  about: Relocation,
  {
    isDryRun,
    isWayBack,
    progress,
    nearness,
  }: Pick<Parameters<typeof relocatePayments>[2], 'isDryRun' | 'isWayBack' | 'progress'> & {
    nearness: () => Promise<string[]>;
  },
): Promise<Relocation> {
  if (await finishMove(ends)) return { ...about, obstacles: [] };
  const found = [...about.obstacles, ...(await obstacles(ends, isWayBack, nearness))];
  if (found.length > 0) await recordAtHome(ends.source, 'db_relocate.refused', { inTheWay: found });
  const counted = { ...about, obstacles: found, inventory: await inventory(ends) };
  if (found.length > 0 || isDryRun) return counted;
  const result = await relocate(ends, progress);
  const asked = askedOf(about, { isDryRun, isWayBack });
  await recordCommand(ends.target, 'db_relocate.done', { ...asked, ...result });
  return { ...counted, result };
}

function askedOf(
  { from, to }: Pick<Relocation, 'from' | 'to'>,
  { isDryRun, isWayBack }: { isDryRun: boolean; isWayBack: boolean },
): Record<string, unknown> {
  return { from, to, isDryRun, isWayBack };
}

/** Behind a fence nothing can be written, and an earlier run has written this already. */
async function recordAtHome(
  source: OwnersConnection,
  command: string,
  details: Record<string, unknown>,
): Promise<void> {
  if ((await readResidence(source))?.state === 'home') await recordCommand(source, command, details);
}

/** Opens the source again. @throws DatabaseRefused when it has closed already, or a move is at work */
export async function giveUpRelocation(configuration: Configuration): Promise<void> {
  await atHome(configuration, async (client, place) => {
    await lockMove(client, place);
    await cancelRelocation(client);
    await recordCommand(client, 'db_relocate.cancel', {});
  });
}

/** Removes for good what a move left in a former home. Returns the names of what was removed. */
export async function purgeFormerHome(configuration: Configuration, at: string): Promise<string[]> {
  // Where the home is, or a move to it has only begun, this is written down first.
  await atHome(configuration, (client) => recordCommand(client, 'db_purge', { at: placeOf(at) }));
  return asOwner(at, purgeMoved);
}

/** Says that this copy takes the place of a home that is lost. */
export async function adoptPayments(at: string): Promise<void> {
  await asOwner(at, async (client) => {
    await adoptHome(client, placeOf(at));
    await recordCommand(client, 'db_adopt', { at: placeOf(at) });
  });
}

/** Seals everything anew with the newest key, so that older ones can be taken away. Returns how many values. */
export async function rotateTokenKeys(
  configuration: Configuration,
  progress: (count: number) => void,
): Promise<number> {
  const seals = sealsOf(configuration.of(PlatformConfig), configuration.of(PaymentsConfig));
  return atHome(configuration, async (client) => {
    await recordCommand(client, 'keys_rotate', { key: seals.newestKey });
    return resealAll(client, seals, progress);
  });
}

/** As an operator's command in the audit log, before it does anything. */
function recordCommand(
  client: OwnersConnection,
  command: string,
  details: Record<string, unknown>,
): Promise<void> {
  return recordAccess(client, {
    kind: 'operation',
    actor: operatorName(),
    action: `command.${command}`,
    details,
  });
}

/** On the configured database, which must be the home. */
async function atHome<T>(
  configuration: Configuration,
  work: (client: OwnersConnection, place: string) => Promise<T>,
): Promise<T> {
  const { source } = await endsOf(configuration, undefined);
  return asOwner(source, async (client) => {
    const residence = await readResidence(client);
    if (residence?.state === 'moved' || !residence || residence.state === 'arriving')
      throw new DatabaseRefused(
        `${placeOf(source)} is not the home of payment data${residence?.movedTo ? `, which have moved to ${residence.movedTo}` : ''}. Set PAYMENTS_DATABASE_URL, and PAYMENTS_MIGRATION_URL, to the home.`,
      );
    return work(client, placeOf(source));
  });
}

/** The next start would be refused at a home that is nearer to the application than configuration allows. */
async function tooNear(
  configuration: Configuration,
  application: AskApplication | undefined,
): Promise<string[]> {
  const { PAYMENTS_RELOCATION_URL: url, PAYMENTS_ISOLATION_MINIMUM: minimum } =
    configuration.of(PaymentsConfig);
  const isolation = await measureIsolation(url!, 'PAYMENTS_RELOCATION_URL', application);
  if (isAtLeast(isolation, minimum)) return [];
  return [
    `PAYMENTS_ISOLATION_MINIMUM: payment data must be isolated by ${minimum}, and would be by ${inWords(isolation)} there.`,
  ];
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
