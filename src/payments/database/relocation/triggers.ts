import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { DatabaseRefused } from '../../../platform/postgres/open-data-source.js';
import type { MovingTable } from './tables.js';

/**
 * All locks together within less than PostgreSQL waits before it looks for a deadlock (1 s): so it is never a program's
 * statement that is ended for one. Whoever holds a table longer is waited for again, and others go on meanwhile.
 */
const LOCKS_TIMEOUT = '800ms';
const LOCK_TRIES_MAX = 20;
const BETWEEN_TRIES_MS = 300;
/** Timed out, not to be had, or a deadlock after all, where the server looks for one earlier. */
const NOT_LOCKED = ['57014', '55P03', '40P01'];

/** From here on every change is noted. Making a trigger waits for writers of its table, each for its own. */
export async function noteChanges(source: Client, tables: readonly MovingTable[]): Promise<void> {
  for (const table of tables)
    await locking(source, [table], 'SHARE ROW EXCLUSIVE', [
      `CREATE OR REPLACE TRIGGER relocation_note AFTER INSERT OR UPDATE OR DELETE ON payments.${table.name}
         FOR EACH ROW EXECUTE FUNCTION payments.note_change('${table.key}')`,
    ]);
}

/**
 * The fence: after this commit no statement of anybody changes a row, and every one that did before has ended. `also` is
 * written in the same transaction.
 */
export async function fence(source: Client, tables: readonly MovingTable[], also: string): Promise<void> {
  await locking(source, tables, 'SHARE ROW EXCLUSIVE', [
    ...tables.map(
      ({ name }) =>
        `CREATE OR REPLACE TRIGGER relocation_fence BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON payments.${name}
           FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse_while_moving()`,
    ),
    also,
  ]);
}

/** Lets everybody write again; changes are noted as before. */
export async function lowerFence(
  source: Client,
  tables: readonly MovingTable[],
  also: string,
): Promise<void> {
  await locking(source, tables, 'ACCESS EXCLUSIVE', [
    ...tables.map(({ name }) => `DROP TRIGGER IF EXISTS relocation_fence ON payments.${name}`),
    also,
  ]);
}

/** The source as it was before the move. */
export async function removeTriggers(
  source: Client,
  tables: readonly MovingTable[],
  also: string,
): Promise<void> {
  await locking(source, tables, 'ACCESS EXCLUSIVE', [
    ...tables.flatMap(({ name }) => [
      `DROP TRIGGER IF EXISTS relocation_fence ON payments.${name}`,
      `DROP TRIGGER IF EXISTS relocation_note ON payments.${name}`,
    ]),
    also,
  ]);
}

/** `mode`: what the statements need of the tables; asked for at once, as a lock that is raised later may wait for itself. */
async function locking(
  client: Client,
  tables: readonly MovingTable[],
  mode: 'SHARE ROW EXCLUSIVE' | 'ACCESS EXCLUSIVE',
  statements: string[],
): Promise<void> {
  for (let left = LOCK_TRIES_MAX; !(await lock(client, tables, mode)); left--) {
    if (left <= 1)
      throw new DatabaseRefused(
        'Somebody holds tables of payments for longer than a transaction should take, perhaps a backup: pg_stat_activity says who. ' +
          'Nothing was changed by this step; run the same db relocate again when they are done.',
      );
    await sleep(BETWEEN_TRIES_MS);
  }
  for (const statement of statements) await client.query(statement);
  await client.query('COMMIT');
}

/** Leaves a transaction open that holds all tables, or none. */
async function lock(client: Client, tables: readonly MovingTable[], mode: string): Promise<boolean> {
  await client.query('BEGIN');
  try {
    await client.query(`SET LOCAL statement_timeout = '${LOCKS_TIMEOUT}'`);
    await client.query(
      `LOCK TABLE ${tables.map(({ name }) => `payments.${name}`).join(', ')} IN ${mode} MODE`,
    );
    await client.query('SET LOCAL statement_timeout TO DEFAULT');
    return true;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if (!NOT_LOCKED.includes((error as { code?: string }).code ?? '')) throw error;
    return false;
  }
}
