import { Logger } from '@nestjs/common';
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

/**
 * A payment that is final moves no more, whatever is told afterwards: money that went another way is a person's business.
 * @throws OutcomeMismatch
 */
export function assertStillAgrees({ id, status, capturedMinor }: PaymentRecord, facts: GatewayFacts): void {
  if (facts.capturedMinor !== capturedMinor)
    throw new OutcomeMismatch(
      `Payment ${id} is ${status} with ${capturedMinor} captured, but the gateway captured ${facts.capturedMinor}`,
    );
}

const logger = new Logger(OutcomeMismatch.name);

/** For whoever waits for an answer: until a person has looked, the outcome is as unknown as one that never came. */
export async function unknownOnMismatch<T>(subject: string, asItStands: T, settling: Promise<T>): Promise<T> {
  try {
    return await settling;
  } catch (error) {
    if (!(error instanceof OutcomeMismatch)) throw error;
    logger.error({ err: error, subject }, 'the gateway disagrees with the intention');
    return asItStands;
  }
}
