import { Injectable, type OnModuleInit } from '@nestjs/common';
import { v4 as uuidv4 } from 'uuid';
import { fingerprintOf } from '../../platform/idempotency/fingerprint.js';
import { Claims, type Claim } from '../database/claims.js';
import { backOffSeconds, DueWork } from '../database/due-work.js';
import { PaymentsDatabase, type Transaction, violatedCheck } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import { Gateways } from '../gateway/gateways.js';
import { SEND_AGAIN_MS_MAX } from '../payment/charge-attempt.js';
import { PaymentRecord } from '../payment/payment.entity.js';
import { Settlement } from '../payment/settlement.js';
import { PaymentsError, type RefundReason, type Requester } from '../payments.contract.js';
import { RefundSettlement } from './refund-settlement.js';
import { RefundRecord } from './refund.entity.js';

export interface RefundAsked extends Requester {
  paymentId: string;
  /** Default: all that has not been given back. */
  amountMinor?: number;
  reason?: RefundReason;
}

const RECOVERY_AFTER_SECONDS = 60;
const BATCH = 10;
const LEASE_SECONDS = 120;

/** Gives money back, at most what was captured, whatever happens at the same time. */
@Injectable()
export class Refunds implements OnModuleInit {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    private readonly payments: Settlement,
    private readonly settlement: RefundSettlement,
    private readonly events: Events,
    private readonly claims: Claims,
    private readonly dueWork: DueWork,
  ) {}

  onModuleInit(): void {
    this.dueWork.register({
      table: 'refund',
      batch: BATCH,
      leaseSeconds: LEASE_SECONDS,
      work: (claim) => this.recover(claim),
      failed: (claim) => this.claims.release(claim, backOffSeconds(claim.tries)),
    });
  }

  /** @throws PaymentsError `not_found`, `refund_exceeds_payment`, `payment_state_conflict`, `payment_disputed` */
  async refund(asked: RefundAsked): Promise<{ refund: RefundRecord; replayed: boolean }> {
    const refund = await this.begin(asked);
    if (!refund) return { refund: await this.repeatOf(asked), replayed: true };
    this.events.published();
    return { refund: await this.send(refund, asked.caller), replayed: false };
  }

  async listOf(paymentId: string): Promise<RefundRecord[]> {
    return this.database.repository(RefundRecord).find({ where: { paymentId }, order: { createdAt: 'ASC' } });
  }

  /** The gateway says that something about a refund changed; one that is not ours is left to reconciliation. */
  async refresh(gateway: string, providerRefund: string, actor: string): Promise<void> {
    const outcome = await this.gateways.of(gateway).readRefund(providerRefund);
    if (outcome.status === 'unknown')
      throw new Error(`The gateway did not say how ${providerRefund} stands: ${outcome.reason}`);
    const refunds = this.database.repository(RefundRecord);
    const ourId = outcome.status === 'failed' ? null : outcome.refundId;
    const refund =
      (await refunds.findOneBy({ gateway, providerRefund })) ??
      (ourId ? await refunds.findOneBy({ id: ourId }) : null);
    if (refund) await this.settlement.settle(refund, outcome, actor);
  }

  /** No transaction is open while the gateway is asked. */
  private async send(refund: RefundRecord, actor: string): Promise<RefundRecord> {
    const { attempt } = await this.payments.observePayment(refund.paymentId);
    const outcome = await this.gateways.of(refund.gateway).refund({
      refundId: refund.id,
      providerPayment: attempt.providerPayment!,
      amountMinor: refund.amountMinor,
      currency: refund.currency,
      reason: refund.reason,
      key: `${refund.id}:refund`,
    });
    return this.settlement.settle(refund, outcome, actor);
  }

  /** Stores the intention and holds its part of the payment, under the payment's row lock; null on a repeated key. */
  private async begin(asked: RefundAsked): Promise<RefundRecord | null> {
    try {
      return await this.database.transaction(async (tx) => {
        const payment = await tx.findOne(PaymentRecord, {
          where: { id: asked.paymentId },
          lock: { mode: 'pessimistic_write' },
        });
        if (!payment) throw new PaymentsError('not_found', 'There is no such payment.');
        const refund = newRefund(asked, payment, (await this.payments.attemptOf(tx, payment.id)).gateway);
        if (!(await this.insert(tx, refund))) return null;
        assertRefundable(payment);
        await this.hold(tx, payment, refund.amountMinor);
        await this.settlement.record(tx, refund, null, asked.caller);
        return refund;
      });
    } catch (error) {
      if (
        violatedCheck(error) === 'payment_returned_within_captured' ||
        violatedCheck(error) === 'refund_amount_minor_check'
      )
        throw new PaymentsError(
          'refund_exceeds_payment',
          'This is more than what is left to give back of this payment.',
        );
      throw error;
    }
  }

  private async repeatOf({ caller, idempotencyKey, input }: RefundAsked): Promise<RefundRecord> {
    const earlier = await this.database.repository(RefundRecord).findOneByOrFail({ caller, idempotencyKey });
    if (earlier.fingerprint !== fingerprintOf('refund', caller, input))
      throw new PaymentsError(
        'idempotency_key_reused',
        'This Idempotency-Key was used for another refund. Use a new key.',
      );
    return earlier;
  }

  private async recover(claim: Claim): Promise<void> {
    const refund = await this.database.repository(RefundRecord).findOneByOrFail({ id: claim.id });
    const gateway = this.gateways.of(refund.gateway);
    if (refund.providerRefund) {
      await this.settlement.settle(refund, await gateway.readRefund(refund.providerRefund), 'recovery');
      return;
    }
    const { attempt } = await this.payments.observePayment(refund.paymentId);
    const found = await gateway.findRefund(refund.id, attempt.providerPayment!);
    const mayStillSend = Date.now() - refund.createdAt.getTime() < SEND_AGAIN_MS_MAX;
    if (found) await this.settlement.settle(refund, found, 'recovery');
    else if (mayStillSend) await this.send(refund, 'recovery');
    else
      await this.settlement.settle(
        refund,
        { status: 'failed', providerRefund: null, failureCode: 'never_sent' },
        'recovery',
      );
  }

  private async insert(tx: Transaction, refund: RefundRecord): Promise<boolean> {
    const [row] = await tx.query<{ created_at: Date }[]>(
      `INSERT INTO payments.refund
         (id, payment_id, gateway, amount_minor, currency, reason, status, caller, idempotency_key, fingerprint, due_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, clock_timestamp() + make_interval(secs => $11))
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

function newRefund(asked: RefundAsked, payment: PaymentRecord, gateway: string): RefundRecord {
  const { capturedMinor, refundedMinor, refundingMinor, disputedMinor } = payment;
  const left = capturedMinor - refundedMinor - refundingMinor - disputedMinor;
  return Object.assign(new RefundRecord(), {
    id: uuidv4(),
    paymentId: payment.id,
    gateway,
    providerRefund: null,
    amountMinor: asked.amountMinor ?? left,
    currency: payment.currency,
    reason: asked.reason ?? null,
    status: 'pending' as const,
    failureCode: null,
    caller: asked.caller,
    idempotencyKey: asked.idempotencyKey,
    fingerprint: fingerprintOf('refund', asked.caller, asked.input),
    version: 1,
  });
}

/** @throws PaymentsError unless money was taken that nobody else is about to take back */
function assertRefundable(payment: PaymentRecord): void {
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
