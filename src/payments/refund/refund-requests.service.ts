import { Injectable } from '@nestjs/common';
import { LessThan, MoreThan } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { fingerprintOf } from '../../platform/idempotency/fingerprint.js';
import {
  PaymentsDatabase,
  type Transaction,
  violatedCheck,
  violatedConstraint,
} from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import type { PaymentRecord } from '../payment/payment.entity.js';
import { PaymentsConfig } from '../payments.config.js';
import { PaymentsError } from '../payments.contract.js';
import {
  assertRefundable,
  exceedsPayment,
  leftOf,
  type RefundAsked,
  refundError,
  RefundIntentions,
} from './refund-intentions.js';
import { ALONE_PER_DAY_FACTOR, aloneMinorMax } from './refund-limits.js';
import { assertRefundRequestEdge, type RefundRequestStatus } from './refund-request-status.js';
import { RefundRequestRecord } from './refund-request.entity.js';
import { RefundRecord } from './refund.entity.js';

/** The second person may be away over a weekend; what is older is asked for anew, by somebody who knows why. */
const EXPIRES_AFTER_HOURS = 72;

/** Who decides, under the key that makes the decision once. */
export interface Decision {
  requestId: string;
  caller: string;
  idempotencyKey: string;
}

/** Large refunds: one person asks, another one agrees. */
@Injectable()
export class RefundRequests {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly intentions: RefundIntentions,
    private readonly events: Events,
    private readonly config: PaymentsConfig,
  ) {}

  /** One page, the newest first. */
  async list(
    status: RefundRequestStatus | undefined,
    page: { limit: number; after?: string },
  ): Promise<RefundRequestRecord[]> {
    return this.database.repository(RefundRequestRecord).find({
      where: {
        ...(page.after ? { id: LessThan(page.after) } : {}),
        ...(status ? { status } : {}),
        ...(status === 'pending' ? { expiresAt: MoreThan(new Date()) } : {}),
      },
      order: { id: 'DESC' },
      take: page.limit,
    });
  }

  /** @throws PaymentsError `not_found` */
  async find(id: string): Promise<RefundRequestRecord> {
    const request = await this.database.repository(RefundRequestRecord).findOneBy({ id });
    if (!request) throw new PaymentsError('not_found', 'There is no such refund request.');
    return request;
  }

  /** Whether one person may not do this alone: because of its amount, or of what they gave back before it. */
  async needsSecondPerson(tx: Transaction, payment: PaymentRecord, asked: RefundAsked): Promise<boolean> {
    const max = aloneMinorMax(this.config.REFUND_APPROVAL_ABOVE, payment.currency);
    if (max === null) return false;
    // One after the other: two refunds of one person would not see each other in the sums below.
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('refunds alone ' || $1, 0))`, [
      asked.caller,
    ]);
    const [alone] = await tx.query<[{ ofPayment: string; ofDay: string }]>(
      `SELECT coalesce(sum(amount_minor) FILTER (WHERE payment_id = $1), 0) AS "ofPayment",
              coalesce(sum(amount_minor) FILTER (WHERE caller = $2 AND created_at > statement_timestamp() - interval '1 day'), 0) AS "ofDay"
         FROM payments.refund
        WHERE (payment_id = $1 OR caller = $2 AND created_at > statement_timestamp() - interval '1 day')
          AND currency = $3 AND refund_request_id IS NULL AND status NOT IN ('failed', 'cancelled')
          AND NOT (caller = $2 AND idempotency_key = $4)`,
      [payment.id, asked.caller, payment.currency, asked.idempotencyKey],
    );
    const amount = asked.amountMinor ?? leftOf(payment);
    return (
      Number(alone.ofPayment) + amount > max || Number(alone.ofDay) + amount > max * ALONE_PER_DAY_FACTOR
    );
  }

  /** Writes down what is asked for; null on a repeated key. @throws PaymentsError as a refund would */
  async ask(
    tx: Transaction,
    payment: PaymentRecord,
    asked: RefundAsked,
  ): Promise<RefundRequestRecord | null> {
    assertRefundable(payment);
    const amountMinor = asked.amountMinor ?? leftOf(payment);
    if (amountMinor < 1 || amountMinor > leftOf(payment)) throw exceedsPayment();
    const [row] = await tx.query<{ id: string }[]>(
      `INSERT INTO payments.refund_request
         (id, payment_id, amount_minor, currency, reason, caller, idempotency_key, fingerprint, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() + make_interval(hours => $9))
       ON CONFLICT (caller, idempotency_key) DO NOTHING RETURNING id`,
      [
        ...[uuidv7(), payment.id, amountMinor, payment.currency, asked.reason ?? null],
        ...[asked.caller, asked.idempotencyKey, fingerprintOf('refund', asked.caller, asked.input)],
        EXPIRES_AFTER_HOURS,
      ],
    );
    if (!row) return null;
    const request = await tx.findOneByOrFail(RefundRequestRecord, { id: row.id });
    await this.record(tx, request, 'created', asked.caller);
    return request;
  }

  /**
   * Agrees: the refund is written down as it was asked for, for its caller to send; null on a repeated key.
   * @throws PaymentsError `second_person_required`, `refund_request_closed`, and as a refund would
   */
  async approve(decision: Decision): Promise<RefundRecord | null> {
    const { paymentId } = await this.find(decision.requestId);
    try {
      return await this.database.transaction(async (tx) => {
        const payment = await this.intentions.lockPayment(tx, paymentId); // first, as for every refund
        const request = await this.decide(tx, decision, 'approved');
        if (!request) return null;
        return this.intentions.beginRequested(tx, payment, request, decision.caller);
      });
    } catch (error) {
      throw decisionError(refundError(error));
    }
  }

  /** Refuses; the person who asked may do so, too: they have thought better of it. @throws PaymentsError `refund_request_closed` */
  async reject(decision: Decision): Promise<{ request: RefundRequestRecord; replayed: boolean }> {
    try {
      const rejected = await this.database.transaction((tx) => this.decide(tx, decision, 'rejected'));
      return { request: rejected ?? (await this.find(decision.requestId)), replayed: rejected === null };
    } catch (error) {
      throw decisionError(error);
    }
  }

  async refundOf(requestId: string): Promise<RefundRecord> {
    return this.database.repository(RefundRecord).findOneByOrFail({ refundRequestId: requestId });
  }

  /** Of two decisions at once the second finds the first one made; null where it is the same one again. */
  private async decide(
    tx: Transaction,
    { requestId, caller, idempotencyKey }: Decision,
    status: 'approved' | 'rejected',
  ): Promise<RefundRequestRecord | null> {
    const request = await tx.findOne(RefundRequestRecord, {
      where: { id: requestId },
      lock: { mode: 'pessimistic_write' },
    });
    if (!request) throw new PaymentsError('not_found', 'There is no such refund request.');
    const isRepeat = request.decidedBy === caller && request.decisionKey === idempotencyKey;
    if (isRepeat && request.status === status) return null;
    assertDecidable(request, caller, status);

    assertRefundRequestEdge(request.status, status);
    await tx.query(
      `UPDATE payments.refund_request
          SET status = $2, decided_by = $3, decision_key = $4, decided_at = clock_timestamp() WHERE id = $1`,
      [request.id, status, caller, idempotencyKey],
    );
    const decided = await tx.findOneByOrFail(RefundRequestRecord, { id: request.id });
    await this.record(tx, decided, status, caller);
    return decided;
  }

  private async record(
    tx: Transaction,
    request: RefundRequestRecord,
    what: 'created' | 'approved' | 'rejected',
    actor: string,
  ): Promise<void> {
    const { id, paymentId, amountMinor, currency, caller } = request;
    await this.events.record(tx, {
      actor,
      action: `refund_request.${what}`,
      target: { type: 'payment', id: paymentId },
      change: { refundRequestId: id, amountMinor, currency, requestedBy: caller },
    });
  }
}

/** @throws PaymentsError unless this person can still decide about it */
function assertDecidable(request: RefundRequestRecord, caller: string, status: RefundRequestStatus): void {
  if (request.status !== 'pending')
    throw new PaymentsError('refund_request_closed', `This request was ${request.status} already.`);
  if (request.expiresAt.getTime() <= Date.now()) throw expired();
  if (status === 'approved' && request.caller === caller)
    throw new PaymentsError(
      'second_person_required',
      'You asked for this refund yourself. Somebody else must agree to it.',
    );
}

/** What the database says of a key that decided something else, or of a decision that came too late, in our words. */
function decisionError(error: unknown): unknown {
  if (violatedConstraint(error) === 'refund_request_one_decision_per_key')
    return new PaymentsError(
      'idempotency_key_reused',
      'This Idempotency-Key was used for another decision. Use a new key.',
    );
  if (violatedCheck(error) === 'refund_request_in_time') return expired();
  return error;
}

function expired(): PaymentsError {
  return new PaymentsError('refund_request_closed', 'This request has expired. Ask for the refund anew.');
}
