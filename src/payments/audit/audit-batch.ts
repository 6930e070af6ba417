import type { PaymentsDatabase } from '../database/payments-database.js';
import { HASH_BYTES, leafHash, sha256 } from './hash-tree.js';

/** The end of the chain: what the next batch goes on from. */
export interface Head {
  number: number;
  lastPosition: string;
  entries: number;
  hash: Buffer;
}

/** What the first batch goes on from. */
export const NO_BATCH: Head = { number: 0, lastPosition: '0', entries: 0, hash: Buffer.alloc(HASH_BYTES) };

export interface Batch extends BatchSeal {
  /** The hash of every entry, in order. */
  leaves: Buffer;
}

/** Entries that were sealed together. Positions are texts: they are 64 bits wide. */
export interface BatchSeal {
  number: number;
  afterPosition: string;
  lastPosition: string;
  /** Entries of all batches before it: the first of this one has the number after it, and no number is left out. */
  entriesBefore: number;
  entries: number;
  root: Buffer;
  previousHash: Buffer;
  sealedAt: Date;
  keyName: string;
  signature: Buffer;
}

/** What is signed: the version and every field, in an unambiguous text. */
export function headerOf(batch: Omit<BatchSeal, 'signature'>): string {
  return JSON.stringify([
    'tokenkeep audit batch 1',
    batch.number,
    batch.afterPosition,
    batch.lastPosition,
    batch.entriesBefore,
    batch.entries,
    batch.root.toString('hex'),
    batch.previousHash.toString('hex'),
    batch.sealedAt.toISOString(),
    batch.keyName,
  ]);
}

export function headAfter(batch: BatchSeal): Head {
  return {
    number: batch.number,
    lastPosition: batch.lastPosition,
    entries: batch.entriesBefore + batch.entries,
    hash: sha256(headerOf(batch)),
  };
}

const COLUMNS = `number::int, after_position AS "afterPosition", last_position AS "lastPosition",
  entries_before::int AS "entriesBefore", entries, root, previous_hash AS "previousHash", sealed_at AS "sealedAt",
  key_name AS "keyName", signature`;

export async function lastBatch(database: PaymentsDatabase): Promise<BatchSeal | undefined> {
  const [batch] = await database.query<BatchSeal[]>(
    `SELECT ${COLUMNS} FROM payments.audit_batch ORDER BY number DESC LIMIT 1`,
  );
  return batch;
}

/** The next batches, as many as hold so many entries together, and one at least. What is left out is not read: hashes are long. */
export function batchesAfter(
  database: PaymentsDatabase,
  number: number,
  most: { batches: number; entries: number },
): Promise<Batch[]> {
  return database.query<Batch[]>(
    `SELECT ${COLUMNS}, leaves
       FROM (SELECT *, sum(entries) OVER (ORDER BY number) AS until_here, row_number() OVER (ORDER BY number) AS place
               FROM payments.audit_batch WHERE number > $1 ORDER BY number LIMIT $2) AS batch
      WHERE until_here <= $3 OR place = 1 ORDER BY number`,
    [number, most.batches, most.entries],
  );
}

/**
 * What the hash of an entry is made of, as texts, so that it is the same on every server and in every time zone: every
 * column but the transaction's id, which means nothing on another server. PostgreSQL writes the list down as JSON.stringify
 * would: one value for each entry is read several times faster than twelve.
 */
const SEALED = `'["tokenkeep audit entry 1",' || concat_ws(',', ${[
  ...['position', 'id', '(extract(epoch FROM occurred_at) * 1000000)::bigint'].map(plain),
  ...['kind', 'actor', 'action', 'target_type'].map(escaped),
  plain('target_id'),
  ...['outcome', 'origin::text', 'change::text'].map(escaped),
].join(', ')}) || ']'`;

/** Numbers and ids hold nothing that JSON would write otherwise. */
function plain(value: string): string {
  return `coalesce('"' || ${value} || '"', 'null')`;
}

function escaped(text: string): string {
  return `coalesce(to_json(${text})::text, 'null')`;
}

export interface SealedEntry {
  position: string;
  leaf: Buffer;
  /** The list that its hash was made of. */
  text: string;
}

/** The entries after one position, up to another, in order. */
export async function entriesBetween(
  database: PaymentsDatabase,
  after: string,
  last: string,
  limit: number,
): Promise<SealedEntry[]> {
  const rows = await database.query<{ position: string; text: string }[]>(
    `SELECT position, ${SEALED} AS text FROM payments.audit_entry WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3`,
    [after, last, limit],
  );
  return rows.map(({ position, text }) => ({ position, text, leaf: leafHash(text) }));
}

export function idOf({ text }: SealedEntry): string {
  return (JSON.parse(text) as string[])[2]!;
}
