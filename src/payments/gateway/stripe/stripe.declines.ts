import type { PaymentFailure } from '../../payments.contract.js';

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
