import { Injectable, type OnModuleInit } from '@nestjs/common';
import { validate as isUuid } from 'uuid';
import { unknownOnMismatch } from '../payment/outcome-mismatch.js';
import { fingerprintOf } from '../../platform/idempotency/fingerprint.js';
import { Claims, type Claim } from '../database/claims.js';
import { backOffSeconds, DueWork } from '../database/due-work.js';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import { Gateways } from '../gateway/gateways.js';
import { Settlement } from '../payment/settlement.js';
import { PaymentsError } from '../payments.contract.js';
import { type RefundAsked, refundError, RefundIntentions } from './refund-intentions.js';
import { RefundRequestRecord } from './refund-request.entity.js';
import { type Decision, RefundRequests } from './refund-requests.service.js';
import { RefundSettlement } from './refund-settlement.js';
import { RefundRecord } from './refund.entity.js';

/** What became of it: money on its way, or a question to a second person. */
export type Asked = ({ refund: RefundRecord } | { request: RefundRequestRecord }) & { replayed: boolean };

const BATCH = 10;
const LEASE_SECONDS = 120;
const ASK_DAILY_SECONDS = 24 * 60 * 60;
const HOUR_MS = 60 * 60 * 1000;

/** Gives money back, at most what was captured, whatever happens at the same time. */
@Injectable()
export class Refunds implements OnModuleInit {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    private readonly payments: Settlement,
    private readonly settlement: RefundSettlement,
    private readonly intentions: RefundIntentions,
    private readonly requests: RefundRequests,
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

  /**
   * Gives money back, or writes down that a second person must agree to it first.
   * @throws PaymentsError `not_found`, `refund_exceeds_payment`, `payment_state_conflict`, `payment_disputed`
   */
  async refund(asked: RefundAsked): Promise<Asked> {
    const begun = await this.begin(asked);
    if (!begun) return { ...(await this.repeatOf(asked)), replayed: true };
    this.events.published();
    if (begun instanceof RefundRequestRecord) return { request: begun, replayed: false };
    return { refund: await this.answered(begun, asked.caller), replayed: false };
  }

  /** The second person agrees, and the money goes. @throws PaymentsError */
  async approve(decision: Decision): Promise<{ refund: RefundRecord; replayed: boolean }> {
    const refund = await this.requests.approve(decision);
    if (!refund) return { refund: await this.requests.refundOf(decision.requestId), replayed: true };
    this.events.published();
    return { refund: await this.answered(refund, decision.caller), replayed: false };
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
    const ourId = 'refundId' in outcome ? outcome.refundId : null; // somebody else's refund bears any word at all
    const refund =
      (await refunds.findOneBy({ gateway, providerRefund })) ??
      (ourId && isUuid(ourId) ? await refunds.findOneBy({ id: ourId, gateway }) : null);
    if (refund) await this.settlement.settle(refund, outcome, actor);
  }

  private answered(refund: RefundRecord, actor: string): Promise<RefundRecord> {
    return unknownOnMismatch(`refund ${refund.id}`, refund, this.send(refund, actor));
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

  /** Stores the intention, under the payment's row lock; null on a repeated key. */
  private async begin(asked: RefundAsked): Promise<RefundRecord | RefundRequestRecord | null> {
    try {
      return await this.database.transaction(async (tx) => {
        const payment = await this.intentions.lockPayment(tx, asked.paymentId);
        const isLarge = await this.requests.needsSecondPerson(tx, payment, asked);
        if (await isRepeat(tx, asked)) return null;
        return isLarge
          ? await this.requests.ask(tx, payment, asked)
          : await this.intentions.begin(tx, payment, asked);
      });
    } catch (error) {
      throw refundError(error);
    }
  }

  /** The refund, or what still waits for a second person. */
  private async repeatOf(
    asked: RefundAsked,
  ): Promise<{ refund: RefundRecord } | { request: RefundRequestRecord }> {
    const refund = await this.database.repository(RefundRecord).findOneBy(keyOf(asked));
    const request = refund
      ? null
      : await this.database.repository(RefundRequestRecord).findOneByOrFail(keyOf(asked));
    const earlier = (refund ?? request)!;
    if (earlier.fingerprint !== fingerprintOf('refund', asked.caller, asked.input))
      throw new PaymentsError(
        'idempotency_key_reused',
        'This Idempotency-Key was used for another refund. Use a new key.',
      );
    return refund ? { refund } : { request: request! };
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
    const sentForMs = gateway.capabilities.sendsRefundsForHours * HOUR_MS;
    const mayStillSend = Date.now() - refund.createdAt.getTime() < sentForMs;
    if (found) await this.settlement.settle(refund, found, 'recovery');
    else if (mayStillSend) await this.send(refund, 'recovery');
    else if (!gateway.capabilities.findsRefunds)
      await this.claims.release(claim, ASK_DAILY_SECONDS); // a person looks it up; its news still ends it
    else
      await this.settlement.settle(
        refund,
        { status: 'failed', providerRefund: null, failureCode: 'never_sent' },
        'recovery',
      );
  }
}

async function isRepeat(tx: Transaction, asked: RefundAsked): Promise<boolean> {
  return (
    (await tx.existsBy(RefundRecord, keyOf(asked))) || (await tx.existsBy(RefundRequestRecord, keyOf(asked)))
  );
}

function keyOf({ caller, idempotencyKey }: RefundAsked) {
  return { caller, idempotencyKey };
}
