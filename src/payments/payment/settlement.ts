import { Injectable, Logger } from '@nestjs/common';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import { SharedStatement } from '../database/shared-statement.js';
import { Events } from '../event/events.service.js';
import type { Answered, GatewayOutcome, GatewayRequest } from '../gateway/gateway.js';
import type { PaymentFailure } from '../payments.contract.js';
import { Gateways } from '../gateway/gateways.js';
import { keepRequests, sent } from './gateway-requests.js';
import { MethodConsequences } from './method-consequences.js';
import { assertAgrees } from './outcome-mismatch.js';
import { PaymentAttempt } from './payment-attempt.entity.js';
import { assertPaymentEdge } from './payment-status.js';
import { type Observed, PaymentWriter } from './payment-writer.js';
import { PaymentRecord } from './payment.entity.js';

/** An object of a gateway. */
const OBJECT = { gateway: 'text', provider_payment: 'text' } as const;
const OBSERVED = 'payments.payment_attempt attempt JOIN payments.payment ON payment.id = attempt.payment_id';

/** Two sources of news rarely collide more than once; more often means a bug, and recovery asks again later. */
const ASKED_AGAIN_MAX = 5;

export type Known = Exclude<GatewayOutcome, { status: 'unknown' }>;

/** The only way by which a payment can move on, whether a request, a webhook or recovery brought the news. */
@Injectable()
export class Settlement {
  private readonly logger = new Logger(Settlement.name);
  private readonly observing: SharedStatement<typeof OBJECT, Record<string, unknown> & { nr: number }>;

  constructor(
    private readonly database: PaymentsDatabase,
    private readonly writer: PaymentWriter,
    private readonly gateways: Gateways,
    private readonly consequences: MethodConsequences,
    private readonly events: Events,
  ) {
    this.observing = new SharedStatement(
      database,
      OBJECT,
      () => `known AS (
        SELECT nr, ${observedColumns(database)} FROM ${OBSERVED} JOIN asked USING (gateway, provider_payment))
        SELECT * FROM known`,
    );
  }

  /**
   * Applies what the gateway said. An unknown outcome changes nothing: recovery asks again.
   * @throws OutcomeMismatch when amount, currency or our reference differ from what was intended
   */
  async settle(observed: Observed, outcome: GatewayOutcome, actor: string): Promise<PaymentRecord> {
    const requests: GatewayRequest[] = [];
    for (let asked = 0; asked < ASKED_AGAIN_MAX; asked++) {
      const known = await this.endedIfDeclined(observed, outcome);
      requests.push(...(known.requests ?? []));
      if (known.status === 'unknown') return this.leaveUnknown(observed, known.reason, requests);
      assertAgrees(observed.payment, known);

      const moved = await this.move(observed, targetOf(known, observed.payment), actor, requests);
      if (moved) return moved;

      // Somebody else settled meanwhile: what we heard may be older than what they heard.
      observed = await this.observe(observed.attempt.id);
      outcome = await this.gateways.of(observed.attempt.gateway).readPayment(known.providerPayment);
    }
    throw new Error(`Payment ${observed.payment.id} kept changing while it was settled`);
  }

  /** The gateway refused before it made anything: no money can be taken. */
  async refuse(
    observed: Observed,
    { failure, requests }: Answered & { failure: PaymentFailure },
    actor: string,
  ): Promise<PaymentRecord> {
    const moved = await this.move(observed, { ...STILL, status: 'failed', failure }, actor, requests);
    return moved ?? (await this.observe(observed.attempt.id)).payment;
  }

  async observe(attemptId: string): Promise<Observed> {
    return (await this.observeWhere('attempt.id = $1', attemptId))!;
  }

  attemptOf(tx: Transaction, paymentId: string): Promise<PaymentAttempt> {
    return tx.findOneByOrFail(PaymentAttempt, { paymentId });
  }

  async observePayment(paymentId: string): Promise<Observed> {
    return (await this.observeWhere('attempt.payment_id = $1', paymentId))!;
  }

  /** Null for an object that no attempt knows. */
  async observeAtGateway(gateway: string, providerPayment: string): Promise<Observed | null> {
    const row = await this.observing.ask({ gateway, provider_payment: providerPayment });
    return row ? this.observedIn(row) : null;
  }

  private async observeWhere(condition: string, id: string): Promise<Observed | null> {
    const [row] = await this.database.query<Record<string, unknown>[]>(
      `SELECT ${observedColumns(this.database)} FROM ${OBSERVED} WHERE ${condition}`,
      [id],
    );
    return row ? this.observedIn(row) : null;
  }

  private observedIn(row: Record<string, unknown>): Observed {
    return {
      attempt: this.database.entityOf(PaymentAttempt, 'attempt', row),
      payment: this.database.entityOf(PaymentRecord, 'payment', row),
    };
  }

  /** A declined object could still be confirmed by the payer's browser: it is ended there before it is failed here. */
  private async endedIfDeclined({ attempt }: Observed, outcome: GatewayOutcome): Promise<GatewayOutcome> {
    if (outcome.status !== 'unconfirmed' || outcome.failure === null) return outcome;
    const gateway = this.gateways.of(attempt.gateway);
    const ended = await gateway.abandon(outcome.providerPayment, `${attempt.id}:abandon`);
    const requests = [...(outcome.requests ?? []), ...(ended.requests ?? [])];
    // Gateways may forget why on the way, and of a refused request they never had a reason to keep.
    return ended.status === 'cancelled'
      ? { ...ended, failure: ended.failure ?? outcome.failure, requests }
      : { ...ended, requests };
  }

  /** Null when the payment has moved since it was observed. */
  private async move(
    observed: Observed,
    target: Target,
    actor: string,
    requests: GatewayRequest[] = [],
  ): Promise<PaymentRecord | null> {
    const { payment, attempt } = observed;
    const hasMoved = target.status !== payment.status;
    if (!isNews(payment, target)) {
      await keepRequests(this.database, 'payment_attempt', attempt.id, sent(requests));
      return payment;
    }
    if (hasMoved) assertPaymentEdge(payment.status, target.status);

    const after = moved(payment, target);
    if (!(await this.store(observed, after, actor, requests))) return null;
    if (hasMoved) {
      this.events.published();
      this.logger.log(
        { paymentId: after.id, status: after.status, gateway: attempt.gateway },
        'payment settled',
      );
      this.gateways.countOutcome(attempt.gateway, after.status);
    }
    return after;
  }

  /** False when the payment has moved since it was observed. A failure may mean something for the method, too. */
  private async store(
    observed: Observed,
    after: PaymentRecord,
    actor: string,
    requests: GatewayRequest[],
  ): Promise<boolean> {
    if (!after.failure) return this.writer.move(observed, after, { actor, requests });
    return this.database.transaction(async (tx) => {
      if (!(await this.writer.move(observed, after, { actor, requests }, tx))) return false;
      await this.consequences.ofFailure(tx, after, observed.attempt, actor);
      return true;
    });
  }

  private async leaveUnknown(
    { payment, attempt }: Observed,
    reason: string,
    requests: GatewayRequest[],
  ): Promise<PaymentRecord> {
    this.logger.warn(
      { paymentId: payment.id, attemptId: attempt.id, reason },
      'payment outcome unknown; recovery will ask',
    );
    this.gateways.countOutcome(attempt.gateway, 'unknown');
    await keepRequests(this.database, 'payment_attempt', attempt.id, sent(requests));
    return payment;
  }
}

type Target = Pick<
  PaymentRecord,
  'status' | 'statusDetail' | 'expectedBy' | 'capturedMinor' | 'failure' | 'nextActionUrl'
>;

function moved(payment: PaymentRecord, target: Target): PaymentRecord {
  return Object.assign(new PaymentRecord(), payment, target, { version: payment.version + 1 });
}

/** Hearing again how a payment stands changes nothing, and extends no deadline. */
function isNews(payment: PaymentRecord, target: Target): boolean {
  return (
    payment.status !== target.status ||
    payment.statusDetail !== target.statusDetail ||
    payment.nextActionUrl !== target.nextActionUrl
  );
}

const STILL = { statusDetail: null, expectedBy: null, capturedMinor: 0, failure: null, nextActionUrl: null };

/** How the payment stands when the gateway's object stands like this. */
function targetOf(outcome: Known, payment: PaymentRecord): Target {
  switch (outcome.status) {
    case 'succeeded':
      return { ...STILL, status: 'succeeded', capturedMinor: outcome.capturedMinor };
    case 'requires_capture':
      return { ...STILL, status: 'requires_capture' };
    case 'requires_action':
      return { ...STILL, status: 'requires_action', nextActionUrl: outcome.redirectUrl };
    case 'processing':
      return { ...STILL, status: 'processing', statusDetail: outcome.detail, expectedBy: outcome.expectedBy };
    case 'cancelled':
      return outcome.failure
        ? { ...STILL, status: 'failed', failure: outcome.failure }
        : { ...STILL, status: 'cancelled' };
    case 'unconfirmed': // declines were ended before; nothing was tried yet, so nothing has changed
      return {
        ...STILL,
        status: payment.status,
        statusDetail: payment.statusDetail,
        nextActionUrl: payment.nextActionUrl,
      };
  }
}

function observedColumns(database: PaymentsDatabase): string {
  return `${database.columnsOf(PaymentAttempt, 'attempt')}, ${database.columnsOf(PaymentRecord, 'payment')}`;
}
