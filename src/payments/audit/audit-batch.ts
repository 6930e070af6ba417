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

export function batchesAfter(database: PaymentsDatabase, number: number, limit: number): Promise<Batch[]> {
  return database.query<Batch[]>(
    `SELECT ${COLUMNS}, leaves FROM payments.audit_batch WHERE number > $1 ORDER BY number LIMIT $2`,
    [number, limit],
  );
}

/**
 * What the hash of an entry is made of, as texts, so that it is the same on every server and in every time zone: every
 * column but the transaction's id, which means nothing on another server.
 */
const SEALED_COLUMNS = `position, id, ((extract(epoch FROM occurred_at) * 1000000)::bigint)::text AS micros, kind, actor, action,
  target_type AS type, target_id AS target, outcome, origin::text AS origin, change::text AS change`;

type Row = Record<
  | ('position' | 'id' | 'micros' | 'kind' | 'actor' | 'action' | 'outcome' | 'origin' | 'change')
  | ('type' | 'target'),
  string
>;

/** The entries after one position, up to another, in order. */
export async function entriesBetween(
  database: PaymentsDatabase,
  after: string,
  last: string,
  limit: number,
): Promise<{ position: string; id: string; leaf: Buffer }[]> {
  const rows = await database.query<Row[]>(
    `SELECT ${SEALED_COLUMNS} FROM payments.audit_entry WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3`,
    [after, last, limit],
  );
  return rows.map((row) => ({ position: row.position, id: row.id, leaf: leafOf(row) }));
}

function leafOf(row: Row): Buffer {
  const { position, id, micros, kind, actor, action, type, target, outcome, origin, change } = row;
  return leafHash(
    JSON.stringify([
      'tokenkeep audit entry 1',
      ...[position, id, micros, kind, actor, action, type, target, outcome, origin, change],
    ]),
  );
}
