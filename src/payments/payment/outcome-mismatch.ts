import type { GatewayFacts } from '../gateway/gateway.js';
import type { PaymentRecord } from './payment.entity.js';

/** The gateway's object does not agree with our intention; a person must look before anything is believed. */
export class OutcomeMismatch extends Error {}

/** @throws OutcomeMismatch */
export function assertAgrees(payment: PaymentRecord, facts: GatewayFacts): void {
  const differs = [
    facts.paymentId !== payment.id && 'reference',
    facts.amountMinor !== payment.amountMinor && 'amount',
    facts.currency !== payment.currency && 'currency',
    facts.capturedMinor > payment.amountMinor && 'captured amount',
  ].filter(Boolean);
  if (differs.length > 0)
    throw new OutcomeMismatch(
      `The gateway's object for payment ${payment.id} has another ${differs.join(', ')}`,
    );
}
