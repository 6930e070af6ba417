import type { PaymentsErrorCode } from '../payments/payments.contract.js';

/** Why payments would not begin a charge, for the payer; what payments say themselves is for programs. */
const WORDS: Partial<Record<PaymentsErrorCode, string>> = {
  not_found: 'The payment method is not there any more.',
  payment_method_unusable: 'The payment method can no longer be charged.',
  mandate_missing: 'We do not have your consent to charge this payment method while you are away.',
  bank_debit_not_repeatable: 'Your bank has returned this payment, and may not be asked for it again.',
  currency_not_supported: 'Bank accounts are charged in US dollars only.',
};

export function refusalWords(code: PaymentsErrorCode): string {
  return WORDS[code] ?? 'The payment could not begin.';
}
