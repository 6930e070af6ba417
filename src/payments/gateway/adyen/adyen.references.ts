import type { ChargeAttempt } from '../gateway.js';

/** What was asked for, as it stands in a payment's reference. */
export interface Asked {
  paymentId: string;
  amountMinor: number;
  currency: string;
  capture: 'automatic' | 'manual';
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const REFERENCE = new RegExp(`^(${UUID})\\.[\\w-]{22}\\.([am])(\\d{1,13})([A-Z]{3})$`);
const OURS = new RegExp(`^${UUID}$`);

/**
 * A payment has no name at Adyen until money was asked for, and cannot be asked after by another name than ours: so the
 * reference that we give it says all that must agree afterwards. Adyen takes 80 characters; these are 77 at most.
 */
export function referenceOf({ id, paymentId, amountMinor, currency, capture }: ChargeAttempt): string {
  const attempt = Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
  return `${paymentId}.${attempt}.${capture === 'manual' ? 'm' : 'a'}${amountMinor}${currency}`;
}

/** Null for a reference that is not of our making. */
export function askedBy(reference: string): Asked | null {
  const [, paymentId, capture, amount, currency] = REFERENCE.exec(reference) ?? [];
  if (!paymentId || !amount || !currency) return null;
  const amountMinor = Number(amount);
  return { paymentId, amountMinor, currency, capture: capture === 'm' ? 'manual' : 'automatic' };
}

/** A setup, or a refund: its reference is our id. */
export function isOurId(reference: string): boolean {
  return OURS.test(reference);
}
