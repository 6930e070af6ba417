import type { Payment } from '../payments/payments.contract.js';

/** One receipt for a payment, whatever it pays. */
export function receiptKeyOf(payment: { id: string }): string {
  return `payment:${payment.id}:receipt`;
}

export const RETURNED = 'Your bank has taken the money back.';

/** One notice of money that the bank took back, whatever it had paid. */
export function returnKeyOf(payment: { id: string }): string {
  return `payment:${payment.id}:returned`;
}

/** One notice of a payment that failed while its payer was not there, whatever it was to pay. */
export function failureKeyOf(payment: { id: string }): string {
  return `payment:${payment.id}:failed`;
}

/** A bank refuses a debit days after its payer has closed the page. */
const PRESENCE_MS = 60 * 60 * 1000;

/** Nobody was there to see it. */
export function failedInAbsence({ status, createdAt }: Payment, at: string): boolean {
  return status === 'failed' && Date.parse(at) - Date.parse(createdAt) > PRESENCE_MS;
}
