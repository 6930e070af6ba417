import { Injectable } from '@nestjs/common';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import type { GatewayRequest, RefundOutcome } from '../gateway/gateway.js';
import { countDisputed } from '../payment/disputed-part.js';
import { keepRequests, sent, withRequests } from '../payment/gateway-requests.js';
import { PaymentRecord, paymentView } from '../payment/payment.entity.js';
import { isObligationFreed } from '../payment/obligation-freed.js';
import { OutcomeMismatch } from '../payment/outcome-mismatch.js';
import type { RefundStatus } from '../payments.contract.js';
import { assertRefundEdge } from './refund-status.js';
import { RefundRecord, refundView } from './refund.entity.js';

/** A bank may take days to send money back; its webhook brings the news, this only finds a lost one. */
const ASK_DAILY_SECONDS = 24 * 60 * 60;

/** A batch settles once a day; an hour more or less is nothing to a refund. */
const TOO_EARLY_SECONDS = 60 * 60;

/** The only way by which a refund can move on, whether a request, a webhook or recovery brought the news. */
@Injectable()
export class RefundSettlement {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly events: Events,
  ) {}

  /**
   * One transaction: the refund, what the payment has given back, audit and outbox. An unknown outcome changes nothing.
   * @throws OutcomeMismatch when the gateway's refund is not what was asked for
   */
  async settle(refund: RefundRecord, outcome: RefundOutcome, actor: string): Promise<RefundRecord> {
    if (outcome.status === 'unknown') {
      await keepRequests(this.database, 'refund', refund.id, sent(outcome.requests));
      return refund; // holds its part until recovery knows
    }
    if (outcome.status === 'too_early') {
      await this.askLater(refund, outcome.requests);
      return refund;
    }
    assertAgrees(refund, outcome);
    const settled = await this.database.transaction(async (tx) => {
      // The payment's row first, as everywhere: two refunds of one payment cannot wait for each other in a circle.
      const payment = await tx.findOneOrFail(PaymentRecord, {
        where: { id: refund.paymentId },
        lock: { mode: 'pessimistic_write' },
      });
      const current = await tx.findOneOrFail(RefundRecord, {
        where: { id: refund.id },
        lock: { mode: 'pessimistic_write' },
      });
      const from = current.status;
      current.providerRefund ??= outcome.providerRefund;
      const isOvertaken = outcome.status === 'pending' && from !== 'pending'; // the news of its end came before this answer
      if (!isOvertaken) {
        current.status = outcome.status;
        current.failureCode = outcome.status === 'failed' ? outcome.failureCode : null;
      }
      if (from !== current.status) {
        assertRefundEdge(from, current.status);
        await this.moveHeld(tx, payment, current, from);
        await this.record(tx, current, from, actor);
      }
      await this.store(tx, current, from === current.status ? sent(outcome.requests) : outcome.requests);
      return current;
    });
    this.events.published();
    return settled;
  }

  /** The part stays held, and the same is asked for again. */
  private async askLater({ id }: RefundRecord, requests?: GatewayRequest[]): Promise<void> {
    await keepRequests(this.database, 'refund', id, requests);
    await this.database.query(
      `UPDATE payments.refund SET due_at = clock_timestamp() + make_interval(secs => $2), tries = 0
        WHERE id = $1 AND status = 'pending'`,
      [id, TOO_EARLY_SECONDS],
    );
  }

  /** Moves the refund's part of the payment from held to given back, or lets it go again. */
  private async moveHeld(
    tx: Transaction,
    payment: PaymentRecord,
    refund: RefundRecord,
    from: RefundStatus,
  ): Promise<void> {
    const amount = refund.amountMinor;
    if (from === 'pending') payment.refundingMinor -= amount;
    if (from === 'succeeded') payment.refundedMinor -= amount;
    if (refund.status === 'succeeded') payment.refundedMinor += amount;
    payment.obligationFreed = await isObligationFreed(tx, payment);
    await tx.query(
      `UPDATE payments.payment
          SET refunding_minor = $2, refunded_minor = $3, obligation_freed = $4, version = version + 1 WHERE id = $1`,
      [payment.id, payment.refundingMinor, payment.refundedMinor, payment.obligationFreed],
    );
    if (refund.status !== 'succeeded') await countDisputed(tx, payment);
  }

  private async store(tx: Transaction, refund: RefundRecord, requests: GatewayRequest[] = []): Promise<void> {
    await tx.query(
      `UPDATE payments.refund
          SET provider_refund = $2, status = $3, failure_code = $4, version = version + 1, tries = 0,
              failed_at = CASE WHEN $3 = 'failed' THEN coalesce(failed_at, clock_timestamp()) END,
              gateway_requests = ${withRequests('$6')},
              due_at = CASE WHEN $3 = 'pending' THEN clock_timestamp() + make_interval(secs => $5) END
        WHERE id = $1`,
      [
        refund.id,
        refund.providerRefund,
        refund.status,
        refund.failureCode,
        ASK_DAILY_SECONDS,
        JSON.stringify(requests),
      ],
    );
  }

  /** The audit entry and the event of one change. */
  async record(
    tx: Transaction,
    refund: RefundRecord,
    from: RefundStatus | null,
    actor: string,
  ): Promise<void> {
    const payment = await tx.findOneByOrFail(PaymentRecord, { id: refund.paymentId });
    await this.events.record(tx, {
      actor,
      action: `refund.${refund.status}`,
      target: { type: 'payment', id: refund.paymentId },
      change: {
        refundId: refund.id,
        from,
        to: refund.status,
        amountMinor: refund.amountMinor,
        failureCode: refund.failureCode,
      },
      publish: {
        type: `refund.${refund.status}`,
        payload: { payment: paymentView(payment), refund: refundView(refund) },
      },
    });
  }
}

function assertAgrees(
  refund: RefundRecord,
  outcome: Exclude<RefundOutcome, { status: 'unknown' | 'too_early' }>,
): void {
  if (outcome.status === 'failed') return;
  if (outcome.amountMinor !== refund.amountMinor || outcome.currency !== refund.currency)
    throw new OutcomeMismatch(`The gateway's refund for ${refund.id} has another amount or currency`);
}
