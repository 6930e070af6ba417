import type { Transaction } from '../database/payments-database.js';
import type { PaymentRecord } from './payment.entity.js';

/**
 * Whether all that was taken went back for good, by refunds and lost disputes together: what it was for may be paid anew. Once true, it
 * stays so. The payment is held by the transaction.
 */
export async function isObligationFreed(tx: Transaction, payment: PaymentRecord): Promise<boolean> {
  const { id, capturedMinor, refundedMinor, obligationFreed } = payment;
  if (obligationFreed || capturedMinor === 0) return obligationFreed;
  const [row] = await tx.query<[{ lost: string }]>(
    `SELECT coalesce(sum(withdrawn_minor), 0) AS lost FROM payments.dispute WHERE payment_id = $1 AND status = 'lost'`,
    [id],
  );
  return refundedMinor + Number(row.lost) >= capturedMinor;
}
