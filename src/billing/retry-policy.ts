import type { PaymentFailure, PaymentMethodType } from '../payments/payments.contract.js';

/**
 * Days after a declined charge until the next one, by class of decline. After the last the payer is asked. Money comes
 * with paydays, so a lack of it is tried again over two weeks; a technical reason passes within hours, or is none.
 */
const RETRY_AFTER_DAYS: Readonly<Record<'no_funds' | 'temporary', readonly number[]>> = {
  no_funds: [3, 5, 7],
  temporary: [1, 2, 4],
};

/**
 * The card networks' ceilings for charging a declined card again, and Nacha's for presenting a returned debit again.
 * Visa forbids it for declines that say never, and allows 15 within 30 days for the others; Mastercard 35 within 30 days.
 * We count the charges of one method over all that it pays and stop at the lowest of them, whatever the brand: the
 * schedule above stays far below.
 */
export const CEILINGS: Readonly<Record<PaymentMethodType, { charges: number; withinDays: number }>> = {
  card: { charges: 15, withinDays: 30 },
  us_bank_account: { charges: 3, withinDays: 180 }, // the entry itself and two more
};

export type NextStep = { does: 'retry'; afterDays: number } | { does: 'ask_the_payer' };

export interface ChargesSoFar {
  /** Off-session charges of this obligation that were declined, the last one included. */
  declined: number;
  /** Off-session charges of this method that were declined within the ceiling's days, whatever they were for. */
  declinedOfMethod: number;
}

/**
 * What follows a declined charge. Only a reason that passes by itself is waited for; anything else would be declined
 * again, and is the payer's to solve.
 */
export function afterDecline(
  failure: Pick<PaymentFailure, 'code' | 'retry'> | null,
  type: PaymentMethodType,
  soFar: ChargesSoFar,
): NextStep {
  if (failure?.retry !== 'later') return { does: 'ask_the_payer' };
  if (soFar.declinedOfMethod >= CEILINGS[type].charges) return { does: 'ask_the_payer' };
  const days = RETRY_AFTER_DAYS[failure.code === 'insufficient_funds' ? 'no_funds' : 'temporary'];
  const afterDays = days[soFar.declined - 1];
  return afterDays === undefined ? { does: 'ask_the_payer' } : { does: 'retry', afterDays };
}
