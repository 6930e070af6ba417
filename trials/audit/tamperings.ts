import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { Json } from '../world/gateway-account.ts';
import type { Random } from '../random.ts';

/** The sealed log as it stands, and one statement on it as somebody who owns the whole server. */
export interface Log {
  entries: Json[];
  batches: Json[];
  sql: (statement: string, parameters?: unknown[]) => Promise<unknown>;
}

/** What was done, and the number of the entry that must be named for it; null where it is no single entry's. */
export interface Done {
  words: string;
  names: number | null;
}

export type Tampering = (log: Log, random: Random) => Promise<Done>;

const ENTRY = 'payments.audit_entry';
const BATCH = 'payments.audit_batch';

/** Each column of an entry that says something, and another value for it. */
const OTHERWISE: Record<string, string> = {
  id: 'gen_random_uuid()',
  occurred_at: `occurred_at + interval '1 microsecond'`,
  kind: `CASE kind WHEN 'access' THEN 'operation' ELSE 'access' END`,
  actor: `actor || ' '`,
  action: `reverse(action)`,
  target_type: `coalesce(target_type, '') || 's'`,
  target_id: 'gen_random_uuid()',
  outcome: `CASE outcome WHEN 'failed' THEN 'succeeded' ELSE 'failed' END`,
  origin: `origin || '{"ip": "192.0.2.1"}'`,
  change: `change || '{"amountMinor": 1}'`,
};

/** Columns of a batch, likewise. */
const BATCH_OTHERWISE: Record<string, string> = {
  after_position: 'after_position - 1',
  entries_before: 'entries_before + 1',
  entries: 'entries + 1',
  root: `sha256(root)`,
  previous_hash: 'sha256(previous_hash)',
  sealed_at: `sealed_at - interval '1 ms'`,
  key_name: `key_name || 'x'`,
  signature: 'set_byte(signature, 7, 255 - get_byte(signature, 7))',
  leaves: 'set_byte(leaves, 5, 255 - get_byte(leaves, 5))',
  number: 'number + 100000',
};

export const TAMPERINGS: Record<string, Tampering> = {
  flip: async ({ entries, sql }, random) => {
    const index = random.between(0, entries.length - 1);
    const column = random.pick(Object.keys(OTHERWISE));
    await sql(`UPDATE ${ENTRY} SET ${column} = ${OTHERWISE[column]} WHERE position = $1`, [
      positionOf(entries[index]),
    ]);
    return { words: `${column} of entry ${index + 1} changed`, names: index + 1 };
  },

  delete: async ({ entries, sql }, random) => {
    const index = random.between(0, entries.length - 1);
    await sql(`DELETE FROM ${ENTRY} WHERE position = $1`, [positionOf(entries[index])]);
    return { words: `entry ${index + 1} deleted`, names: index + 1 };
  },

  'delete-many': async ({ entries, sql }, random) => {
    const first = random.between(0, entries.length - 1);
    const last = random.between(first, Math.min(entries.length - 1, first + 40));
    await sql(`DELETE FROM ${ENTRY} WHERE position BETWEEN $1 AND $2`, [
      positionOf(entries[first]),
      positionOf(entries[last]),
    ]);
    return { words: `entries ${first + 1} to ${last + 1} deleted`, names: first + 1 };
  },

  insert: async ({ entries, sql }, random) => {
    // Not after the last: what is added there is new, and sealed next.
    const index = random.between(0, entries.length - 2);
    const before = BigInt(positionOf(entries[index]));
    // Every position above the chosen one moves up, so that there is room for one that never was.
    await sql(`UPDATE ${ENTRY} SET position = -position WHERE position > $1`, [String(before)]);
    await sql(
      `INSERT INTO ${ENTRY} (transaction_id, position, id, occurred_at, kind, actor, action, origin, change)
       OVERRIDING SYSTEM VALUE SELECT transaction_id, $1, gen_random_uuid(), occurred_at, kind, actor, action, origin, change
         FROM ${ENTRY} WHERE position = $2`,
      [String(before + 1n), String(before)],
    );
    await sql(`UPDATE ${ENTRY} SET position = 1 - position WHERE position < 0`);
    return { words: `an entry inserted after entry ${index + 1}`, names: index + 2 };
  },

  'insert-below': async ({ sql }, random) => {
    const position = random.pick(['0', '-1', String(-(2n ** 63n) + 1n)]);
    await sql(
      `INSERT INTO ${ENTRY} (position, id, actor, action, origin, change)
       OVERRIDING SYSTEM VALUE VALUES ($1, gen_random_uuid(), 'nobody', 'nothing', '{}', '{}')`,
      [position],
    );
    return { words: `an entry inserted at position ${position}`, names: 1 };
  },

  swap: async ({ entries, sql }, random) => {
    const first = random.between(0, entries.length - 2);
    const second = random.between(first + 1, entries.length - 1);
    const positions = [positionOf(entries[first]), positionOf(entries[second])];
    await sql(`UPDATE ${ENTRY} SET position = 0 WHERE position = $1`, [positions[0]]);
    await sql(`UPDATE ${ENTRY} SET position = $1 WHERE position = $2`, positions);
    await sql(`UPDATE ${ENTRY} SET position = $1 WHERE position = 0`, [positions[1]]);
    return { words: `entries ${first + 1} and ${second + 1} exchanged`, names: first + 1 };
  },

  'date-back': async ({ entries, sql }, random) => {
    const index = random.between(0, entries.length - 1);
    const seconds = random.between(1, 10_000_000);
    await sql(
      `UPDATE ${ENTRY} SET occurred_at = occurred_at - make_interval(secs => $2) WHERE position = $1`,
      [positionOf(entries[index]), seconds],
    );
    return { words: `entry ${index + 1} dated back by ${seconds} s`, names: index + 1 };
  },

  'cut-off': async ({ entries, batches, sql }, random) => {
    const from = random.between(1, batches.length);
    await sql(`DELETE FROM ${BATCH} WHERE number >= $1`, [from]);
    const kept = batches.filter(({ number }) => Number(number) < from);
    const end = kept.at(-1);
    await sql(`DELETE FROM ${ENTRY} WHERE position > $1`, [end ? end.last_position : 0]);
    const left = end ? Number(end.entries_before) + end.entries : 0;
    return { words: `cut off after batch ${from - 1}`, names: left < entries.length ? left + 1 : null };
  },

  'batch-flip': async ({ batches, sql }, random) => {
    const number = random.between(1, batches.length);
    const column = random.pick(Object.keys(BATCH_OTHERWISE));
    await sql(`UPDATE ${BATCH} SET ${column} = ${BATCH_OTHERWISE[column]} WHERE number = $1`, [number]);
    return { words: `${column} of batch ${number} changed`, names: null };
  },

  'batch-delete': async ({ batches, sql }, random) => {
    const number = random.between(1, batches.length);
    await sql(`DELETE FROM ${BATCH} WHERE number = $1`, [number]);
    return { words: `batch ${number} deleted`, names: null };
  },

  splice: async ({ batches, sql }, random) => {
    const target = random.between(1, batches.length);
    const source = random.pick(batches.map(({ number }) => Number(number)).filter((it) => it !== target));
    await sql(
      `UPDATE ${BATCH} AS target SET (root, leaves, signature, entries) =
         (SELECT root, leaves, signature, entries FROM ${BATCH} WHERE number = $2) WHERE target.number = $1`,
      [target, source],
    );
    return { words: `the seal of batch ${source} put upon batch ${target}`, names: null };
  },

  /** All that somebody can do who has the database and the program's source, but not the key. */
  reseal: async ({ entries, batches, sql }, random) => {
    const batch = batches.at(-1)!;
    const inBatch = random.between(0, batch.entries - 1);
    const index = Number(batch.entries_before) + inBatch;
    await sql(`DELETE FROM ${ENTRY} WHERE position = $1`, [positionOf(entries[index])]);
    const leaves = hashesIn(batch.leaves as Buffer).filter((_, at) => at !== inBatch);
    if (leaves.length === 0) {
      await sql(`DELETE FROM ${BATCH} WHERE number = $1`, [batch.number]);
      return { words: `the last batch deleted with its only entry`, names: index + 1 };
    }
    const last = entries[index === entries.length - 1 ? index - 1 : entries.length - 1];
    const root = rootOf(leaves);
    const header = JSON.stringify([
      'tokenkeep audit batch 1',
      ...[Number(batch.number), String(batch.after_position), positionOf(last), Number(batch.entries_before)],
      ...[leaves.length, root.toString('hex'), (batch.previous_hash as Buffer).toString('hex')],
      ...[(batch.sealed_at as Date).toISOString(), batch.key_name],
    ]);
    const { privateKey } = generateKeyPairSync('ed25519');
    await sql(
      `UPDATE ${BATCH} SET entries = $2, root = $3, leaves = $4, signature = $5, last_position = $6 WHERE number = $1`,
      [
        ...[batch.number, leaves.length, root, Buffer.concat(leaves)],
        ...[sign(null, Buffer.from(header), privateKey), positionOf(last)],
      ],
    );
    return {
      words: `entry ${index + 1} deleted and the last batch sealed again with another key`,
      names: null,
    };
  },
};

function positionOf(entry: Json | undefined): string {
  return String(entry!.position);
}

function hashesIn(leaves: Buffer): Buffer[] {
  return Array.from({ length: leaves.length / 32 }, (_, at) => leaves.subarray(at * 32, at * 32 + 32));
}

function rootOf(leaves: Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0]!;
  const left = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return createHash('sha256')
    .update(Buffer.concat([Buffer.from([1]), rootOf(leaves.slice(0, left)), rootOf(leaves.slice(left))]))
    .digest();
}
