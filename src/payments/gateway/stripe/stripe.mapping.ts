import type Stripe from 'stripe';
import type { PaymentFailure } from '../../payments.contract.js';
import type { GatewayMethod, GatewayOutcome } from '../gateway.js';

/** Currencies whose smallest unit at Stripe differs from ISO 4217's: multiply ours by this. https://docs.stripe.com/currencies */
const STRIPE_UNITS_PER_MINOR: Record<string, number> = {
  ISK: 100, // no minor unit since 2007, but Stripe still wants two decimals, always 00
  UGX: 100, // likewise
  MGA: 0.01, // ISO gives it two decimals, Stripe none
};
/** Three decimals in ISO 4217; Stripe accepts them only with a last digit of 0. */
const LAST_DIGIT_ZERO = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);

/** Our minor units in Stripe's, or null when Stripe cannot express the amount: it is refused, never rounded. */
export function toStripeAmount(amountMinor: number, currency: string): number | null {
  if (LAST_DIGIT_ZERO.has(currency) && amountMinor % 10 !== 0) return null;
  const factor = STRIPE_UNITS_PER_MINOR[currency] ?? 1;
  if (factor < 1) return amountMinor % (1 / factor) === 0 ? amountMinor / (1 / factor) : null;
  return amountMinor * factor;
}

export function fromStripeAmount(amount: number, currency: string): number {
  const factor = STRIPE_UNITS_PER_MINOR[currency] ?? 1;
  return factor < 1 ? amount * (1 / factor) : amount / factor;
}

/** How a PaymentIntent stands, in our words. https://docs.stripe.com/payments/paymentintents/lifecycle */
export function outcomeOf(intent: Stripe.PaymentIntent): GatewayOutcome {
  const currency = intent.currency.toUpperCase();
  const facts = {
    providerPayment: intent.id,
    paymentId: intent.metadata['payment_id'] ?? null,
    amountMinor: fromStripeAmount(intent.amount, currency),
    capturedMinor: fromStripeAmount(intent.amount_received, currency),
    currency,
  };
  const failure = intent.last_payment_error ? failureOf(intent.last_payment_error) : null;
  switch (intent.status) {
    case 'succeeded':
      return { ...facts, status: 'succeeded' };
    case 'requires_capture':
      return { ...facts, status: 'requires_capture' };
    case 'processing':
      return { ...facts, status: 'processing', ...processingDetail(intent) };
    case 'requires_action':
      return {
        ...facts,
        status: 'requires_action',
        redirectUrl: intent.next_action?.redirect_to_url?.url ?? null,
      };
    case 'canceled':
      return { ...facts, status: 'cancelled', failure };
    case 'requires_payment_method':
    case 'requires_confirmation':
      if (intent.last_payment_error?.code === 'authentication_required')
        return { ...facts, status: 'requires_action', redirectUrl: null };
      return { ...facts, status: 'unconfirmed', failure };
    default:
      return {
        status: 'unknown',
        reason: `a status that this version does not know: ${String(intent.status)}`,
      };
  }
}

/** Stripe gives ACH debits up to four business days. https://docs.stripe.com/payments/ach-direct-debit */
const BANK_DEBIT_BUSINESS_DAYS = 4;

function processingDetail(intent: Stripe.PaymentIntent) {
  const isBankDebit = intent.allowed_payment_method_types?.includes('us_bank_account') ?? false;
  if (!isBankDebit) return { detail: 'confirming' as const, expectedBy: null };
  return {
    detail: 'bank_debit_pending' as const,
    expectedBy: businessDaysAfter(new Date(intent.created * 1000), BANK_DEBIT_BUSINESS_DAYS),
  };
}

function businessDaysAfter(start: Date, days: number): Date {
  const date = new Date(start);
  for (let left = days; left > 0;) {
    date.setUTCDate(date.getUTCDate() + 1);
    if (date.getUTCDay() % 6 !== 0) left--;
  }
  return date;
}

type Reason = Pick<PaymentFailure, 'code' | 'action' | 'message'>;

const DECLINED: Reason = {
  code: 'declined',
  action: 'contact_bank',
  message: 'The bank declined the payment. Ask your bank, or use another payment method.',
};
const UNUSABLE: Reason = {
  code: 'method_unusable',
  action: 'replace_method',
  message: 'This payment method can no longer be charged. Add it again, or use another one.',
};
const WRONG_DETAILS: Reason = {
  code: 'incorrect_details',
  action: 'correct_details',
  message: 'The details of the card are not right. Add the card again with the correct details.',
};
const EXPIRED: Reason = {
  code: 'card_expired',
  action: 'replace_method',
  message: 'The card has expired. Add the new card, or use another one.',
};
const NO_FUNDS: Reason = {
  code: 'insufficient_funds',
  action: 'retry_later',
  message: 'There is not enough money on the account. Try again later, or use another payment method.',
};
const TRY_LATER: Reason = {
  code: 'declined',
  action: 'retry_later',
  message: 'The payment could not be processed right now. Try again in a few minutes.',
};
const NOT_AUTHENTICATED: Reason = {
  code: 'authentication_failed',
  action: 'use_another_method',
  message: 'The bank could not confirm that it is you. Try again, or use another payment method.',
};

/** Stripe's decline and error codes. https://docs.stripe.com/declines/codes and https://docs.stripe.com/error-codes */
const REASONS: Record<string, Reason> = {
  insufficient_funds: NO_FUNDS,
  withdrawal_count_limit_exceeded: NO_FUNDS,
  card_velocity_exceeded: NO_FUNDS,
  expired_card: EXPIRED,
  incorrect_cvc: WRONG_DETAILS,
  invalid_cvc: WRONG_DETAILS,
  incorrect_number: WRONG_DETAILS,
  invalid_number: WRONG_DETAILS,
  invalid_expiry_month: WRONG_DETAILS,
  invalid_expiry_year: WRONG_DETAILS,
  incorrect_zip: WRONG_DETAILS,
  processing_error: TRY_LATER,
  issuer_not_available: TRY_LATER,
  try_again_later: TRY_LATER,
  reenter_transaction: TRY_LATER,
  approve_with_id: TRY_LATER,
  payment_intent_authentication_failure: NOT_AUTHENTICATED,
  authentication_not_handled: NOT_AUTHENTICATED,
  lost_card: UNUSABLE,
  stolen_card: UNUSABLE,
  pickup_card: UNUSABLE,
  restricted_card: UNUSABLE,
  invalid_account: UNUSABLE,
  new_account_information_available: UNUSABLE,
  revocation_of_all_authorizations: UNUSABLE,
  revocation_of_authorization: UNUSABLE,
  stop_payment_order: UNUSABLE,
  account_closed: UNUSABLE,
  bank_account_unusable: UNUSABLE,
  payment_method_customer_decline: UNUSABLE,
  resource_missing: UNUSABLE,
  payment_method_unexpected_state: UNUSABLE,
  payment_method_unactivated: UNUSABLE,
};

/** Why a charge was declined, and what the payer can do. The gateway's own sentence is not passed on. */
export function failureOf(error: { code?: string; decline_code?: string; type?: string }): PaymentFailure {
  const declineCode = error.decline_code ?? error.code ?? null;
  const known = REASONS[error.decline_code ?? ''] ?? REASONS[error.code ?? ''];
  return { ...(known ?? DECLINED), declineCode };
}

/** A refused request: what we asked cannot be done, so nothing was charged. */
export function refusalOf(error: { code?: string }): PaymentFailure {
  const known = REASONS[error.code ?? ''];
  if (known) return { ...known, declineCode: error.code ?? null };
  const message = 'The payment gateway refused the payment. Nothing was charged; use another payment method.';
  return { code: 'gateway_refused', action: 'use_another_method', message, declineCode: error.code ?? null };
}

/** Display metadata of a saved method; everything else of it stays with Stripe. */
export function methodOf(method: Stripe.PaymentMethod): GatewayMethod {
  const providerCustomer =
    typeof method.customer === 'string' ? method.customer : (method.customer?.id ?? null);
  const common = { providerToken: method.id, providerCustomer };
  const nothing = { cardBrand: null, expiryMonth: null, expiryYear: null, bankName: null };
  if (method.card) {
    const { brand, last4, exp_month, exp_year } = method.card;
    return {
      ...common,
      ...nothing,
      type: 'card',
      cardBrand: brand,
      lastFour: last4,
      expiryMonth: exp_month,
      expiryYear: exp_year,
    };
  }
  if (method.us_bank_account) {
    const { last4, bank_name } = method.us_bank_account;
    return { ...common, ...nothing, type: 'us_bank_account', lastFour: last4 ?? '0000', bankName: bank_name };
  }
  throw new Error(`Stripe saved a payment method of a type that was not asked for: ${method.type}`);
}
