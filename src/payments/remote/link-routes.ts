import type { Payments } from '../payments.contract.js';

/** What can be asked over the link; events come the other way. */
export type LinkCall = Exclude<keyof Payments, 'subscribe'>;

/** Where each method of the contract is answered. Every call is a POST with its input as JSON. */
export const LINK_ROUTES: Record<LinkCall, string> = {
  charge: '/link/v1/charges',
  repeatOf: '/link/v1/repeats',
  cancel: '/link/v1/cancellations',
  read: '/link/v1/payments',
  paymentMethods: '/link/v1/payment-methods',
  paymentMethod: '/link/v1/payment-method',
  declareUse: '/link/v1/uses',
  endUse: '/link/v1/ended-uses',
};

/** Where the application hears of events. */
export const EVENTS_ROUTE = '/link/v1/events';

/** Carries the token of the person who acts, beside the application's own in `Authorization`. */
export const PERSON_HEADER = 'tokenkeep-person';

/**
 * What the contract calls a caller is a person by issuer and subject, `issuer|subject`, or else a service of the application.
 * A person has to come along with a token of theirs.
 */
export function isPerson(caller: string): boolean {
  return caller.includes('|');
}

/** What only can happen between two processes, and its HTTP status. */
export const LINK_PROBLEMS: Record<string, number> = {
  payments_unavailable: 503,
  payment_outcome_unknown: 503,
  service_token_invalid: 401,
  payer_token_required: 403,
};
