import { PaymentsError } from './payments.contract.js';

/** Most that one payment may take: the eight digits that card gateways accept. */
export const AMOUNT_MINOR_MAX = 99_999_999;

/** Refuses an amount that is not a whole, positive number of the smallest unit within what gateways accept. */
export function assertAmount(amountMinor: number): void {
  if (!Number.isSafeInteger(amountMinor) || amountMinor < 1 || amountMinor > AMOUNT_MINOR_MAX)
    throw new PaymentsError(
      'validation_failed',
      `amountMinor must be a whole number from 1 to ${AMOUNT_MINOR_MAX}.`,
    );
}

const KNOWN_CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** Refuses what is not an ISO 4217 code in upper case. */
export function assertCurrency(currency: string): void {
  if (!KNOWN_CURRENCIES.has(currency))
    throw new PaymentsError('validation_failed', 'currency must be an upper-case ISO 4217 code such as USD.');
}
