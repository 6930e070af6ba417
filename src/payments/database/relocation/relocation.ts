import type { Client } from 'pg';
import { DatabaseRefused } from '../../../platform/postgres/open-data-source.js';
import { readResidence, type Residence } from '../residence.js';
import { copyTable, followChanges } from './copying.js';
import { type Ends, hiddenSchemaOf, inventory } from './preflight.js';
import { Proof } from './proof.js';
import { copySequences, movingTables, type MovingTable } from './tables.js';
import { fence, lowerFence, noteChanges, removeTriggers } from './triggers.js';

/** Few enough rows are open for the fence to be short: a second at most. */
const OPEN_BEFORE_FENCE_MAX = 500;
/** Where changes come as fast as they are followed, the fence must fall at some time. */
const ROUNDS_MAX = 50;
/** Behind the fence nothing changes any more, so what differs a second time differs for good. */
const ROUNDS_FENCED_MAX = 3;

/** Told of each step, in order. */
export type RelocationStep =
  | 'target_prepared'
  | 'changes_noted'
  | 'copied'
  | 'compared'
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
  /** Rows that were found the same on both sides; 0 where an earlier run had done that. */
  rowsCompared: number;
  /** How long nobody could write; null where an earlier run had raised the fence. */
  fencedMs: number | null;
  epoch: number;
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
    return open(ends, residence, tables, progress, { rowsCompared: 0, fencedAt: null });
  // A run was killed behind its fence, and with it went what it had compared: nobody waits while that is done again.
  if (residence.state === 'closing') await lowerFence(source, tables, OPEN_AGAIN);

  await prepare(ends, residence, tables);
  progress.step('target_prepared');
  await noteChanges(source, tables);
  progress.step('changes_noted');
  await copyAll(ends, tables, progress);
  progress.step('copied');
  const proof = new Proof(source, target, tables);
  await followChanges(source, target, tables, proof.changed);
  await proof.compareAll();
  progress.step('compared');
  for (let round = 1; round < ROUNDS_MAX; round++) {
    const followed = await followChanges(source, target, tables, proof.changed);
    if (followed + (await proof.settle()) <= OPEN_BEFORE_FENCE_MAX) break;
  }
  progress.step('caught_up');

  const fencedAt = Date.now();
  await fence(source, tables, `UPDATE payments.residence SET state = 'closing'`);
  progress.step('fenced');
  await finishBehindFence(ends, tables, proof);
  progress.step('verified');
  await source.query(`UPDATE payments.residence SET state = 'moved', moved_to = $1`, [targetPlace]);
  progress.step('source_closed');
  return open(ends, residence, tables, progress, { rowsCompared: proof.rows, fencedAt });
}

/** Where the last run was killed after everything had moved: what it had left to do. False when there is more. */
export async function finishMove({ source, target }: Ends): Promise<boolean> {
  if (await readResidence(source)) return false;
  if ((await readResidence(target))?.state !== 'home') return false;
  await validate(target);
  return true;
}

const OPEN_AGAIN = `UPDATE payments.residence SET state = 'home' WHERE state = 'closing'`;

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
    `${OPEN_AGAIN}; DELETE FROM payments.relocation_change; DELETE FROM payments.relocation`,
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
  const { rowCount: isUnderWay } = await source.query('SELECT FROM payments.relocation');
  await target.query('BEGIN');
  for (const { drop } of rows) await target.query(drop);
  for (const { name } of tables) await target.query(`ALTER TABLE payments.${name} DISABLE TRIGGER USER`);
  // What a move that was given up had copied; and a program that was tried out there may have made a key.
  if (!isUnderWay) await target.query(`TRUNCATE ${tables.map(({ name }) => `payments.${name}`).join(', ')}`);
  await target.query(
    `INSERT INTO payments.residence (id, epoch, state, installation, gateway_mode, gateway_accounts, system_identifier, database_oid)
     SELECT $1, $2, 'arriving', $3, $4, $5, (SELECT system_identifier::text FROM pg_control_system()),
            (SELECT oid FROM pg_database WHERE datname = current_database())
     ON CONFLICT DO NOTHING`,
    [residence.id, residence.epoch, residence.installation, residence.gatewayMode, residence.gatewayAccounts],
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

/** Takes the last changes over and compares what was open. @throws DatabaseRefused, and then nothing has moved */
async function finishBehindFence(
  { source, target }: Ends,
  tables: readonly MovingTable[],
  proof: Proof,
): Promise<void> {
  let open = 1;
  try {
    for (let round = 1; open > 0 && round <= ROUNDS_FENCED_MAX; round++) {
      while ((await followChanges(source, target, tables, proof.changed)) > 0);
      open = await proof.settle();
    }
    await copySequences(source, target);
  } catch (error) {
    // Nobody shall wait for a person. Where the source is away, too, the next run lowers the fence.
    await lowerFence(source, tables, OPEN_AGAIN).catch(() => undefined);
    throw error;
  }
  if (open === 0) return;
  const wrong = proof.openTables.join(', ');
  await cancelRelocation(source);
  throw new DatabaseRefused(
    `The copy differs in ${wrong}. The source is open again and nothing has moved; the next run begins anew.`,
  );
}

/** The source has closed: the target opens with the next epoch. */
async function open(
  { source, target, sourcePlace }: Ends,
  residence: Residence,
  tables: readonly MovingTable[],
  progress: RelocationProgress,
  { rowsCompared, fencedAt }: { rowsCompared: number; fencedAt: number | null },
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
      `UPDATE payments.residence SET state = 'home', epoch = $1, moved_from = $2, since = clock_timestamp()`,
      [epoch, sourcePlace],
    );
    await target.query('COMMIT');
  }
  const fencedMs = fencedAt === null ? null : Date.now() - fencedAt;
  progress.step('target_open');
  // What reads from here finds nothing any more, and looks where the home is.
  await source.query(`ALTER SCHEMA payments RENAME TO ${hiddenSchemaOf(residence.epoch)}`);
  progress.step('source_hidden');
  await validate(target);
  return { rowsCompared, fencedMs, epoch };
}

/** While programs work already: the rows are known to be those of the source, where the keys held. */
async function validate(target: Client): Promise<void> {
  const { rows } = await target.query<{ validate: string }>(
    `SELECT format('ALTER TABLE %s VALIDATE CONSTRAINT %I', conrelid::regclass, conname) AS validate
       FROM pg_constraint WHERE connamespace = 'payments'::regnamespace AND contype = 'f' AND NOT convalidated`,
  );
  for (const row of rows) await target.query(row.validate);
}
