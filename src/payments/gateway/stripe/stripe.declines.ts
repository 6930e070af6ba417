import type { PaymentFailure } from '../../payments.contract.js';
import {
  DECLINED,
  REFUSED_BY_BANK,
  NO_FUNDS,
  TRY_LATER,
  NOT_AUTHENTICATED,
  MISTYPED,
  WRONG_DETAILS,
  EXPIRED,
  BLOCKED,
  CLOSED,
  WRONG_ACCOUNT,
  NO_CONSENT,
  NO_TOKEN,
  declined,
  type Reason,
  refused,
} from '../declines.js';

/**
 * Stripe's decline and error codes. Cards: https://docs.stripe.com/declines/codes; bank debits, with the Nacha return codes
 * behind them: https://docs.stripe.com/declines/network-codes; errors: https://docs.stripe.com/error-codes
 */
const REASONS: Record<string, Reason> = {
  // the account is short of money, or over a limit of its own: by itself it may be better tomorrow
  insufficient_funds: NO_FUNDS, // R01, R09
  withdrawal_count_limit_exceeded: NO_FUNDS,
  card_velocity_exceeded: NO_FUNDS,
  // nobody could decide just now
  processing_error: TRY_LATER,
  issuer_not_available: TRY_LATER,
  try_again_later: TRY_LATER,
  reenter_transaction: TRY_LATER,
  approve_with_id: TRY_LATER,
  charge_exceeds_weekly_limit: TRY_LATER,
  // the bank says no, and will until the payer has spoken with it
  do_not_try_again: REFUSED_BY_BANK,
  transaction_not_allowed: REFUSED_BY_BANK,
  not_permitted: REFUSED_BY_BANK,
  service_not_allowed: REFUSED_BY_BANK,
  card_not_supported: REFUSED_BY_BANK,
  currency_not_supported: REFUSED_BY_BANK,
  invalid_currency: REFUSED_BY_BANK,
  security_violation: REFUSED_BY_BANK,
  fraudulent: REFUSED_BY_BANK,
  merchant_blacklist: REFUSED_BY_BANK,
  highest_risk_level: REFUSED_BY_BANK,
  elevated_risk_level: REFUSED_BY_BANK,
  rule: REFUSED_BY_BANK, // one of ours, in Radar
  refer_to_customer: REFUSED_BY_BANK,
  payment_intent_authentication_failure: NOT_AUTHENTICATED,
  authentication_not_handled: NOT_AUTHENTICATED,
  incorrect_cvc: MISTYPED,
  invalid_cvc: MISTYPED,
  incorrect_zip: MISTYPED,
  incorrect_address: MISTYPED,
  // the method is dead
  expired_card: EXPIRED,
  incorrect_number: WRONG_DETAILS,
  invalid_number: WRONG_DETAILS,
  invalid_expiry_month: WRONG_DETAILS,
  invalid_expiry_year: WRONG_DETAILS,
  lost_card: BLOCKED,
  stolen_card: BLOCKED,
  pickup_card: BLOCKED,
  restricted_card: BLOCKED,
  invalid_account: CLOSED,
  new_account_information_available: CLOSED,
  account_closed: CLOSED, // R02
  bank_account_closed: CLOSED,
  bank_account_frozen: CLOSED, // R16
  bank_account_restricted: CLOSED, // R16, R20
  bank_ownership_changed: CLOSED,
  recipient_deceased: CLOSED, // R14, R15
  bank_account_unusable: CLOSED,
  payment_method_bank_account_blocked: CLOSED,
  no_account: WRONG_ACCOUNT, // R03, R04
  bank_account_invalid_details: WRONG_ACCOUNT,
  invalid_account_number: WRONG_ACCOUNT,
  revocation_of_all_authorizations: NO_CONSENT,
  revocation_of_authorization: NO_CONSENT,
  stop_payment_order: NO_CONSENT,
  debit_not_authorized: NO_CONSENT, // R05, R07, R08, R10, R11, R29, R31
  payment_method_customer_decline: NO_CONSENT,
  payment_intent_mandate_invalid: NO_CONSENT,
  resource_missing: NO_TOKEN,
  payment_method_unexpected_state: NO_TOKEN,
  payment_method_unactivated: NO_TOKEN,
};

/** What the issuer advises where the reason alone would be tried again. https://docs.stripe.com/declines/codes#advice-codes */
const ADVICE: Record<string, Reason> = {
  do_not_try_again: REFUSED_BY_BANK,
  confirm_card_data: MISTYPED,
};

/** What an error and a failed charge both say of a decline. */
export interface Decline {
  code?: string;
  decline_code?: string;
  advice_code?: string;
}

/** Why a charge was declined. */
export function failureOf({ code = '', decline_code = '', advice_code = '' }: Decline): PaymentFailure {
  const reason = REASONS[decline_code] ?? REASONS[code] ?? DECLINED;
  const advised = reason.retry === 'later' ? ADVICE[advice_code] : undefined;
  return declined(advised ?? reason, decline_code || code || null);
}

/** Why a request was refused. */
export function refusalOf(error: { code?: string }): PaymentFailure {
  return refused(REASONS[error.code ?? ''], error.code ?? null);
}
