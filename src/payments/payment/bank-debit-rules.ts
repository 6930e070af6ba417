import type { Statements } from '../database/payments-database.js';
import type { PaymentMethodRecord } from '../payment-method/payment-method.entity.js';
import { PaymentsError } from '../payments.contract.js';
import type { PaymentRecord } from './payment.entity.js';

/** ACH carries US dollars only. https://docs.stripe.com/payments/ach-direct-debit */
const BANK_DEBIT_CURRENCY = 'USD';

/**
 * A debit that came back for want of money (R01, R09) may be presented again twice, within 180 days of the first: Nacha
 * Operating Rules, subsection 2.12.4. Other returns forbid it; they end the method, or ask for a new mandate.
 */
const PRESENTED_MAX = 3;
const PRESENTED_WITHIN_DAYS = 180;
const DAY_MS = 24 * 60 * 60 * 1000;

/** @throws PaymentsError `currency_not_supported`, `bank_debit_not_repeatable`; cards are no concern of this */
export async function assertDebitable(
  database: Statements,
  payment: Pick<PaymentRecord, 'currency' | 'obligation'>,
  method: PaymentMethodRecord,
  now: Date,
): Promise<void> {
  if (method.type !== 'us_bank_account') return;
  if (payment.currency !== BANK_DEBIT_CURRENCY)
    throw new PaymentsError(
      'currency_not_supported',
      `A US bank account is debited in ${BANK_DEBIT_CURRENCY} only. Take a card for ${payment.currency}.`,
    );
  const [returned] = await database.query<[{ count: number; first: Date | null }]>(
    RETURNED_FOR_WANT_OF_MONEY,
    [payment.obligation, method.id, method.payerId],
  );
  if (!returned.first) return;
  const isTooLate = now.getTime() > returned.first.getTime() + PRESENTED_WITHIN_DAYS * DAY_MS;
  if (returned.count >= PRESENTED_MAX || isTooLate)
    throw new PaymentsError(
      'bank_debit_not_repeatable',
      'The bank has returned this debit, and it may not be presented again. Take another payment method.',
    );
}

/** Early returns fail the payment; late ones, after it had succeeded, are disputes. Found among the payer's own payments. */
const RETURNED_FOR_WANT_OF_MONEY = `
  SELECT count(*)::int AS count, min(created_at) AS first FROM payments.payment
   WHERE payer_id = $3 AND obligation = $1 AND payment_method_id = $2
     AND (status = 'failed' AND failure ->> 'code' = 'insufficient_funds'
       OR EXISTS (SELECT FROM payments.dispute
                   WHERE dispute.payment_id = payment.id AND dispute.reason = 'insufficient_funds'))`;
