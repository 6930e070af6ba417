import type { Transaction } from '../database/payments-database.js';
import { isObligationFreed } from './obligation-freed.js';
import type { PaymentRecord } from './payment.entity.js';

/**
 * What disputes took counts as given back. A bank may take back money that a refund gives back, too; the part beyond what was
 * captured stays on the dispute alone, until that refund fails. The payment is held by the transaction.
 */
export async function countDisputed(tx: Transaction, payment: PaymentRecord): Promise<void> {
  const [row] = await tx.query<[{ withdrawn: string }]>(
    `SELECT coalesce(sum(withdrawn_minor), 0) AS withdrawn FROM payments.dispute WHERE payment_id = $1`,
    [payment.id],
  );
  const { capturedMinor, refundedMinor, refundingMinor } = payment;
  payment.disputedMinor = Math.min(Number(row.withdrawn), capturedMinor - refundedMinor - refundingMinor);
  payment.obligationFreed = await isObligationFreed(tx, payment);
  await tx.query(
    `UPDATE payments.payment SET disputed_minor = $2, obligation_freed = $3, version = version + 1 WHERE id = $1`,
    [payment.id, payment.disputedMinor, payment.obligationFreed],
  );
}
