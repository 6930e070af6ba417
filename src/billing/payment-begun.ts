import type { EntityManager } from 'typeorm';
import {
  type ChargeRequest,
  type ChargeResult,
  type Payment,
  type Payments,
  PaymentsError,
} from '../payments/payments.contract.js';
import { Problem } from '../platform/problem/problem.js';

/** A payment that began before is heard of by then, or never was. */
const BEGUN_MINUTES = 10;

/** Of an invoice or an instalment, as an SQL condition: a payment of it is under way, or began just now. */
export const isBeingPaid = (row: 'invoice' | 'instalment'): string =>
  `(${row}.open_payment_id IS NOT NULL
    OR coalesce(${row}.payment_begun_at > clock_timestamp() - interval '${BEGUN_MINUTES} minutes', false))`;

/** When this request said that it pays, and when another did before it: as PostgreSQL writes them, to the microsecond. */
export interface Begun {
  what: 'invoice' | 'instalment';
  id: string;
  at: string;
  before: string | null;
}

/** Says that it is being paid, before it is; whoever would give it up holds what the caller holds. */
export async function sayBegun(tx: EntityManager, { what, id }: Pick<Begun, 'what' | 'id'>): Promise<Begun> {
  const [[begun]] = await tx.query<[[Pick<Begun, 'at' | 'before'>]]>(
    `UPDATE app.${what} AS now SET payment_begun_at = clock_timestamp() FROM app.${what} AS before
      WHERE now.id = $1 AND before.id = $1
    RETURNING now.payment_begun_at::text AS at, before.payment_begun_at::text AS before`,
    [id],
  );
  return { what, id, ...begun };
}

/** Back to what another request said before; what one said afterwards stays. */
async function takeBack(
  database: Pick<EntityManager, 'query'>,
  { what, id, at, before }: Begun,
): Promise<void> {
  await database.query(
    `UPDATE app.${what} SET payment_begun_at = $3::timestamptz
      WHERE id = $1 AND payment_begun_at = $2::timestamptz AND open_payment_id IS NULL`,
    [id, at, before],
  );
}

/** Its events may come later than anybody would wait. Where one came first, there is nothing to say. */
async function sayUnderWay(
  database: Pick<EntityManager, 'query'>,
  { what, id, at }: Begun,
  payment: Payment,
): Promise<void> {
  if (['succeeded', 'failed', 'cancelled'].includes(payment.status)) return;
  await database.query(
    `UPDATE app.${what} SET open_payment_id = $3
      WHERE id = $1 AND payment_begun_at = $2::timestamptz AND open_payment_id IS NULL AND status <> 'paid'`,
    [id, at, payment.id],
  );
}

/**
 * Charges what `begin` says to be paid from here on. A repeat of a request is answered by what that made: payments know its
 * key, also when it was paid by it meanwhile, or given up. @throws Problem of `begin`
 */
export async function payOnceBegun(
  { payments, database }: { payments: Payments; database: Pick<EntityManager, 'query'> },
  begin: () => Promise<Begun>,
  request: ChargeRequest,
): Promise<ChargeResult> {
  const begun = await begin().catch((refusal: unknown) => refusal as Error);
  if (begun instanceof Error) {
    const { caller, idempotencyKey, input } = request;
    const payment = await payments.repeatOf({ caller, idempotencyKey, input });
    if (payment) return { payment, replayed: true };
    throw begun;
  }
  return payments.charge(request).then(
    async (result) => {
      if (result.replayed) await takeBack(database, begun);
      else await sayUnderWay(database, begun, result.payment);
      return result;
    },
    async (error: unknown) => {
      if (isNotBegun(error)) await takeBack(database, begun);
      throw error;
    },
  );
}

/** Refused by payments, or never heard of by them. After any other error there may be a payment. */
function isNotBegun(error: unknown): boolean {
  return (
    error instanceof PaymentsError || (error instanceof Problem && error.code === 'payments_unavailable')
  );
}
