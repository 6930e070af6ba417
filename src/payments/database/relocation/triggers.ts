import type { Client } from 'pg';
import type { MovingTable } from './tables.js';

/** Longer than a healthy transaction takes; a writer that holds a table longer is waited for again, and others go on meanwhile. */
const LOCK_TIMEOUT = '2s';
const LOCK_TRIES_MAX = 10;
const LOCK_NOT_AVAILABLE = '55P03';

/** From here on every change is noted. Making a trigger waits for writers of its table, each for its own. */
export async function noteChanges(source: Client, tables: readonly MovingTable[]): Promise<void> {
  for (const { name, key } of tables)
    await locking(source, [
      `CREATE OR REPLACE TRIGGER relocation_note AFTER INSERT OR UPDATE OR DELETE ON payments.${name}
         FOR EACH ROW EXECUTE FUNCTION payments.note_change('${key}')`,
    ]);
}

/**
 * The fence: after this commit no statement of anybody changes a row, and every one that did before has ended. `also` is
 * written in the same transaction.
 */
export async function fence(source: Client, tables: readonly MovingTable[], also: string): Promise<void> {
  await locking(source, [
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
  await locking(source, [
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
  await locking(source, [
    ...tables.flatMap(({ name }) => [
      `DROP TRIGGER IF EXISTS relocation_fence ON payments.${name}`,
      `DROP TRIGGER IF EXISTS relocation_note ON payments.${name}`,
    ]),
    also,
  ]);
}

async function locking(client: Client, statements: string[]): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await client.query('BEGIN');
      await client.query(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
      for (const statement of statements) await client.query(statement);
      await client.query('COMMIT');
      return;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE || tries === LOCK_TRIES_MAX) throw error;
    }
  }
}
