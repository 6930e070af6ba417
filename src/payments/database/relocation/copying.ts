import type { Client } from 'pg';
import type { MovingTable } from './tables.js';

/** Some hundred KB at a time: large enough to be quick, small enough to be kept waiting by nobody. */
const BATCH = 2_000;

/** Rows travel as JSON text that Node never reads: PostgreSQL writes and reads every type of its own. */
async function insert(target: Client, table: MovingTable, json: string): Promise<Set<string>> {
  const columns = table.columns.join(', ');
  const { rows } = await target.query<{ key: string }>(
    `INSERT INTO payments.${table.name} (${columns}) OVERRIDING SYSTEM VALUE
     SELECT ${columns} FROM json_populate_recordset(NULL::payments.${table.name}, $1::json)
     ON CONFLICT DO NOTHING RETURNING ${table.key}::text AS key`,
    [json],
  );
  return new Set(rows.map(({ key }) => key));
}

/**
 * Copies a table in the order of its key, from where an earlier run stopped. A row that cannot be stored yet, because an
 * older one at the target still has its unique value, is noted as changed and comes again.
 */
export async function copyTable(
  source: Client,
  target: Client,
  table: MovingTable,
  after: string | null,
  copied: (lastKey: string, rows: number) => Promise<void>,
): Promise<void> {
  for (let last = after; ;) {
    const { rows } = await source.query<{ json: string | null; keys: string[] | null }>(
      `SELECT json_agg(batch)::text AS json, array_agg(${table.key}::text ORDER BY ${table.key}) AS keys
         FROM (SELECT * FROM payments.${table.name}
                WHERE $1::text IS NULL OR ${table.key} > $1::${table.keyType} ORDER BY ${table.key} LIMIT ${BATCH}) batch`,
      [last],
    );
    const { json, keys } = rows[0]!;
    if (!json || !keys) return;
    const stored = await insert(target, table, json);
    await noteAgain(
      source,
      table,
      keys.filter((key) => !stored.has(key)),
    );
    last = keys.at(-1)!;
    await copied(last, keys.length);
  }
}

/** These rows are to be taken over by the next round. */
export async function noteAgain(source: Client, { name }: MovingTable, keys: string[]): Promise<void> {
  if (keys.length === 0) return;
  await source.query(
    'INSERT INTO payments.relocation_change (table_name, key) SELECT $1, unnest($2::text[])',
    [name, keys],
  );
}

/** Takes over the rows that changed meanwhile, and tells which. Returns how many changes there were. */
export async function followChanges(
  source: Client,
  target: Client,
  tables: readonly MovingTable[],
  changed: (table: MovingTable, keys: Iterable<string>) => void,
): Promise<number> {
  let followed = 0;
  for (const table of tables) {
    const { rows: noted } = await source.query<{ id: string; key: string }>(
      'SELECT id, key FROM payments.relocation_change WHERE table_name = $1 ORDER BY id',
      [table.name],
    );
    if (noted.length === 0) continue;
    followed += noted.length;
    const keys = [...new Set(noted.map(({ key }) => key))];
    changed(table, keys);
    await replaceRows(source, target, table, keys);
    // Only what was seen: a change that was committed meanwhile is for the next round.
    await source.query('DELETE FROM payments.relocation_change WHERE id = ANY ($1::bigint[])', [
      noted.map(({ id }) => id),
    ]);
  }
  return followed;
}

/** All old versions go before any new one comes, so that a unique value may wander from row to row. */
async function replaceRows(
  source: Client,
  target: Client,
  table: MovingTable,
  keys: string[],
): Promise<void> {
  const condition = `${table.key} = ANY ($1::${table.keyType}[])`;
  await target.query('BEGIN');
  try {
    await target.query(`DELETE FROM payments.${table.name} WHERE ${condition}`, [keys]);
    for (let at = 0; at < keys.length; at += BATCH) {
      const { rows } = await source.query<{ json: string | null; keys: string[] | null }>(
        `SELECT json_agg(batch)::text AS json, array_agg(${table.key}::text) AS keys
           FROM (SELECT * FROM payments.${table.name} WHERE ${condition}) batch`,
        [keys.slice(at, at + BATCH)],
      );
      const { json, keys: found } = rows[0]!;
      if (!json || !found) continue;
      const stored = await insert(target, table, json);
      await noteAgain(
        source,
        table,
        found.filter((key) => !stored.has(key)),
      );
    }
    await target.query('COMMIT');
  } catch (error) {
    await target.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
