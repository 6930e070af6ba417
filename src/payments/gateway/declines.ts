import type { PaymentFailure, PaymentMethodReason } from '../payments.contract.js';

/** What a decline means to the payer and to us, in the same words whichever gateway brought it. */
export type Reason = Omit<PaymentFailure, 'declineCode'>;

export const DECLINED: Reason = {
  code: 'declined',
  action: 'contact_bank',
  retry: 'later', // the bank gave no reason that lasts
  methodReason: null,
  message: 'The bank declined the payment. Ask your bank, or use another payment method.',
};
export const REFUSED_BY_BANK: Reason = { ...DECLINED, retry: 'after_payer' };
export const NO_FUNDS: Reason = {
  code: 'insufficient_funds',
  action: 'retry_later',
  retry: 'later',
  methodReason: null,
  message: 'There is not enough money on the account. Try again later, or use another payment method.',
};
export const TRY_LATER: Reason = {
  code: 'declined',
  action: 'retry_later',
  retry: 'later',
  methodReason: null,
  message: 'The payment could not be processed right now. Try again in a few minutes.',
};
export const NOT_AUTHENTICATED: Reason = {
  code: 'authentication_failed',
  action: 'use_another_method',
  retry: 'after_payer',
  methodReason: null,
  message: 'The bank could not confirm that it is you. Try again, or use another payment method.',
};
/** The security code or the postcode was mistyped; the card itself may be fine. */
export const MISTYPED: Reason = {
  code: 'incorrect_details',
  action: 'correct_details',
  retry: 'after_payer',
  methodReason: null,
  message: 'The details of the card are not right. Add the card again with the correct details.',
};
export const WRONG_DETAILS: Reason = { ...MISTYPED, retry: 'never', methodReason: 'details_wrong' };
export const EXPIRED: Reason = {
  code: 'card_expired',
  action: 'replace_method',
  retry: 'never',
  methodReason: 'card_expired',
  message: 'The card has expired. Add the new card, or use another one.',
};

/** The method is dead: it is never sent again, and its owner is asked to add it anew. */
function dead(methodReason: PaymentMethodReason): Reason {
  return {
    code: 'method_unusable',
    action: 'replace_method',
    retry: 'never',
    methodReason,
    message: 'This payment method can no longer be charged. Add it again, or use another one.',
  };
}
export const BLOCKED = dead('blocked_by_issuer');
export const CLOSED = dead('account_closed');
export const WRONG_ACCOUNT = dead('details_wrong');
export const NO_CONSENT = dead('consent_withdrawn');
export const NO_TOKEN = dead('token_invalid');

/** Why banks return debits, as Nacha numbers it; what is not here a bank could not do. */
export const RETURNS: Record<string, Reason> = {
  R01: NO_FUNDS,
  R02: CLOSED,
  R03: WRONG_ACCOUNT, // no such account
  R04: WRONG_ACCOUNT, // no such number
  R05: NO_CONSENT,
  R07: NO_CONSENT, // authorization revoked
  R08: NO_CONSENT, // payment stopped
  R09: NO_FUNDS, // uncollected
  R10: NO_CONSENT, // not authorized
  R11: NO_CONSENT, // not in accordance with the terms
  R14: CLOSED, // deceased
  R15: CLOSED,
  R16: CLOSED, // frozen
  R20: CLOSED, // no account that may be debited
  R29: NO_CONSENT, // a company did not authorize it
  R31: NO_CONSENT, // nor did this one, and our bank takes the return late
};

/** Of a debit that came back when it had been paid already: why, in the words that all gateways' returns have here. */
export function returned({ code, methodReason }: Pick<Reason, 'code' | 'methodReason'>): {
  reason: string;
  methodReason: PaymentMethodReason | null;
} {
  if (code === 'insufficient_funds') return { reason: 'insufficient_funds', methodReason };
  if (methodReason === null) return { reason: 'bank_cannot_process', methodReason };
  return methodReason === 'consent_withdrawn'
    ? { reason: 'debit_not_authorized', methodReason: 'debit_disputed' }
    : { reason: 'incorrect_account_details', methodReason };
}

/** Why a charge was declined, and what the payer can do. The gateway's own sentence is not passed on. */
export function declined(reason: Reason | undefined, declineCode: string | null): PaymentFailure {
  return { ...(reason ?? DECLINED), declineCode };
}

/** A refused request: what we asked cannot be done, so nothing was charged. */
export function refused(reason: Reason | undefined, declineCode: string | null): PaymentFailure {
  return { ...(reason ?? REFUSED_BY_GATEWAY), declineCode };
}

const REFUSED_BY_GATEWAY: Reason = {
  code: 'gateway_refused',
  action: 'use_another_method',
  retry: 'after_payer',
  methodReason: null,
  message: 'The payment gateway refused the payment. Nothing was charged; use another payment method.',
};
