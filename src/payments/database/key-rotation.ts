import type { Client } from 'pg';
import { DIGEST_KEY_PLACE } from './digest.js';
import type { Seals } from './sealing.js';

/** Small enough that a row is never held for long. */
const BATCH = 500;

/** Every column that holds what was sealed to its row. */
const SEALED_COLUMNS = [
  'payment_method.provider_token',
  'payment_method_task.sealed_token',
  'webhook_event.body',
  'event_endpoint.secret',
  'event_endpoint.previous_secret',
];

/**
 * Seals everything anew with the first key, beside running programs; a row that changed meanwhile is left to whoever changed
 * it. Repeating it goes on where it stopped. Returns how many were sealed anew.
 */
export async function resealAll(
  client: Client,
  seals: Seals,
  progress: (count: number) => void,
): Promise<number> {
  let count = 0;
  for (const place of SEALED_COLUMNS) {
    const [table, column] = place.split('.') as [string, string];
    for (let last = '00000000-0000-0000-0000-000000000000'; ;) {
      const { rows } = await client.query<{ id: string; sealed: Buffer }>(
        `SELECT id, ${column} AS sealed FROM payments.${table}
          WHERE id > $1 AND substring(${column}, 1, $2) <> $3 ORDER BY id LIMIT ${BATCH}`,
        [last, seals.header.length, seals.header],
      );
      if (rows.length === 0) break;
      last = rows.at(-1)!.id;
      await client.query(
        `UPDATE payments.${table} SET ${column} = anew.sealed
           FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS anew (id, before, sealed)
          WHERE ${table}.id = anew.id AND ${table}.${column} = anew.before`,
        [
          rows.map(({ id }) => id),
          rows.map(({ sealed }) => sealed),
          rows.map(({ id: rowId, sealed }) =>
            seals.seal({ column: place, rowId }, seals.open({ column: place, rowId }, sealed)),
          ),
        ],
      );
      progress((count += rows.length));
    }
  }
  const { rows } = await client.query<{ sealed: Buffer }>('SELECT sealed FROM payments.digest_key');
  const [digestKey] = rows;
  if (digestKey && !digestKey.sealed.subarray(0, seals.header.length).equals(seals.header)) {
    const anew = seals.seal(DIGEST_KEY_PLACE, seals.open(DIGEST_KEY_PLACE, digestKey.sealed));
    await client.query('UPDATE payments.digest_key SET sealed = $1', [anew]);
    progress(++count);
  }
  return count;
}
