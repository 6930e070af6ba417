import type { Client } from 'pg';
import { DatabaseRefused } from '../../../platform/postgres/open-data-source.js';
import { readResidence, type Residence } from '../residence.js';
import { copyTable, followChanges } from './copying.js';
import { copySequences, type Fingerprint, fingerprintOf, movingTables, type MovingTable } from './tables.js';
import { fence, noteChanges, removeTriggers } from './triggers.js';

/** Few enough changes are left for the fence to be short. */
const CHANGES_BEFORE_FENCE_MAX = 500;
/** Where changes come as fast as they are followed, the fence must fall at some time. */
const ROUNDS_MAX = 50;

/** Told of each step, in order. */
export type RelocationStep =
  | 'target_prepared'
  | 'changes_noted'
  | 'copied'
  | 'caught_up'
  | 'fenced'
  | 'verified'
  | 'source_closed'
  | 'target_open'
  | 'source_hidden';

export interface RelocationProgress {
  step: (step: RelocationStep) => void;
  rows: (copied: number, total: number) => void;
}

export interface RelocationResult {
  tables: Fingerprint[];
  /** How long nobody could write. */
  fencedMs: number;
  epoch: number;
}

/** Both ends of a move: connections of the schemas' owners, and where the target is, for people. */
export interface Ends {
  source: Client;
  target: Client;
  targetPlace: string;
}

/** What would stop a move, all at once; empty when nothing would. */
export async function obstacles({ source, target, targetPlace }: Ends): Promise<string[]> {
  const found: string[] = [];
  const residence = await readResidence(source);
  if (residence?.state === 'moved')
    // a run was killed after the source had closed: there is one way on
    return residence.movedTo === targetPlace
      ? []
      : [`The source has closed for a move to ${residence.movedTo}.`];
  if (!residence || residence.state === 'arriving') return ['The source is not the home of payment data.'];
  const { rows: under } = await source.query<{ target: string }>('SELECT target FROM payments.relocation');
  if (under[0] && under[0].target !== targetPlace)
    found.push(`A move to ${under[0].target} is under way: finish it, or db relocate --cancel.`);
  const versions = await Promise.all([source, target].map(majorOf));
  if (versions[1]! < versions[0]!)
    found.push(`The target is PostgreSQL ${versions[1]}, older than the source's ${versions[0]}.`);
  const names = await Promise.all([source, target].map(migrationsOf));
  if (names[0]!.join() !== names[1]!.join())
    found.push(
      'The two databases do not have the same migrations. Run: npm run cli -- migrate, with each of them.',
    );
  const arriving = await readResidence(target);
  if (arriving && arriving.id !== residence.id) found.push('The target is the home of other payment data.');
  if (arriving && arriving.id === residence.id && arriving.state !== 'arriving')
    found.push(`The target says that it is ${arriving.state} already, with epoch ${arriving.epoch}.`);
  if (!arriving && !under[0]) {
    for (const table of await movingTables(target)) {
      if (table.name === 'digest_key') continue;
      const { rows } = await target.query(`SELECT FROM payments.${table.name} LIMIT 1`);
      if (rows.length > 0) found.push(`The target's table ${table.name} is not empty.`);
    }
  }
  return found;
}

/** How much would move. */
export async function inventory({
  source,
}: Pick<Ends, 'source'>): Promise<{ table: string; rows: number }[]> {
  const counts: { table: string; rows: number }[] = [];
  for (const { name } of await movingTables(source)) {
    const { rows } = await source.query<{ count: string }>(`SELECT count(*) FROM payments.${name}`);
    counts.push({ table: name, rows: Number(rows[0]!.count) });
  }
  return counts;
}

/**
 * Moves the home while programs run. Each step can be repeated: whoever was killed runs it again, and it goes on where it
 * stopped. Until the source closes nothing is lost by giving up; from then on there is one way, and it is short.
 */
export async function relocate(ends: Ends, progress: RelocationProgress): Promise<RelocationResult> {
  const { source, target, targetPlace } = ends;
  const residence = await sourceOf(ends);
  const tables = await movingTables(source);
  if (residence.state === 'moved')
    return open(ends, residence, tables, progress, { tables: [], fencedMs: 0 });

  if (residence.state === 'home') {
    await prepare(ends, residence, tables);
    progress.step('target_prepared');
    await noteChanges(source, tables);
    progress.step('changes_noted');
    await copyAll(ends, tables, progress);
    progress.step('copied');
    for (let round = 1; (await followChanges(source, target, tables)) > CHANGES_BEFORE_FENCE_MAX; round++)
      if (round === ROUNDS_MAX) break;
    progress.step('caught_up');
  }

  const fencedAt = Date.now();
  await fence(source, tables, `UPDATE payments.residence SET state = 'closing'`);
  progress.step('fenced');
  while ((await followChanges(source, target, tables)) > 0);
  await copySequences(source, target);
  const fingerprints = await compare(ends, tables);
  progress.step('verified');
  await source.query(`UPDATE payments.residence SET state = 'moved', moved_to = $1`, [targetPlace]);
  progress.step('source_closed');
  return open(ends, residence, tables, progress, { tables: fingerprints, fencedMs: Date.now() - fencedAt });
}

/** Where the last run was killed after everything had moved: what it had left to do. False when there is more. */
export async function finishMove({ source, target }: Ends): Promise<boolean> {
  if (await readResidence(source)) return false;
  if ((await readResidence(target))?.state !== 'home') return false;
  await validate(target);
  return true;
}

/** Gives a move up. Possible until the source has closed. */
export async function cancelRelocation(source: Client): Promise<void> {
  const residence = await readResidence(source);
  if (residence?.state === 'moved')
    throw new DatabaseRefused(
      'The source has closed: the move can only be finished. Run the same db relocate again.',
    );
  await removeTriggers(
    source,
    await movingTables(source),
    `UPDATE payments.residence SET state = 'home' WHERE state = 'closing';
     DELETE FROM payments.relocation_change; DELETE FROM payments.relocation`,
  );
}

async function sourceOf({ source }: Ends): Promise<Residence> {
  const residence = await readResidence(source);
  if (!residence) throw new DatabaseRefused('The source is not the home of payment data.');
  return residence;
}

/** The target waits, without foreign keys, which rows arriving in any order could not keep, and without its own triggers. */
async function prepare(
  { source, target, targetPlace }: Ends,
  residence: Residence,
  tables: readonly MovingTable[],
) {
  const { rows } = await target.query<{ drop: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop
       FROM pg_constraint WHERE connamespace = 'payments'::regnamespace AND contype = 'f' AND conparentid = 0`,
  );
  await target.query('BEGIN');
  for (const { drop } of rows) await target.query(drop);
  for (const { name } of tables) await target.query(`ALTER TABLE payments.${name} DISABLE TRIGGER USER`);
  if (!(await readResidence(target))) await target.query('DELETE FROM payments.digest_key');
  await target.query(
    `INSERT INTO payments.residence (id, epoch, state, installation, gateway_mode, gateway_account, system_identifier, database_oid)
     SELECT $1, $2, 'arriving', $3, $4, $5, (SELECT system_identifier::text FROM pg_control_system()),
            (SELECT oid FROM pg_database WHERE datname = current_database())
     ON CONFLICT DO NOTHING`,
    [residence.id, residence.epoch, residence.installation, residence.gatewayMode, residence.gatewayAccount],
  );
  await target.query('COMMIT');
  await source.query('INSERT INTO payments.relocation (target) VALUES ($1) ON CONFLICT DO NOTHING', [
    targetPlace,
  ]);
}

async function copyAll(
  { source, target }: Ends,
  tables: readonly MovingTable[],
  progress: RelocationProgress,
) {
  const { rows } = await source.query<{ copied: Record<string, { last: string; rows: number }> }>(
    'SELECT copied FROM payments.relocation',
  );
  const copied = rows[0]!.copied;
  const total = (await inventory({ source })).reduce((sum, { rows: count }) => sum + count, 0);
  let done = Object.values(copied).reduce((sum, { rows: count }) => sum + count, 0);
  for (const table of tables) {
    const before = copied[table.name];
    let ofTable = before?.rows ?? 0;
    await copyTable(source, target, table, before?.last ?? null, async (last, count) => {
      ofTable += count;
      done += count;
      await source.query('UPDATE payments.relocation SET copied = copied || $1::jsonb', [
        JSON.stringify({ [table.name]: { last, rows: ofTable } }),
      ]);
      progress.rows(done, Math.max(total, done));
    });
  }
}

/** Row by row by their hashes, both sides at once. @throws DatabaseRefused, and then nothing has moved */
async function compare({ source, target }: Ends, tables: readonly MovingTable[]): Promise<Fingerprint[]> {
  const sides = await Promise.all(
    [source, target].map(async (client) => {
      const found: Fingerprint[] = [];
      for (const table of tables) found.push(await fingerprintOf(client, table));
      return found;
    }),
  );
  const [ours, theirs] = sides as [Fingerprint[], Fingerprint[]];
  const wrong = ours.filter((it, at) => it.rows !== theirs[at]!.rows || it.checksum !== theirs[at]!.checksum);
  if (wrong.length > 0) {
    await cancelRelocation(source);
    throw new DatabaseRefused(
      `The copy differs in ${wrong.map(({ table }) => table).join(', ')}. The source is open again and nothing has moved; empty the target and begin anew.`,
    );
  }
  return ours;
}

/** The source has closed: the target opens with the next epoch. */
async function open(
  { source, target }: Ends,
  residence: Residence,
  tables: readonly MovingTable[],
  progress: RelocationProgress,
  result: Omit<RelocationResult, 'epoch'>,
): Promise<RelocationResult> {
  const epoch = residence.epoch + 1;
  const keys = await source.query<{ add: string }>(
    `SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS add
       FROM pg_constraint WHERE connamespace = 'payments'::regnamespace AND contype = 'f' AND conparentid = 0`,
  );
  const isOpen = (await readResidence(target))?.state === 'home';
  if (!isOpen) {
    await target.query('BEGIN');
    for (const { add } of keys.rows) await target.query(add);
    for (const { name } of tables) await target.query(`ALTER TABLE payments.${name} ENABLE TRIGGER USER`);
    await target.query(
      `UPDATE payments.residence SET state = 'home', epoch = $1, since = clock_timestamp()`,
      [epoch],
    );
    await target.query('COMMIT');
  }
  progress.step('target_open');
  // What reads from here finds nothing any more, and looks where the home is.
  await source.query(`ALTER SCHEMA payments RENAME TO payments_moved_${residence.epoch}`);
  progress.step('source_hidden');
  await validate(target);
  return { ...result, epoch };
}

/** While programs work already: the rows are known to be those of the source, where the keys held. */
async function validate(target: Client): Promise<void> {
  const { rows } = await target.query<{ validate: string }>(
    `SELECT format('ALTER TABLE %s VALIDATE CONSTRAINT %I', conrelid::regclass, conname) AS validate
       FROM pg_constraint WHERE connamespace = 'payments'::regnamespace AND contype = 'f' AND NOT convalidated`,
  );
  for (const row of rows) await target.query(row.validate);
}

async function majorOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ major: number }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS major`,
  );
  return rows[0]!.major;
}

async function migrationsOf(client: Client): Promise<string[]> {
  const { rows: there } = await client.query<{ found: boolean }>(
    `SELECT to_regclass('payments.payments_migration') IS NOT NULL AS found`,
  );
  if (!there[0]!.found) return [];
  const { rows } = await client.query<{ name: string }>(
    'SELECT name FROM payments.payments_migration ORDER BY name',
  );
  return rows.map(({ name }) => name);
}
