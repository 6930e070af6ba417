import { Injectable } from '@nestjs/common';
import { v4 as uuidv4 } from 'uuid';
import { fingerprintOf } from '../../platform/idempotency/fingerprint.js';
import { type Transaction, violatedCheck } from '../database/payments-database.js';
import { PaymentRecord } from '../payment/payment.entity.js';
import { Settlement } from '../payment/settlement.js';
import { PaymentsError, type RefundReason, type Requester } from '../payments.contract.js';
import type { RefundRequestRecord } from './refund-request.entity.js';
import { RefundSettlement } from './refund-settlement.js';
import { RefundRecord } from './refund.entity.js';

export interface RefundAsked extends Requester {
  paymentId: string;
  /** Default: all that has not been given back. */
  amountMinor?: number;
  reason?: RefundReason;
}

/** What of a refund is settled before it is made. */
type Terms = Pick<
  RefundRecord,
  'amountMinor' | 'reason' | 'caller' | 'idempotencyKey' | 'fingerprint' | 'refundRequestId'
>;

const RECOVERY_AFTER_SECONDS = 60;

/** Writes down that money is to be given back, before the gateway hears of it. */
@Injectable()
export class RefundIntentions {
  constructor(
    private readonly payments: Settlement,
    private readonly settlement: RefundSettlement,
  ) {}

  /** The payment, locked: nothing else is given back of it meanwhile. @throws PaymentsError `not_found` */
  async lockPayment(tx: Transaction, paymentId: string): Promise<PaymentRecord> {
    const payment = await tx.findOne(PaymentRecord, {
      where: { id: paymentId },
      lock: { mode: 'pessimistic_write' },
    });
    if (!payment) throw new PaymentsError('not_found', 'There is no such payment.');
    return payment;
  }

  /** Stores the intention and holds its part of the payment; null on a repeated key. @throws PaymentsError */
  async begin(tx: Transaction, payment: PaymentRecord, asked: RefundAsked): Promise<RefundRecord | null> {
    const { caller, idempotencyKey, reason = null, input } = asked;
    const amountMinor = asked.amountMinor ?? leftOf(payment);
    const fingerprint = fingerprintOf('refund', caller, input);
    const terms = { amountMinor, reason, caller, idempotencyKey, fingerprint, refundRequestId: null };
    return this.store(tx, payment, terms, caller);
  }

  /** As it was asked for, under the key that it was asked for with, now that another person agrees. */
  async beginRequested(
    tx: Transaction,
    payment: PaymentRecord,
    { amountMinor, reason, caller, idempotencyKey, fingerprint, id }: RefundRequestRecord,
    approver: string,
  ): Promise<RefundRecord> {
    const terms = { amountMinor, reason, caller, idempotencyKey, fingerprint, refundRequestId: id };
    const refund = await this.store(tx, payment, terms, approver);
    if (!refund) throw new Error(`Refund request ${id} has the key of a refund that was made`);
    return refund;
  }

  private async store(
    tx: Transaction,
    payment: PaymentRecord,
    terms: Terms,
    actor: string,
  ): Promise<RefundRecord | null> {
    const { gateway } = await this.payments.attemptOf(tx, payment.id);
    const refund = newRefund(payment, gateway, terms);
    if (!(await this.insert(tx, refund))) return null;
    assertRefundable(payment);
    await this.hold(tx, payment, refund.amountMinor);
    await this.settlement.record(tx, refund, null, actor);
    return refund;
  }

  private async insert(tx: Transaction, refund: RefundRecord): Promise<boolean> {
    const [row] = await tx.query<{ created_at: Date }[]>(
      `INSERT INTO payments.refund
         (id, payment_id, gateway, amount_minor, currency, reason, status, caller, idempotency_key, fingerprint,
          refund_request_id, due_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, clock_timestamp() + make_interval(secs => $12))
       ON CONFLICT (caller, idempotency_key) DO NOTHING RETURNING created_at`,
      [
        refund.id,
        refund.paymentId,
        refund.gateway,
        refund.amountMinor,
        refund.currency,
        refund.reason,
        refund.status,
        refund.caller,
        refund.idempotencyKey,
        refund.fingerprint,
        refund.refundRequestId,
        RECOVERY_AFTER_SECONDS,
      ],
    );
    if (row) refund.createdAt = row.created_at;
    return row !== undefined;
  }

  private async hold(tx: Transaction, payment: PaymentRecord, amountMinor: number): Promise<void> {
    payment.refundingMinor += amountMinor;
    await tx.query(
      `UPDATE payments.payment SET refunding_minor = refunding_minor + $2, version = version + 1 WHERE id = $1`,
      [payment.id, amountMinor],
    );
  }
}

/** What has not been given back of a payment, and nobody else is about to take back. */
export function leftOf({
  capturedMinor,
  refundedMinor,
  refundingMinor,
  disputedMinor,
}: PaymentRecord): number {
  return capturedMinor - refundedMinor - refundingMinor - disputedMinor;
}

function newRefund(payment: PaymentRecord, gateway: string, terms: Terms): RefundRecord {
  return Object.assign(new RefundRecord(), {
    id: uuidv4(),
    paymentId: payment.id,
    gateway,
    providerRefund: null,
    currency: payment.currency,
    status: 'pending' as const,
    failureCode: null,
    version: 1,
    ...terms,
  });
}

/** @throws PaymentsError unless money was taken that nobody else is about to take back */
export function assertRefundable(payment: PaymentRecord): void {
  if (payment.status !== 'succeeded')
    throw new PaymentsError(
      'payment_state_conflict',
      `A payment that is ${payment.status} has nothing to give back.`,
    );
  if (payment.disputedMinor > 0)
    throw new PaymentsError(
      'payment_disputed',
      'The bank has taken this payment back. Answer the dispute instead of refunding.',
    );
}

/** What the database says of too large a refund, in our words. */
export function refundError(error: unknown): unknown {
  const check = violatedCheck(error);
  return check === 'payment_returned_within_captured' || check === 'refund_amount_minor_check'
    ? exceedsPayment()
    : error;
}

export function exceedsPayment(): PaymentsError {
  return new PaymentsError(
    'refund_exceeds_payment',
    'This is more than what is left to give back of this payment.',
  );
}
