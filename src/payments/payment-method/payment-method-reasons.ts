import type { PaymentMethodReason } from '../payments.contract.js';
import type { ExpiryStep } from './card-expiry.js';

export type ByWhom = 'payer' | 'gateway' | 'operator' | 'system';

/** Who brings about a change with this reason, as its owner reads it in the history. */
export const BY_WHOM: Record<PaymentMethodReason, ByWhom> = {
  saved: 'payer',
  saved_again: 'payer',
  verification_started: 'payer',
  verified: 'payer',
  updated_by_network: 'gateway',
  updated_at_gateway: 'gateway',
  chosen_as_default: 'payer',
  expires_in_30_days: 'system',
  expires_in_7_days: 'system',
  expired: 'system',
  card_expired: 'gateway',
  blocked_by_issuer: 'gateway',
  account_closed: 'gateway',
  details_wrong: 'gateway',
  consent_withdrawn: 'gateway',
  debit_disputed: 'gateway',
  token_invalid: 'gateway',
  detached_at_gateway: 'gateway',
  asked_again: 'operator',
  moved: 'operator',
  moved_back: 'operator',
  removed_by_payer: 'payer',
  replaced: 'payer',
  verification_failed: 'gateway',
  verification_expired: 'system',
  payer_erased: 'operator',
};

/** A new number or expiry from the card network heals these; it does not bring back a consent that was withdrawn. */
export const HEALED_BY_NETWORK: ReadonlySet<PaymentMethodReason> = new Set([
  'card_expired',
  'blocked_by_issuer',
  'account_closed',
  'details_wrong',
]);

/** The gateway has no use for the token any more: with nothing depending on it, the method goes. */
export const GONE_AT_GATEWAY: ReadonlySet<PaymentMethodReason> = new Set([
  'detached_at_gateway',
  'token_invalid',
]);

/** Changes after which an older decline says nothing about the method any more. */
export const RENEWED: readonly PaymentMethodReason[] = [
  'saved_again',
  'verified',
  'updated_by_network',
  'moved',
  'moved_back',
];

export const EXPIRY_REASONS: Record<ExpiryStep, PaymentMethodReason> = {
  30: 'expires_in_30_days',
  7: 'expires_in_7_days',
  0: 'expired',
};
