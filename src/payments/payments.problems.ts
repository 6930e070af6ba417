import type { PaymentsErrorCode } from './payments.contract.js';

/** The HTTP status of each code of payments; the compiler demands a line for every code. */
export const PAYMENTS_PROBLEMS: Record<PaymentsErrorCode, number> = {
  validation_failed: 400,
  webhook_signature_invalid: 400,
  not_found: 404,
  setup_incomplete: 409,
  payment_method_unusable: 409,
  payment_method_in_use: 409,
  verification_mismatch: 422,
  verification_closed: 409,
  currency_not_supported: 422,
  bank_debit_not_repeatable: 409,
  rate_limited: 429,
  payment_state_conflict: 409,
  obligation_has_open_payment: 409,
  obligation_already_paid: 409,
  payment_disputed: 409,
  dispute_not_contestable: 409,
  dispute_closed: 409,
  idempotency_key_reused: 422,
  refund_exceeds_payment: 422,
  refund_request_closed: 409,
  second_person_required: 403,
  charging_paused: 503,
  gateway_unavailable: 503,
  payments_moving: 503,
};
