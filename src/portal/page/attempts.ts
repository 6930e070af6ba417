import type { Payment } from './api.js';

/**
 * One attempt to pay an invoice. Its key is stored before the request is sent and kept until the outcome is known, so
 * that a reload, a double click or a lost answer repeats the same payment instead of making a second one.
 */
export interface Attempt {
  idempotencyKey: string;
  paymentMethodId: string;
  returnUrl: string;
  startedAtMs: number;
  /** Known once the API has answered. */
  paymentId: string | null;
}

/** After this an unanswered attempt is not sent again by itself: the payer has long turned to something else. */
const REPEAT_WITHIN_MS = 15 * 60_000;

const nameOf = (invoiceId: string) => `tokenkeep.attempt.${invoiceId}`;

export function beginAttempt(invoiceId: string, paymentMethodId: string, returnUrl: string): Attempt {
  const attempt = {
    idempotencyKey: crypto.randomUUID(),
    paymentMethodId,
    returnUrl,
    startedAtMs: Date.now(),
    paymentId: null,
  };
  store(invoiceId, attempt);
  return attempt;
}

/** The attempt whose outcome this tab has not seen yet. */
export function openAttempt(invoiceId: string): Attempt | null {
  const stored = sessionStorage.getItem(nameOf(invoiceId));
  if (!stored) return null;
  const attempt = JSON.parse(stored) as Attempt;
  const isStale = attempt.paymentId === null && Date.now() - attempt.startedAtMs > REPEAT_WITHIN_MS;
  return isStale ? null : attempt;
}

/** What is known of it now; once it can change no more, the next attempt gets a key of its own. */
export function noteOutcome(invoiceId: string, attempt: Attempt, payment: Payment): void {
  if (['succeeded', 'failed', 'cancelled'].includes(payment.status)) forgetAttempt(invoiceId);
  else store(invoiceId, { ...attempt, paymentId: payment.id });
}

export function forgetAttempt(invoiceId: string): void {
  sessionStorage.removeItem(nameOf(invoiceId));
}

function store(invoiceId: string, attempt: Attempt): void {
  sessionStorage.setItem(nameOf(invoiceId), JSON.stringify(attempt));
}
