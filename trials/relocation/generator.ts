import type { Json } from '../world/gateway-account.ts';
import type { Homes } from './homes.ts';

/** Payments of one statement: some seconds of work at most. */
const BATCH = 10_000;
/** Ledger entries of one call: about 1 MB. */
const ENTRIES = 2_000;
/** The copies' ids begin here, in milliseconds: long before anything that a trial does. */
const FIRST_MS = Date.UTC(2020, 0, 1);

/** What is copied of one payment, and what must be another in each copy; `n` is its number. */
const COPIES: Record<string, { of: string; changes: Record<string, string> }> = {
  payment: {
    of: 'id = $1',
    changes: {
      id: idOf('0'),
      obligation: `t.obligation || '-' || n`,
      idempotency_key: `t.idempotency_key || '-' || n`,
    },
  },
  payment_attempt: {
    of: 'payment_id = $1',
    changes: { id: idOf('1'), payment_id: idOf('0'), provider_payment: `t.provider_payment || '_' || n` },
  },
  outbox_message: {
    of: 'aggregate_id = $1',
    changes: {
      id: rowIdOf('2'),
      aggregate_id: idOf('0'),
      payload: `replace(t.payload::text, $1::text, ${idOf('0')}::text)::jsonb`,
    },
  },
  audit_entry: {
    of: 'target_id = $1',
    changes: {
      id: rowIdOf('3'),
      target_id: idOf('0'),
      change: `replace(t.change::text, $1::text, ${idOf('0')}::text)::jsonb`,
    },
  },
  webhook_event: {
    of: `subject ->> 'providerId' = (SELECT provider_payment FROM payments.payment_attempt WHERE payment_id = $1)`,
    changes: {
      id: rowIdOf('4'),
      provider_event_id: `t.provider_event_id || '_' || n`,
      subject: `jsonb_set(t.subject, '{providerId}', to_jsonb((t.subject ->> 'providerId') || '_' || n))`,
    },
  },
};

/**
 * Makes many payments of one that was really made: every row of it is copied with ids of its own, and so is what the
 * gateway's ledger says of it. Returns how many rows there are then.
 */
export async function multiply(
  homes: Homes,
  paymentId: string,
  count: number,
  progress: (made: number) => void,
): Promise<number> {
  let rows = 0;
  const ledger = (await homes.account.ledger()).filter(({ metadata }) => metadata.payment_id === paymentId);
  for (let from = 1; from <= count; from += BATCH) {
    const to = Math.min(from + BATCH - 1, count);
    for (const table of Object.keys(COPIES)) rows += await copyRows(homes, table, paymentId, from, to);
    for (let first = from; first <= to; first += ENTRIES)
      await homes.account.call('POST', '/_sandbox/ledger', {
        entries: numbers(first, Math.min(first + ENTRIES - 1, to)).flatMap((n) =>
          ledger.map((entry) => entryOf(entry, n)),
        ),
      });
    progress(to);
  }
  for (const table of Object.keys(COPIES)) await homes.rows(homes.home, `ANALYZE payments.${table}`);
  return rows;
}

async function copyRows(
  homes: Homes,
  table: string,
  paymentId: string,
  from: number,
  to: number,
): Promise<number> {
  const { of, changes } = COPIES[table]!;
  const columns = await homes.rows<{ name: string }>(
    homes.home,
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped
        AND attidentity = '' AND attgenerated = '' AND attname <> 'transaction_id'`,
    [`payments.${table}`],
  );
  const names = columns.map(({ name }) => name);
  const [made] = await homes.rows<{ count: number }>(
    homes.home,
    `WITH made AS (
       INSERT INTO payments.${table} (${names.join(', ')})
       SELECT ${names.map((name) => changes[name] ?? `t.${name}`).join(', ')}
         FROM generate_series($2::int, $3::int) AS n CROSS JOIN (SELECT * FROM payments.${table} WHERE ${of}) AS t
       RETURNING 1)
     SELECT count(*)::int AS count FROM made`,
    [paymentId, from, to],
  );
  return made!.count;
}

function entryOf(entry: Json, n: number): Json {
  const { metadata } = entry;
  return {
    ...entry,
    id: `${entry.id}_${n}`,
    charge: `${entry.charge}_${n}`,
    payment_intent: `${entry.payment_intent}_${n}`,
    metadata: {
      ...metadata,
      payment_id: paymentIdOf(n),
      obligation: `${metadata.obligation}-${n}`,
      attempt_id: paymentIdOf(n).replace('-7000-', '-7001-'),
    },
  };
}

/** In the order of their numbers, as ids of version 7 are in that of their time. */
export function paymentIdOf(n: number): string {
  const hex = (FIRST_MS + n).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${n.toString(16).padStart(12, '0')}`;
}

/** The same in SQL. */
function idOf(kind: string): string {
  return `(lpad(to_hex(${FIRST_MS} + n), 12, '0') || '700${kind}8000' || lpad(to_hex(n), 12, '0'))::uuid`;
}

/** Where one payment has several rows: each copies one of them. */
function rowIdOf(kind: string): string {
  const which = (at: number) => `substr(md5(t.id::text), ${at}, 3)`;
  return `(lpad(to_hex(${FIRST_MS} + n), 12, '0') || '7${kind}' || substr(${which(1)}, 1, 2) || '8' || ${which(4)} || lpad(to_hex(n), 12, '0'))::uuid`;
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
