import type { Transaction } from '../database/payments-database.js';
import type { PaymentMethodUse } from '../payments.contract.js';
import { planCheck } from './payment-method-task.js';

/** What depends on a method, the soonest first. */
export async function usesOf(tx: Transaction, paymentMethodId: string): Promise<PaymentMethodUse[]> {
  return tx.query<PaymentMethodUse[]>(
    `SELECT name, payer_id AS "payerId", payment_method_id AS "paymentMethodId", description,
            to_char(next_charge_on, 'YYYY-MM-DD') AS "nextChargeOn"
       FROM payments.payment_method_use WHERE payment_method_id = $1 ORDER BY next_charge_on NULLS LAST, name`,
    [paymentMethodId],
  );
}

/** Everything that used the one method uses the other from now on. */
export async function moveUses(tx: Transaction, from: string, to: string, now: Date): Promise<void> {
  await tx.query(
    `UPDATE payments.payment_method_use SET payment_method_id = $2 WHERE payment_method_id = $1`,
    [from, to],
  );
  await planCheck(tx, to, now);
}
