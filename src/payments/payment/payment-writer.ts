import { Injectable } from '@nestjs/common';
import { v4 as uuidv4 } from 'uuid';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import { SharedStatement } from '../database/shared-statement.js';
import { type Change, RECORDED, recordedValues, recordedWith } from '../event/events.service.js';
import type { GatewayRequest } from '../gateway/gateway.js';
import type { PaymentMethodRecord } from '../payment-method/payment-method.entity.js';
import { withRequests } from './gateway-requests.js';
import { PaymentAttempt } from './payment-attempt.entity.js';
import { isFinal } from './payment-status.js';
import { type PaymentRecord, paymentView } from './payment.entity.js';

/** A payment and its attempt, as they stood before the gateway was asked. */
export interface Observed {
  payment: PaymentRecord;
  attempt: PaymentAttempt;
}

/** Past this the request that began the charge has ended one way or the other; recovery takes over. */
const RECOVERY_AFTER_SECONDS = 60;
/** An unfinished authentication is ended after this long: the payer has closed the page. */
const UNFINISHED_ON_SESSION_SECONDS = 60 * 60;
/** Off-session the payer must first read a mail. */
const UNFINISHED_OFF_SESSION_SECONDS = 7 * 24 * 60 * 60;
/** What takes days is told by webhooks; this only finds a lost one. */
const ASK_DAILY_SECONDS = 24 * 60 * 60;
const ASK_SOON_SECONDS = 60;

const BEGUN = {
  id: 'uuid',
  payer_id: 'text',
  payment_method_id: 'uuid',
  token_digest: 'text',
  obligation: 'text',
  amount_minor: 'bigint',
  currency: 'text',
  capture: 'text',
  return_url: 'text',
  status: 'text',
  status_detail: 'text',
  caller: 'text',
  idempotency_key: 'text',
  fingerprint: 'text',
  created_at: 'timestamptz',
  attempt_id: 'uuid',
  gateway: 'text',
  ...RECORDED,
} as const;

const PREPARED = { id: 'uuid', provider_payment: 'text', requests: 'jsonb' } as const;

const MOVED = {
  id: 'uuid',
  version: 'integer',
  status: 'text',
  status_detail: 'text',
  expected_by: 'timestamptz',
  captured_minor: 'bigint',
  failure: 'jsonb',
  next_action_url: 'text',
  attempt_id: 'uuid',
  requests: 'jsonb',
  is_over: 'boolean',
  looks_again: 'boolean',
  next_look_seconds: 'float8',
  ...RECORDED,
} as const;

/**
 * The three writes of a charge. Each is one statement and a transaction of its own, with audit entry and outbox message: nothing is held
 * over a round trip.
 */
@Injectable()
export class PaymentWriter {
  private readonly beginning: SharedStatement<typeof BEGUN, { nr: number; begunAt: Date | null }>;
  private readonly preparing: SharedStatement<typeof PREPARED, { nr: number }>;
  private readonly moving: SharedStatement<typeof MOVED, { nr: number }>;

  constructor(database: PaymentsDatabase) {
    this.beginning = new SharedStatement(database, BEGUN, beginning);
    this.preparing = new SharedStatement(database, PREPARED, preparing);
    this.moving = new SharedStatement(database, MOVED, moving);
  }

  /**
   * Stores the intention. The method can neither be removed nor replaced before it ends: `method_changed` when it is not what was read, because it
   * cannot be charged any more or has another token. `taken` when its key was used before, or its obligation has a payment that counts.
   */
  async begin(
    payment: PaymentRecord,
    { gateway, tokenDigest }: PaymentMethodRecord,
  ): Promise<PaymentAttempt | 'method_changed' | 'taken'> {
    const id = uuidv4(); // random: nobody can guess a key that we send to the gateway
    const row = await this.beginning.ask({
      id: payment.id,
      payer_id: payment.payerId,
      payment_method_id: payment.paymentMethodId,
      token_digest: tokenDigest,
      obligation: payment.obligation,
      amount_minor: payment.amountMinor,
      currency: payment.currency,
      capture: payment.capture,
      return_url: payment.returnUrl,
      status: payment.status,
      status_detail: payment.statusDetail,
      caller: payment.caller,
      idempotency_key: payment.idempotencyKey,
      fingerprint: payment.fingerprint,
      created_at: payment.createdAt,
      attempt_id: id,
      gateway,
      ...recordedValues(creationOf(payment, id)),
    });
    if (!row) return 'method_changed';
    if (!row.begunAt) return 'taken';
    const { id: paymentId } = payment;
    const begun = { id, paymentId, gateway, providerPayment: null, createdAt: row.begunAt };
    return Object.assign(new PaymentAttempt(), begun, { status: 'begun' as const });
  }

  /** False when another worker has gone on with this charge meanwhile, with an object of its own or to its end. */
  async prepared(
    attempt: PaymentAttempt,
    providerPayment: string,
    requests: GatewayRequest[] = [],
  ): Promise<boolean> {
    const values = { id: attempt.id, provider_payment: providerPayment, requests: JSON.stringify(requests) };
    const row = await this.preparing.ask(values);
    attempt.providerPayment = providerPayment;
    return row !== undefined;
  }

  /** False when the payment is not in the version any more that was observed: then nothing is written. */
  async move(
    { payment, attempt }: Observed,
    after: PaymentRecord,
    { actor, requests }: { actor: string; requests: GatewayRequest[] },
    tx?: Transaction,
  ): Promise<boolean> {
    const hasMoved = payment.status !== after.status;
    const values = {
      id: payment.id,
      version: payment.version,
      status: after.status,
      status_detail: after.statusDetail,
      expected_by: after.expectedBy,
      captured_minor: after.capturedMinor,
      failure: after.failure && JSON.stringify(after.failure),
      next_action_url: after.nextActionUrl,
      attempt_id: attempt.id,
      requests: JSON.stringify(requests),
      is_over: isFinal(after.status),
      looks_again: hasMoved || payment.statusDetail !== after.statusDetail,
      next_look_seconds: secondsToNextLook(after),
      ...recordedValues(hasMoved ? changeOf({ payment, attempt }, after, actor) : null),
    };
    const row = await (tx ? this.moving.askAlone(tx, values) : this.moving.ask(values));
    return row !== undefined;
  }
}

/** An insert waits for whoever is changing a payment that it might meet: who shares the statement must not. */
const MEETS_NOBODY = `
       AND NOT EXISTS (SELECT FROM payments.payment
                        WHERE caller = asked.caller AND idempotency_key = asked.idempotency_key)
       AND NOT EXISTS (SELECT FROM payments.payment WHERE obligation = asked.obligation
                          AND status NOT IN ('failed', 'cancelled') AND NOT obligation_freed)`;

/** In the order of their obligations, so that two programs that are asked the same meet in one order. */
const beginning = (lock: 'SKIP LOCKED' | '') => `
  method AS (
    SELECT asked.* FROM asked JOIN payments.payment_method ON payment_method.id = asked.payment_method_id
     WHERE payment_method.status = 'active' AND payment_method.token_digest = asked.token_digest ${lock && MEETS_NOBODY}
       FOR SHARE OF payment_method ${lock}),
  begun AS (
    INSERT INTO payments.payment (id, payer_id, payment_method_id, obligation, amount_minor, currency, capture, return_url,
       status, status_detail, caller, idempotency_key, fingerprint, created_at)
    SELECT id, payer_id, payment_method_id, obligation, amount_minor, currency, capture, return_url,
       status, status_detail, caller, idempotency_key, fingerprint, created_at FROM method ORDER BY obligation
    ON CONFLICT DO NOTHING RETURNING id),
  changed AS (SELECT method.* FROM method JOIN begun USING (id)),
  attempt AS (
    INSERT INTO payments.payment_attempt (id, payment_id, gateway, status, due_at)
    SELECT attempt_id, id, gateway, 'begun', clock_timestamp() + make_interval(secs => ${RECOVERY_AFTER_SECONDS}) FROM changed
    RETURNING payment_id, created_at),
  ${recordedWith('changed')}
  SELECT method.nr, attempt.created_at AS "begunAt" FROM method LEFT JOIN attempt ON attempt.payment_id = method.id`;

const preparing = (lock: string) => `
  held AS (
    SELECT asked.* FROM asked JOIN payments.payment_attempt USING (id)
     WHERE payment_attempt.status = 'begun'
        OR payment_attempt.status = 'prepared' AND payment_attempt.provider_payment = asked.provider_payment
       FOR NO KEY UPDATE OF payment_attempt ${lock}),
  prepared AS (
    UPDATE payments.payment_attempt
       SET provider_payment = held.provider_payment, status = 'prepared', gateway_requests = ${withRequests('held.requests')}
      FROM held WHERE payment_attempt.id = held.id RETURNING held.nr)
  SELECT nr FROM prepared`;

/** Only the version that was observed is moved. Whoever looks at it this moment knows an older one, and says no more when it is due. */
const moving = (lock: string) => `
  held AS (
    SELECT asked.* FROM asked JOIN payments.payment USING (id) WHERE payment.version = asked.version
       FOR NO KEY UPDATE OF payment ${lock}),
  moved AS (
    UPDATE payments.payment
       SET status = held.status, status_detail = held.status_detail, expected_by = held.expected_by,
           captured_minor = held.captured_minor, failure = held.failure, next_action_url = held.next_action_url,
           version = held.version + 1
      FROM held WHERE payment.id = held.id RETURNING held.*),
  looks_again AS (
    UPDATE payments.payment_attempt
       SET status = CASE WHEN is_over THEN 'ended' ELSE payment_attempt.status END,
           tries = CASE WHEN looks_again THEN 0 ELSE tries END,
           due_at = CASE WHEN NOT looks_again THEN due_at
                         WHEN NOT is_over THEN clock_timestamp() + make_interval(secs => next_look_seconds) END,
           payer_until = CASE WHEN NOT looks_again THEN payer_until
                              WHEN moved.status = 'requires_action' THEN clock_timestamp() + make_interval(secs => next_look_seconds) END,
           fence = fence + looks_again::int,
           gateway_requests = ${withRequests('moved.requests')}
      FROM moved WHERE payment_attempt.id = moved.attempt_id),
  ${recordedWith('moved')}
  SELECT nr FROM moved`;

function creationOf(payment: PaymentRecord, attemptId: string): Change {
  const { id, status, amountMinor, currency } = payment;
  return {
    actor: payment.caller,
    action: 'payment.created',
    target: { type: 'payment', id },
    change: { to: status, attemptId, amountMinor, currency },
    publish: { type: 'payment.created', payload: { payment: paymentView(payment) } },
  };
}

function changeOf({ payment, attempt }: Observed, after: PaymentRecord, actor: string): Change {
  return {
    actor,
    action: `payment.${after.status}`,
    target: { type: 'payment', id: after.id },
    change: { from: payment.status, to: after.status, attemptId: attempt.id, failure: after.failure?.code },
    publish: { type: `payment.${after.status}`, payload: { payment: paymentView(after) } },
  };
}

function secondsToNextLook(payment: PaymentRecord): number {
  if (payment.status === 'requires_action')
    return payment.returnUrl ? UNFINISHED_ON_SESSION_SECONDS : UNFINISHED_OFF_SESSION_SECONDS;
  return payment.statusDetail === 'confirming' ? ASK_SOON_SECONDS : ASK_DAILY_SECONDS;
}
