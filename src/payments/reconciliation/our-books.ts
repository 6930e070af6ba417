import type { PaymentsDatabase } from '../database/payments-database.js';
import type { BalanceSource } from '../gateway/balance.js';
import type { Side } from './differences.js';

/** A charge, refund or dispute as we know it; `kind` and `providerId` are what both sides call it. */
export interface Ours extends Side, BalanceSource {
  paymentId: string;
  /** The gateway has not said how it ends: its balance may hold it, or not yet. */
  isOpen: boolean;
}

/** What both sides made between two moments. */
export interface Window {
  since: Date;
  until: Date;
}

/** Charges count by what was captured: one that took nothing is equal to one that never was. */
const OURS = `
  SELECT 'payment' AS kind, gateway, provider_payment AS "providerId", payment.id AS "paymentId",
         captured_minor AS "amountMinor", currency, CASE WHEN captured_minor > 0 THEN 'captured' ELSE 'nothing' END AS status,
         payment.status = 'processing' AS "isOpen", payment.created_at
    FROM payments.payment JOIN payments.payment_attempt ON payment_id = payment.id WHERE provider_payment IS NOT NULL
  UNION ALL
  SELECT 'refund', gateway, provider_refund, payment_id, amount_minor, currency, status, status = 'pending', created_at
    FROM payments.refund WHERE provider_refund IS NOT NULL
  UNION ALL
  SELECT 'dispute', gateway, provider_dispute, payment_id, withdrawn_minor, currency, status, false, created_at
    FROM payments.dispute`;

/** What we know of that time, by its key; what never reached the gateway is nothing to compare. */
export async function ourBooks(
  database: PaymentsDatabase,
  gateway: string,
  { since, until }: Window,
): Promise<Map<string, Ours>> {
  const rows = await database.query<Ours[]>(
    `SELECT * FROM (${OURS}) AS ours WHERE gateway = $1 AND created_at >= $2 AND created_at < $3`,
    [gateway, since, until],
  );
  return new Map(rows.map((row) => [keyOf(row), normal(row)]));
}

/** Whenever it was made; null when it was not made here. */
export async function findInOurBooks(
  database: PaymentsDatabase,
  gateway: string,
  { kind, providerId }: BalanceSource,
): Promise<Ours | null> {
  const [row] = await database.query<Ours[]>(
    `SELECT * FROM (${OURS}) AS ours WHERE gateway = $1 AND kind = $2 AND "providerId" = $3`,
    [gateway, kind, providerId],
  );
  return row ? normal(row) : null;
}

export function keyOf({ kind, providerId }: BalanceSource): string {
  return `${kind} ${providerId}`;
}

function normal(row: Ours): Ours {
  return { ...row, amountMinor: Number(row.amountMinor) };
}
