import type { Client } from 'pg';

/** A table whose rows move. */
export interface MovingTable {
  name: string;
  key: string;
  keyType: string;
  columns: string[];
}

/** What belongs to a database and not to the data. */
const STAYS = ['payments_migration', 'residence', 'relocation', 'relocation_change'];
/** Made anew by the target: a transaction's number means nothing on another server. */
const LEFT_TO_TARGET = new Set(['audit_entry.transaction_id']);

/** Every table of payments, from the catalogue. @throws Error for one without a key of one column: it could not be followed */
export async function movingTables(client: Client): Promise<MovingTable[]> {
  const { rows } = await client.query<MovingTable & { keys: number }>(
    `SELECT relname AS name,
            (SELECT attname::text FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum = conkey[1]) AS key,
            (SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum = conkey[1]) AS "keyType",
            coalesce(cardinality(conkey), 0) AS keys,
            (SELECT array_agg(attname::text ORDER BY attname) FROM pg_attribute
              WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns
       FROM pg_class LEFT JOIN pg_constraint ON conrelid = pg_class.oid AND contype = 'p'
      WHERE relnamespace = 'payments'::regnamespace AND relkind = 'r' AND relname <> ALL ($1)
      ORDER BY relname`,
    [STAYS],
  );
  for (const { name, keys } of rows)
    if (keys !== 1)
      throw new Error(`The table payments.${name} has no primary key of one column, so it cannot move`);
  return rows.map(({ name, key, keyType, columns }) => ({
    name,
    key,
    keyType,
    columns: columns.filter((column) => !LEFT_TO_TARGET.has(`${name}.${column}`)),
  }));
}

/** Next values of identity columns: without them the target would begin at 1. */
export async function copySequences(source: Client, target: Client): Promise<void> {
  const { rows } = await source.query<{ name: string }>(
    `SELECT format('payments.%I', sequencename) AS name FROM pg_sequences
      WHERE schemaname = 'payments' AND sequencename NOT LIKE 'relocation%'`,
  );
  for (const { name } of rows) {
    const { rows: at } = await source.query<{ last: string; called: boolean }>(
      `SELECT last_value AS last, is_called AS called FROM ${name}`,
    );
    await target.query('SELECT setval($1::regclass, $2, $3)', [name, at[0]!.last, at[0]!.called]);
  }
}
