import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { v4 as uuidv4 } from 'uuid';
import { fingerprintOf } from '../../platform/idempotency/fingerprint.js';
import { Claims, type Claim } from '../database/claims.js';
import { backOffSeconds, DueWork } from '../database/due-work.js';
import { PaymentsDatabase, type Transaction, violatedConstraint } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import type { GatewayOutcome } from '../gateway/gateway.js';
import { Gateways } from '../gateway/gateways.js';
import { PaymentMethods } from '../payment-method/payment-methods.service.js';
import { Tokens } from '../payment-method/tokens.js';
import { PaymentsConfig } from '../payments.config.js';
import { PaymentsError, type Requester } from '../payments.contract.js';
import { allowedReturnUrl } from '../return-url.js';
import { chargeAttempt, SEND_AGAIN_MS_MAX } from './charge-attempt.js';
import { unknownOnMismatch } from './outcome-mismatch.js';
import { assertAllowed, happensOnce, isAllowed, mayBeToldYet } from './operation-rules.js';
import { type OperationKind, PaymentOperation } from './payment-operation.entity.js';
import { PaymentRecord } from './payment.entity.js';
import type { Observed } from './payment-writer.js';
import { Settlement } from './settlement.js';

export type Asked = { payment: PaymentRecord; replayed: boolean };

interface Details {
  amountMinor?: number;
  returnUrl?: string;
  /** What the payer came back from their bank with; used once, and kept nowhere. */
  returned?: string;
}

const RECOVERY = 'recovery';
const RECOVERY_AFTER_SECONDS = 60;
const BATCH = 10;
const LEASE_SECONDS = 120;

/** Going on with a payment that exists: confirm again, capture, cancel. */
@Injectable()
export class PaymentOperations implements OnModuleInit {
  private readonly logger = new Logger(PaymentOperations.name);

  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    private readonly methods: PaymentMethods,
    private readonly tokens: Tokens,
    private readonly settlement: Settlement,
    private readonly events: Events,
    private readonly claims: Claims,
    private readonly dueWork: DueWork,
    private readonly config: PaymentsConfig,
  ) {}

  onModuleInit(): void {
    this.dueWork.register({
      table: 'payment_operation',
      batch: BATCH,
      leaseSeconds: LEASE_SECONDS,
      work: (claim) => this.recover(claim),
      failed: (claim) => this.claims.release(claim, backOffSeconds(claim.tries)),
    });
  }

  /** Goes on, with the payer there, with a payment that waits for them. @throws PaymentsError */
  async confirm(
    paymentId: string,
    { returnUrl, returned }: { returnUrl: string; returned?: string },
    requester: Requester,
    payerId?: string,
  ): Promise<Asked> {
    allowedReturnUrl(returnUrl, this.config.RETURN_URL_ORIGINS);
    return this.ask('confirmation', paymentId, { returnUrl, returned }, requester, payerId);
  }

  /** Takes a reserved amount, or a part of it; the rest is let go. @throws PaymentsError */
  async capture(paymentId: string, amountMinor: number | undefined, requester: Requester): Promise<Asked> {
    return this.ask('capture', paymentId, { amountMinor }, requester);
  }

  /** Ends a payment that has taken no money. @throws PaymentsError */
  async cancel(paymentId: string, requester: Requester, payerId?: string): Promise<Asked> {
    return this.ask('cancellation', paymentId, {}, requester, payerId);
  }

  private async ask(
    kind: OperationKind,
    paymentId: string,
    details: Details,
    requester: Requester,
    payerId?: string,
  ): Promise<Asked> {
    const begun = await this.begin(kind, paymentId, details, requester, payerId);
    if (!begun) return { payment: await this.repeatOf(kind, requester, payerId), replayed: true };
    const observed = await this.observe(begun);
    const settling = this.carryOut(begun, observed, requester.caller, details.returned);
    return {
      payment: await unknownOnMismatch(`${kind} of payment ${paymentId}`, observed.payment, settling),
      replayed: false,
    };
  }

  /** No transaction is open while the gateway is asked; the outcome is settled like every other. */
  private async carryOut(
    operation: PaymentOperation,
    observed: Observed,
    actor: string,
    returned?: string,
  ): Promise<PaymentRecord> {
    const outcome = await this.send(operation, observed, returned);
    const payment = await this.settlement.settle(observed, outcome, actor);
    const { readsPayments } = this.gateways.of(observed.attempt.gateway).capabilities;
    const isSilent =
      actor === RECOVERY && !readsPayments && mayBeToldYet(operation, observed.payment, outcome);
    if (outcome.status !== 'unknown' && !isSilent) await this.end(operation);
    return payment;
  }

  private async send(
    operation: PaymentOperation,
    { payment, attempt }: Observed,
    returned?: string,
  ): Promise<GatewayOutcome> {
    const gateway = this.gateways.of(attempt.gateway);
    const providerPayment = attempt.providerPayment!;
    if (operation.kind === 'capture') {
      const charge = { providerPayment, currency: payment.currency };
      return gateway.capture(charge, operation.amountMinor ?? payment.amountMinor, `${operation.id}:capture`);
    }
    if (operation.kind === 'cancellation') return gateway.abandon(providerPayment, `${operation.id}:cancel`);

    // An authentication that is under way is gone on with, not begun anew.
    if (payment.nextActionUrl && returned)
      return gateway.returned(providerPayment, Object.fromEntries(new URLSearchParams(returned)));
    if (payment.nextActionUrl) return gateway.readPayment(providerPayment);
    const method = await this.methods.findAt(payment.paymentMethodId, attempt);
    const onSession = {
      ...chargeAttempt({ payment, attempt, method }, this.tokens),
      returnUrl: operation.returnUrl,
    };
    return gateway.confirm(onSession, providerPayment, `${operation.id}:confirm`);
  }

  /** Stores the intention; null when its key was used before. */
  private async begin(
    kind: OperationKind,
    paymentId: string,
    details: Details,
    requester: Requester,
    payerId?: string,
  ): Promise<PaymentOperation | null> {
    const operation = Object.assign(new PaymentOperation(), {
      id: uuidv4(),
      paymentId,
      kind,
      amountMinor: details.amountMinor ?? null,
      returnUrl: details.returnUrl ?? null,
      status: 'begun' as const,
      caller: requester.caller,
      idempotencyKey: requester.idempotencyKey,
      fingerprint: fingerprintOf(kind, requester.caller, requester.input),
    });
    try {
      return await this.database.transaction(async (tx) => {
        const payment = await tx.findOne(PaymentRecord, {
          where: { id: paymentId, ...(payerId ? { payerId } : {}) },
          lock: { mode: 'pessimistic_write' },
        });
        if (!payment) throw new PaymentsError('not_found', 'There is no such payment, or it is not yours.');
        if (!(await this.insert(tx, operation))) return null;
        assertAllowed(operation, payment, payerId !== undefined);
        await this.events.record(tx, {
          actor: requester.caller,
          action: `payment.${kind}_asked`,
          target: { type: 'payment', id: paymentId },
          change: { operationId: operation.id, amountMinor: operation.amountMinor },
        });
        return operation;
      });
    } catch (error) {
      if (violatedConstraint(error) === 'payment_operation_one_at_a_time')
        throw new PaymentsError(
          'payment_state_conflict',
          'Something else is being done with this payment. Try again shortly.',
          5,
        );
      throw error;
    }
  }

  private async insert(tx: Transaction, operation: PaymentOperation): Promise<boolean> {
    const rows = await tx.query<unknown[]>(
      `INSERT INTO payments.payment_operation
         (id, payment_id, kind, amount_minor, return_url, status, caller, idempotency_key, fingerprint, due_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp() + make_interval(secs => $10))
       ON CONFLICT (caller, idempotency_key) DO NOTHING RETURNING id`,
      [
        operation.id,
        operation.paymentId,
        operation.kind,
        operation.amountMinor,
        operation.returnUrl,
        operation.status,
        operation.caller,
        operation.idempotencyKey,
        operation.fingerprint,
        RECOVERY_AFTER_SECONDS,
      ],
    );
    return rows.length === 1;
  }

  private async repeatOf(
    kind: OperationKind,
    requester: Requester,
    payerId?: string,
  ): Promise<PaymentRecord> {
    const { caller, idempotencyKey } = requester;
    const earlier = await this.database
      .repository(PaymentOperation)
      .findOneByOrFail({ caller, idempotencyKey });
    if (earlier.fingerprint !== fingerprintOf(kind, caller, requester.input))
      throw new PaymentsError(
        'idempotency_key_reused',
        'This Idempotency-Key was used for another request. Use a new key.',
      );
    const where = { id: earlier.paymentId, ...(payerId ? { payerId } : {}) };
    return this.database.repository(PaymentRecord).findOneByOrFail(where);
  }

  /** The same call with the same key, as long as the gateway remembers it, or can do it only once whatever the key. */
  private async recover(claim: Claim): Promise<void> {
    const operation = await this.database.repository(PaymentOperation).findOneByOrFail({ id: claim.id });
    const observed = await this.observe(operation);
    const mayStillSend = Date.now() - operation.createdAt.getTime() < SEND_AGAIN_MS_MAX;
    if (!isAllowed(operation, observed.payment)) return this.end(operation);
    const { readsPayments } = this.gateways.of(observed.attempt.gateway).capabilities;
    if (mayStillSend || (readsPayments && happensOnce(operation)))
      await this.carryOut(operation, observed, RECOVERY);
    else await this.giveUp(operation);
  }

  private async giveUp(operation: PaymentOperation): Promise<void> {
    const { id: operationId, paymentId: id, kind } = operation;
    await this.database.transaction(async (tx) => {
      await this.end(operation, tx);
      const target = { type: 'payment', id } as const;
      await this.events.record(tx, {
        actor: RECOVERY,
        action: `payment.${kind}_given_up`,
        target,
        change: { operationId },
      });
    });
    this.logger.error({ paymentId: id, operationId, kind }, 'what was asked of a payment was given up');
  }

  private async observe(operation: PaymentOperation): Promise<Observed> {
    return this.settlement.observePayment(operation.paymentId);
  }

  private async end(
    operation: PaymentOperation,
    database: Pick<Transaction, 'query'> = this.database,
  ): Promise<void> {
    await database.query(
      `UPDATE payments.payment_operation SET status = 'ended', due_at = NULL WHERE id = $1`,
      [operation.id],
    );
  }
}
