import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { BusinessClock } from '../../platform/clock/business-clock.js';
import { fingerprintOf } from '../../platform/idempotency/fingerprint.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import type { GatewayOutcome } from '../gateway/gateway.js';
import { Gateways } from '../gateway/gateways.js';
import { assertAmount, assertCurrency } from '../money.js';
import { PaymentMethods } from '../payment-method/payment-methods.service.js';
import type { PaymentMethodRecord } from '../payment-method/payment-method.entity.js';
import { Tokens } from '../payment-method/tokens.js';
import { PaymentsConfig } from '../payments.config.js';
import { type ChargeRequest, PaymentsError, type Requester } from '../payments.contract.js';
import { allowedReturnUrl } from '../return-url.js';
import { assertDebitable } from './bank-debit-rules.js';
import { type Charge, chargeAttempt } from './charge-attempt.js';
import { newPayment } from './new-payment.js';
import { unknownOnMismatch } from './outcome-mismatch.js';
import type { PaymentAttempt } from './payment-attempt.entity.js';
import { PaymentWriter } from './payment-writer.js';
import { PaymentRecord } from './payment.entity.js';
import { Settlement } from './settlement.js';

/** How long a repeat waits for the first request to finish. */
const REPEAT_WAIT_MS = 5_000;
const REPEAT_POLL_MS = 50;

/** In the words of its index, which finds it however long the history is. */
const COUNTING = `SELECT status FROM payments.payment
  WHERE obligation = $1 AND status NOT IN ('failed', 'cancelled') AND NOT obligation_freed`;

/** Charges saved payment methods. */
@Injectable()
export class PaymentsService {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly writer: PaymentWriter,
    private readonly methods: PaymentMethods,
    private readonly tokens: Tokens,
    private readonly gateways: Gateways,
    private readonly settlement: Settlement,
    private readonly events: Events,
    private readonly clock: BusinessClock,
    private readonly config: PaymentsConfig,
  ) {}

  /** Charges a saved payment method. Safe to repeat with the same idempotency key. */
  async charge(request: ChargeRequest): Promise<{ payment: PaymentRecord; replayed: boolean }> {
    assertAmount(request.amountMinor);
    assertCurrency(request.currency);

    if (this.config.PAYMENTS_CHARGING === 'off' && !(await this.repeatOf(request)))
      throw new PaymentsError(
        'charging_paused',
        'New charges are paused by the operator. Nothing was charged; try again later.',
        60,
      );

    const charge = await this.begin(request);
    if (!charge) {
      const earlier = await this.repeatOf(request);
      return { payment: await this.whenSettled(earlier!), replayed: true };
    }
    this.events.published();
    const { id } = charge.payment;
    const settling = this.advance(charge, request.caller);
    return { payment: await unknownOnMismatch(`payment ${id}`, charge.payment, settling), replayed: false };
  }

  /**
   * Takes a begun charge to its outcome, from wherever a crash may have left it. No transaction is open while the
   * gateway is asked: a slow gateway must not hold a database connection.
   */
  async advance(charge: Charge, actor: string): Promise<PaymentRecord> {
    const gateway = this.gateways.of(charge.attempt.gateway);
    const attempt = chargeAttempt(charge, this.tokens);

    if (!charge.attempt.providerPayment) {
      const prepared = await gateway.prepare(attempt);
      if (prepared.status === 'unknown') return this.settlement.settle(charge, prepared, actor);
      if (prepared.status === 'refused') return this.settlement.refuse(charge, prepared, actor);
      const { providerPayment, requests } = prepared;
      const isOurs = await this.writer.prepared(charge.attempt, providerPayment, requests); // known before it can take money
      if (!isOurs) return this.leaveToOther(charge.attempt, providerPayment);
    }
    const outcome: GatewayOutcome = await gateway.confirm(
      attempt,
      charge.attempt.providerPayment!,
      `${attempt.id}:confirm`,
    );
    return this.settlement.settle(charge, outcome, actor);
  }

  /** @throws PaymentsError `not_found` for an unknown payment, or one of another payer than `payerId` */
  async find(id: string, payerId?: string): Promise<PaymentRecord> {
    const payment = await this.database
      .repository(PaymentRecord)
      .findOneBy({ id, ...(payerId ? { payerId } : {}) });
    if (!payment) throw new PaymentsError('not_found', 'There is no such payment, or it is not yours.');
    return payment;
  }

  /** One page, the newest first; of one payer, or of all. */
  async list(payerId: string | undefined, page: { limit: number; after?: string }): Promise<PaymentRecord[]> {
    return this.database.repository(PaymentRecord).find({
      where: { ...(payerId ? { payerId } : {}), ...(page.after ? { id: LessThan(page.after) } : {}) },
      order: { id: 'DESC' },
      take: page.limit,
    });
  }

  /** What an earlier call with the same key made, as it now stands. */
  async repeatOf(requester: Requester): Promise<PaymentRecord | null> {
    const { caller, idempotencyKey } = requester;
    const earlier = await this.database.repository(PaymentRecord).findOneBy({ caller, idempotencyKey });
    if (earlier && earlier.fingerprint !== fingerprintOf('charge', caller, requester.input))
      throw new PaymentsError(
        'idempotency_key_reused',
        'This Idempotency-Key was used for another request. Use a new key for a new payment.',
      );
    return earlier;
  }

  /** The payment once nobody is working on it any more, or as it stands after a few seconds. */
  async whenSettled(payment: PaymentRecord): Promise<PaymentRecord> {
    const patience = Date.now() + REPEAT_WAIT_MS;
    while (
      payment.status === 'processing' &&
      payment.statusDetail === 'confirming' &&
      Date.now() < patience
    ) {
      await sleep(REPEAT_POLL_MS);
      payment = await this.find(payment.id);
    }
    return payment;
  }

  /** Stores the intention; null when its key was used before. @throws PaymentsError */
  private async begin(request: ChargeRequest): Promise<Charge | null> {
    const method = await this.methodFor(request).catch(async (error: unknown) => {
      if (await this.repeatOf(request)) return null; // whatever became of its method meanwhile
      throw error;
    });
    if (!method) return null;
    const payment = newPayment({ ...request, paymentMethodId: method.id }, this.returnUrlOf(request));
    const attempt = await this.writer.begin(payment, method);
    if (attempt === 'method_changed') return this.begin(request);
    if (attempt !== 'taken') return { payment, attempt, method };
    if (await this.repeatOf(request)) return null;
    throw await this.obligationTaken(request.obligation);
  }

  /** Nothing is charged in a method's place, unless the caller said what. @throws PaymentsError */
  private async methodFor(request: ChargeRequest): Promise<PaymentMethodRecord> {
    const { payerId, paymentMethodId, fallback } = request;
    const method = await this.methods.findChargeable(payerId, paymentMethodId).catch((error: unknown) => {
      if (!fallback || !(error instanceof PaymentsError)) throw error;
      return this.methods.fallback(payerId, fallback);
    });
    if (request.presence.session === 'off' && !method.hasMandate)
      throw new PaymentsError(
        'mandate_missing',
        'The payer has not agreed to be charged without being there. Ask them to add this method again.',
      );
    await assertDebitable(this.database, request, method, this.clock.now());
    this.gateways.assertUp(method.gateway);
    return method;
  }

  private returnUrlOf({ presence }: ChargeRequest): string | null {
    if (presence.session === 'off') return null;
    const origins = this.config.RETURN_URL_ORIGINS;
    return allowedReturnUrl(presence.returnUrl ?? `${origins[0]}/`, origins);
  }

  private async obligationTaken(obligation: string): Promise<PaymentsError> {
    const [counting] = await this.database.query<Pick<PaymentRecord, 'status'>[]>(COUNTING, [obligation]);
    return counting?.status === 'succeeded'
      ? new PaymentsError('obligation_already_paid', 'This has been paid already.')
      : new PaymentsError(
          'obligation_has_open_payment',
          'A payment for this is under way. Wait for it, or cancel it first.',
        );
  }

  /** A request that comes after the gateway has forgotten its key makes a second object: it is ended, never confirmed. */
  private async leaveToOther({ id, gateway }: PaymentAttempt, late: string): Promise<PaymentRecord> {
    const { payment, attempt } = await this.settlement.observe(id);
    if (attempt.providerPayment !== late) await this.gateways.of(gateway).abandon(late, `${id}:abandon-late`);
    return payment;
  }
}
