import type { ChargeAttempt } from '../gateway.js';

/** What was asked for, as it stands in a transaction's order id. */
export interface Asked {
  paymentId: string;
  amountMinor: number;
  currency: string;
  begunAt: Date;
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const REFERENCE = new RegExp(`^(${UUID})\\.[\\w-]{22}\\.(\\d{1,13})([A-Z]{3})\\.([0-9a-z]{6,8})$`);

/**
 * A charge has no name at Braintree until money was asked for; until then the order id that we give it is all that it can be
 * asked after by. So it says what must agree afterwards, and since when a search can be expected to find it.
 */
export function referenceOf({ id, paymentId, amountMinor, currency, begunAt }: ChargeAttempt): string {
  const attempt = Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
  const seconds = Math.floor(begunAt.getTime() / 1000).toString(36);
  return `${paymentId}.${attempt}.${amountMinor}${currency}.${seconds}`;
}

/** Null for an order id that is not of our making. */
export function askedBy(reference: string | null): Asked | null {
  const [, paymentId, amount, currency, seconds] = REFERENCE.exec(reference ?? '') ?? [];
  if (!paymentId || !amount || !currency || !seconds) return null;
  const begunAt = new Date(parseInt(seconds, 36) * 1000);
  return { paymentId, amountMinor: Number(amount), currency, begunAt };
}
