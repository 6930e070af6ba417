import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Claims, type Claim } from '../database/claims.js';
import { DueWork } from '../database/due-work.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import { Gateways } from '../gateway/gateways.js';
import { PaymentMethods } from '../payment-method/payment-methods.service.js';
import { isFinal } from './payment-status.js';
import { SEND_AGAIN_MS_MAX } from './charge-attempt.js';
import { PaymentOperation } from './payment-operation.entity.js';
import type { PaymentRecord } from './payment.entity.js';
import { PaymentsService } from './payments.service.js';
import type { Observed } from './payment-writer.js';
import { Settlement } from './settlement.js';

const ACTOR = 'recovery';
const BATCH = 20;
/** Several gateway calls, each with its time-out. */
const LEASE_SECONDS = 300;

/** When to ask again while the gateway does not say how it ended; the last is repeated until it does. */
const ASK_AGAIN_AFTER_SECONDS = [60, 5 * 60, 60 * 60, 24 * 60 * 60];
const LAST_ASK = ASK_AGAIN_AFTER_SECONDS.length - 1;

/** Finds out how charges ended whose request did not: it asks the gateway, and no timer ever decides. */
@Injectable()
export class Recovery implements OnModuleInit {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly methods: PaymentMethods,
    private readonly claims: Claims,
    private readonly dueWork: DueWork,
    private readonly gateways: Gateways,
    private readonly payments: PaymentsService,
    private readonly settlement: Settlement,
  ) {}

  onModuleInit(): void {
    this.dueWork.register({
      table: 'payment_attempt',
      batch: BATCH,
      leaseSeconds: LEASE_SECONDS,
      work: (claim) => this.recover(claim),
      failed: (claim) => this.askAgainLater(claim),
    });
  }

  private async recover(claim: Claim): Promise<void> {
    const observed = await this.settlement.observe(claim.id);
    const { status, statusDetail } = observed.payment;
    const payment = await this.findOut(observed);
    const hasMoved = payment.status !== status || payment.statusDetail !== statusDetail;
    if (hasMoved) return; // and settling has said when to look again
    if (isFinal(payment.status)) return this.claims.release(claim, null);
    const seconds = await this.payersSeconds(observed);
    if (seconds > 0) await this.claims.release(claim, seconds);
    else await this.askAgainLater(claim);
  }

  private async findOut(observed: Observed): Promise<PaymentRecord> {
    const { attempt, payment } = observed;
    const mayStillSend = Date.now() - attempt.createdAt.getTime() < SEND_AGAIN_MS_MAX;
    if (!attempt.providerPayment)
      return mayStillSend
        ? this.resume(observed)
        : this.settlement.refuse(observed, { failure: NEVER_SENT }, ACTOR);

    const gateway = this.gateways.of(attempt.gateway);
    const outcome = await gateway.readPayment(attempt.providerPayment);
    // A gateway that cannot be asked says nothing of a payer who has not come back.
    const isUntold = outcome.status === 'unconfirmed' && outcome.failure === null;
    const waitsForPayer =
      payment.status === 'requires_action' && (outcome.status === 'requires_action' || isUntold);
    if (waitsForPayer && !(await this.payersTimeIsOver(observed))) return payment;
    const isTooLateToConfirm = outcome.status === 'unconfirmed' && !mayStillSend;
    if (waitsForPayer || isTooLateToConfirm)
      return this.settlement.settle(
        observed,
        await gateway.abandon(attempt.providerPayment, `${attempt.id}:abandon`),
        ACTOR,
      );
    if (outcome.status === 'unconfirmed' && outcome.failure === null) return this.resume(observed);
    return this.settlement.settle(observed, outcome, ACTOR);
  }

  /** While they are confirming, what they did at their bank may be on its way to us. */
  private async payersTimeIsOver(observed: Observed): Promise<boolean> {
    if ((await this.payersSeconds(observed)) > 0) return false;
    const { id: paymentId } = observed.payment;
    const kind = 'confirmation';
    return !(await this.database.repository(PaymentOperation).existsBy({ paymentId, kind, status: 'begun' }));
  }

  /** How long the payer may still take, by the database's clock; 0 for a payment that does not wait for them. */
  private async payersSeconds({ payment, attempt }: Observed): Promise<number> {
    if (payment.status !== 'requires_action') return 0;
    const [row] = await this.database.query<[{ seconds: number | null }]>(
      `SELECT extract(epoch FROM payer_until - clock_timestamp())::float8 AS seconds
         FROM payments.payment_attempt WHERE id = $1`,
      [attempt.id],
    );
    return Math.max(0, row.seconds ?? 0);
  }

  /** The same steps with the same keys as the request would have taken. */
  private async resume({ payment, attempt }: Observed): Promise<PaymentRecord> {
    const method = await this.methods.findAt(payment.paymentMethodId, attempt);
    return this.payments.advance({ payment, attempt, method }, ACTOR);
  }

  private askAgainLater(claim: Claim): Promise<void> {
    return this.claims.release(claim, ASK_AGAIN_AFTER_SECONDS[Math.min(claim.tries - 1, LAST_ASK)]!);
  }
}

/** No object was ever stored for it, so nothing can have been confirmed. */
const NEVER_SENT = {
  code: 'not_finished',
  declineCode: null,
  message: 'The payment could not be sent in time. Nothing was charged; pay again.',
  action: 'retry_later',
  retry: 'later',
  methodReason: null,
} as const;
