import { Injectable, type OnModuleInit } from '@nestjs/common';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import { type Claim, Claims } from '../database/claims.js';
import { backOffSeconds, DueWork } from '../database/due-work.js';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import { Gateways } from '../gateway/gateways.js';
import { GatewayCustomer } from '../payment-method/gateway-customer.entity.js';
import { PaymentMethodRecord } from '../payment-method/payment-method.entity.js';
import { holdPayer, PaymentMethods } from '../payment-method/payment-methods.service.js';
import { type OpenMatter, openMattersOf } from './open-matters.js';
import { PayerErasure } from './payer-erasure.entity.js';
import { assertPayerErasureEdge, type PayerErasureStatus } from './payer-erasure-status.js';

const BATCH = 5;
/** A call to each gateway that knows the payer, with its time-out and its repetition. */
const LEASE_SECONDS = 180;
/** Tokens are detached and neighbours told within moments, unless somebody is down. */
const LOOK_AGAIN_SECONDS = 2;
/** Above every lease and every interval between two tries: what is due later is left to its deadline still. */
const NOT_BEING_ENDED_MINUTES = 60;
const ACTOR = 'erasure';

export type Begun = { erasureId: string; methods: number } | { open: OpenMatter[] };

export interface ErasureProgress {
  status: PayerErasureStatus;
  /** What it waits for, in words for operators; null when it is done, or waits for nothing. */
  waitsFor: string | null;
}

/**
 * Forgets a payer: tokens are detached and destroyed, neighbours told, and a random stand-in put where the payer's id was.
 * What was paid stays. Each step is durable before the next, so that it ends whenever a process may die.
 */
@Injectable()
export class PayerErasures implements OnModuleInit {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly methods: PaymentMethods,
    private readonly gateways: Gateways,
    private readonly events: Events,
    private readonly claims: Claims,
    private readonly dueWork: DueWork,
  ) {}

  onModuleInit(): void {
    this.dueWork.register({
      table: 'payer_erasure',
      batch: BATCH,
      leaseSeconds: LEASE_SECONDS,
      work: (claim) => this.goOn(claim),
      failed: (claim) => this.claims.release(claim, backOffSeconds(claim.tries)),
    });
  }

  /** From its commit on nothing of the payer can be charged. Asked again while it is under way, it is the same erasure. */
  async begin(payerId: string, actor: string): Promise<Begun> {
    const begun = await this.database.transaction(async (tx): Promise<Begun> => {
      await holdPayer(tx, payerId);
      const underWay = await tx.findOneBy(PayerErasure, { payerId });
      if (underWay) return { erasureId: underWay.id, methods: 0 };
      const held = await this.holdMethods(tx, payerId); // whoever was about to charge one has begun, or will not
      const open = await openMattersOf(tx, payerId);
      if (open.length > 0) return { open };

      const erasureId = uuidv7();
      await tx.query(
        `INSERT INTO payments.payer_erasure (id, payer_id, stand_in, status, due_at)
         VALUES ($1, $2, $3, 'begun', clock_timestamp())`,
        [erasureId, payerId, `erased-${uuidv4()}`],
      );
      await this.removeAll(tx, payerId, held, actor);
      await this.record(tx, erasureId, 'payer.erasure_begun', actor, { methods: held.length });
      return { erasureId, methods: held.length };
    });
    this.wake();
    return begun;
  }

  async progress(erasureId: string): Promise<ErasureProgress> {
    const { payerId, status } = await this.database
      .repository(PayerErasure)
      .findOneByOrFail({ id: erasureId });
    return { status, waitsFor: payerId && (await this.waitsFor(payerId)) };
  }

  private async goOn(claim: Claim): Promise<void> {
    const erasure = await this.database.repository(PayerErasure).findOneByOrFail({ id: claim.id });
    const { payerId, status } = erasure;
    if (payerId === null) return this.claims.completeWith(claim, 'status = status');
    await this.removeWhatWasSavedMeanwhile(payerId);
    if (await this.waitsFor(payerId)) return this.claims.release(claim, LOOK_AGAIN_SECONDS);
    if (status === 'begun') await this.tell(claim, erasure, payerId);
    else await this.forget(claim, payerId);
  }

  /** A browser may have been at the gateway's page when it began. */
  private async removeWhatWasSavedMeanwhile(payerId: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await holdPayer(tx, payerId);
      await this.removeAll(tx, payerId, await this.holdMethods(tx, payerId), ACTOR);
    });
    this.methods.changed();
  }

  /** The gateway forgets the payer; then neighbours are told to. */
  private async tell(claim: Claim, { standIn }: PayerErasure, payerId: string): Promise<void> {
    const customers = await this.database.repository(GatewayCustomer).findBy({ payerId });
    for (const { gateway, providerCustomer } of customers)
      if (providerCustomer) await this.gateways.of(gateway).forgetCustomer(providerCustomer);

    assertPayerErasureEdge('begun', 'told');
    await this.database.transaction(async (tx) => {
      await this.claims.complete(tx, claim);
      await tx.query(
        `UPDATE payments.payer_erasure SET status = 'told', due_at = clock_timestamp() WHERE id = $1`,
        [claim.id],
      );
      await this.events.record(tx, {
        actor: ACTOR,
        action: 'payer.erasure_told',
        target: { type: 'payer_erasure', id: claim.id },
        change: { from: 'begun', to: 'told' },
        publish: { type: 'payer.erased', payload: { payerId, standIn } },
      });
    });
    this.wake();
  }

  /** Everybody has heard: the id goes here, too, and from the message that told of it. */
  private async forget(claim: Claim, payerId: string): Promise<void> {
    assertPayerErasureEdge('told', 'done');
    await this.database.transaction(async (tx) => {
      await holdPayer(tx, payerId);
      await this.claims.complete(tx, claim);
      await tx.query(
        `UPDATE payments.event_attempt SET answer = NULL
          WHERE message_id IN (SELECT id FROM payments.outbox_message
                                WHERE coalesce(payload -> 'payment' ->> 'payerId', payload ->> 'payerId') = $1)`,
        [payerId],
      );
      await tx.query(`SELECT payments.replace_payer($1)`, [claim.id]);
      await this.record(tx, claim.id, 'payer.erased', ACTOR, { from: 'told', to: 'done' });
    });
  }

  private async waitsFor(payerId: string): Promise<string | null> {
    const [waiting] = await this.database.query<[{ setups: number; tokens: number; messages: number }]>(
      `SELECT (SELECT count(*)::int FROM payments.setup_intent
                WHERE payer_id = $1 AND status IN ('pending', 'verifying')) AS setups,
              (SELECT count(*)::int FROM payments.payment_method_task task
                 JOIN payments.payment_method method ON method.id = payment_method_id
                WHERE payer_id = $1 AND kind = 'detach' AND done_at IS NULL) AS tokens,
              (SELECT count(*)::int FROM payments.outbox_message
                WHERE (delivered_at IS NULL OR EXISTS (SELECT FROM payments.event_delivery
                        WHERE message_id = outbox_message.id AND status = 'waiting'))
                  AND coalesce(payload -> 'payment' ->> 'payerId', payload ->> 'payerId') = $1) AS messages`,
      [payerId],
    );
    if (waiting.setups > 0) return 'setups that are to be ended at the gateway';
    if (waiting.tokens > 0) return 'tokens that are to be detached at the gateway';
    return waiting.messages > 0 ? 'messages that neighbours are to take' : null;
  }

  private async holdMethods(tx: Transaction, payerId: string): Promise<PaymentMethodRecord[]> {
    return tx
      .createQueryBuilder(PaymentMethodRecord, 'method')
      .where(`method.payer_id = :payerId AND method.status <> 'removed'`, { payerId })
      .orderBy('method.id')
      .setLock('pessimistic_write')
      .getMany();
  }

  private async removeAll(
    tx: Transaction,
    payerId: string,
    held: PaymentMethodRecord[],
    actor: string,
  ): Promise<void> {
    for (const method of held) await this.methods.removeHeld(tx, method, { reason: 'payer_erased', actor });
    await tx.query(
      `UPDATE payments.setup_intent SET due_at = '-infinity'
        WHERE payer_id = $1 AND status IN ('pending', 'verifying') AND due_at > clock_timestamp() + make_interval(mins => $2)`,
      [payerId, NOT_BEING_ENDED_MINUTES],
    );
  }

  private async record(
    tx: Transaction,
    erasureId: string,
    action: string,
    actor: string,
    change: Record<string, unknown>,
  ): Promise<void> {
    await this.events.record(tx, { actor, action, target: { type: 'payer_erasure', id: erasureId }, change });
  }

  private wake(): void {
    this.methods.changed();
    this.dueWork.wake('setup_intent');
    this.dueWork.wake('payer_erasure');
  }
}
