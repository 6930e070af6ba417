import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Not } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Claims, type Claim } from '../database/claims.js';
import { backOffSeconds, DueWork } from '../database/due-work.js';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import type { GatewayMethod } from '../gateway/gateway.js';
import { Gateways } from '../gateway/gateways.js';
import { PaymentsError } from '../payments.contract.js';
import { assertPaymentMethodEdge } from './payment-method-status.js';
import { PaymentMethodRecord, paymentMethodView } from './payment-method.entity.js';
import { Tokens } from './tokens.js';

/** More than anybody saves; nobody's list grows beyond it. */
const METHODS_MAX = 100;
const DETACH_BATCH = 10;
const DETACH_LEASE_SECONDS = 120;

/** Saved payment methods: list, default, remove; each payer's own only. */
@Injectable()
export class PaymentMethods implements OnModuleInit {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    private readonly tokens: Tokens,
    private readonly events: Events,
    private readonly claims: Claims,
    private readonly dueWork: DueWork,
  ) {}

  onModuleInit(): void {
    this.dueWork.register({
      table: 'payment_method',
      batch: DETACH_BATCH,
      leaseSeconds: DETACH_LEASE_SECONDS,
      work: (claim) => this.detach(claim),
      failed: (claim) => this.claims.release(claim, backOffSeconds(claim.tries)),
    });
  }

  /** One page, the newest first. `after` is the id that the page before ended with. */
  async list(payerId: string, page: { limit: number; after?: string }): Promise<PaymentMethodRecord[]> {
    const query = this.database
      .repository(PaymentMethodRecord)
      .createQueryBuilder('method')
      .where(`method.payer_id = :payerId AND method.status <> 'removed'`, { payerId })
      .orderBy('method.id', 'DESC')
      .take(page.limit);
    if (page.after) query.andWhere('method.id < :after', { after: page.after });
    return query.getMany();
  }

  /** Every one that was not removed, the default first. */
  async all(payerId: string): Promise<PaymentMethodRecord[]> {
    return this.database.repository(PaymentMethodRecord).find({
      where: { payerId, status: Not('removed') },
      order: { isDefault: 'DESC', id: 'DESC' },
      take: METHODS_MAX,
    });
  }

  /** @throws PaymentsError `not_found`, the same for a foreign method as for an unknown one */
  async find(payerId: string, id: string): Promise<PaymentMethodRecord> {
    const method = await this.database.repository(PaymentMethodRecord).findOneBy({ id, payerId });
    if (!method || method.status === 'removed') throw noSuchMethod();
    return method;
  }

  /** The payer's method, kept from being removed until the transaction ends. @throws PaymentsError */
  async chargeable(tx: Transaction, payerId: string, id: string): Promise<PaymentMethodRecord> {
    const method = await tx.findOne(PaymentMethodRecord, {
      where: { id, payerId },
      lock: { mode: 'pessimistic_read' },
    });
    if (!method || method.status === 'removed') throw noSuchMethod();
    if (method.status !== 'active')
      throw new PaymentsError(
        'payment_method_unusable',
        'This payment method cannot be charged. Ask the payer to add it again.',
      );
    return method;
  }

  /** Stores what the gateway saved; the first usable method of a payer becomes the default at once. */
  async save(
    tx: Transaction,
    payerId: string,
    gateway: string,
    saved: GatewayMethod,
    actor: string,
  ): Promise<PaymentMethodRecord> {
    // Serialises the saves of one payer: two first methods would otherwise both want to be the default.
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('payer ' || $1, 0))`, [payerId]);
    const hasDefault = await tx.existsBy(PaymentMethodRecord, { payerId, isDefault: true });
    const id = uuidv7();
    const method = tx.create(PaymentMethodRecord, {
      ...saved,
      ...this.tokens.sealed(gateway, id, saved.providerToken),
      id,
      payerId,
      gateway,
      status: 'active',
      statusReason: null,
      isDefault: !hasDefault,
      version: 1,
    });
    await tx.insert(PaymentMethodRecord, method);
    await this.events.record(tx, {
      actor,
      action: 'payment_method.saved',
      target: { type: 'payment_method', id: method.id },
      change: { to: 'active', isDefault: method.isDefault, type: method.type },
      publish: {
        type: 'payment_method.saved',
        payload: { payerId, paymentMethod: paymentMethodView(method), reason: 'saved', replacedBy: null },
      },
    });
    return method;
  }

  /** Makes it the payer's one default. @throws PaymentsError `not_found`, `payment_method_unusable` */
  async makeDefault(payerId: string, id: string, actor: string): Promise<PaymentMethodRecord> {
    const method = await this.database.transaction(async (tx) => {
      await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('payer ' || $1, 0))`, [payerId]);
      const chosen = await this.chargeable(tx, payerId, id);
      if (chosen.isDefault) return chosen;
      await tx.update(PaymentMethodRecord, { payerId, isDefault: true }, { isDefault: false });
      await tx.update(PaymentMethodRecord, { id }, { isDefault: true });
      chosen.isDefault = true;
      await this.events.record(tx, {
        actor,
        action: 'payment_method.default_changed',
        target: { type: 'payment_method', id },
        change: { isDefault: true },
        publish: {
          type: 'payment_method.default_changed',
          payload: {
            payerId,
            paymentMethod: paymentMethodView(chosen),
            reason: 'chosen_as_default',
            replacedBy: null,
          },
        },
      });
      return chosen;
    });
    this.events.published();
    return method;
  }

  /**
   * Removes it: not chargeable from the commit on, and detached at the gateway right after, also when this process dies
   * in between. Removing it again is fine. Another default is not chosen: the payer chooses.
   */
  async remove(payerId: string, id: string, actor: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const method = await tx.findOne(PaymentMethodRecord, {
        where: { id, payerId },
        lock: { mode: 'pessimistic_write' },
      });
      if (!method) throw noSuchMethod();
      if (method.status === 'removed') return;
      assertPaymentMethodEdge(method.status, 'removed');
      await tx.query(
        `UPDATE payments.payment_method
            SET status = 'removed', status_reason = 'removed_by_payer', is_default = false, version = version + 1,
                due_at = clock_timestamp()
          WHERE id = $1`,
        [id],
      );
      const removed = Object.assign(method, { status: 'removed' as const, isDefault: false });
      await this.events.record(tx, {
        actor,
        action: 'payment_method.removed',
        target: { type: 'payment_method', id },
        change: { to: 'removed', reason: 'removed_by_payer' },
        publish: {
          type: 'payment_method.removed',
          payload: {
            payerId,
            paymentMethod: paymentMethodView(removed),
            reason: 'removed_by_payer',
            replacedBy: null,
          },
        },
      });
    });
    this.events.published();
    this.dueWork.wake('payment_method');
  }

  private async detach(claim: Claim): Promise<void> {
    const method = await this.database.repository(PaymentMethodRecord).findOneByOrFail({ id: claim.id });
    await this.gateways.of(method.gateway).detach(this.tokens.of(method));
    await this.database.transaction(async (tx) => {
      await tx.query(`UPDATE payments.payment_method SET detached_at = clock_timestamp() WHERE id = $1`, [
        claim.id,
      ]);
      await this.claims.complete(tx, claim);
    });
  }
}

export function noSuchMethod(): PaymentsError {
  return new PaymentsError('not_found', 'There is no such payment method, or it is not yours.');
}
