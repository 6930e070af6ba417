import { Injectable } from '@nestjs/common';
import { Not } from 'typeorm';
import { BusinessClock } from '../../platform/clock/business-clock.js';
import { DueWork } from '../database/due-work.js';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import { SharedStatement } from '../database/shared-statement.js';
import { Events } from '../event/events.service.js';
import { PaymentsError, type PaymentMethodReason } from '../payments.contract.js';
import { PaymentMethodChanges } from './payment-method-changes.js';
import { moveUses, usesOf } from './payment-method-use.js';
import { PaymentMethodRecord, type ViewedMethod } from './payment-method.entity.js';
import { RetiredTokens } from './retired-tokens.service.js';
import { Tokens } from './tokens.js';

/** A payer's method. */
const OWN = { id: 'uuid', payer_id: 'text' } as const;

/** More than anybody saves; nobody's list grows beyond it. */
const METHODS_MAX = 100;

export interface Removal {
  reason: PaymentMethodReason;
  actor: string;
  /** What everything that used it uses from now on. */
  replacedBy?: PaymentMethodRecord;
}

/** With whether the payer's consent to be charged later is stored, and was not revoked. */
export type ChargeableMethod = PaymentMethodRecord & { hasMandate: boolean };

/** Saved payment methods: list, default, remove; each payer's own only. */
@Injectable()
export class PaymentMethods {
  private readonly finding: SharedStatement<typeof OWN, Record<string, unknown> & { nr: number }>;

  constructor(
    private readonly database: PaymentsDatabase,
    private readonly changes: PaymentMethodChanges,
    private readonly tokens: Tokens,
    private readonly retiredTokens: RetiredTokens,
    private readonly events: Events,
    private readonly dueWork: DueWork,
    private readonly clock: BusinessClock,
  ) {
    this.finding = new SharedStatement(
      database,
      OWN,
      () => `found AS (
        SELECT asked.nr, ${database.columnsOf(PaymentMethodRecord, 'method')},
               EXISTS (SELECT FROM payments.mandate WHERE payment_method_id = method.id AND revoked_at IS NULL) AS mandated
          FROM asked JOIN payments.payment_method method USING (id, payer_id))
        SELECT * FROM found`,
    );
  }

  /** One page, the newest first. `after` is the id that the page before ended with. */
  async list(payerId: string, page: { limit: number; after?: string }): Promise<ViewedMethod[]> {
    // Written out, because it is the most frequent question: only what is shown, and never the token.
    return this.database.query<ViewedMethod[]>(
      `SELECT id, type, status, is_default AS "isDefault", card_brand AS "cardBrand", last_four AS "lastFour",
              expiry_month AS "expiryMonth", expiry_year AS "expiryYear", bank_name AS "bankName",
              asked_again_at AS "askedAgainAt", created_at AS "createdAt"
         FROM payments.payment_method
        WHERE payer_id = $1 AND status <> 'removed' AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
      [payerId, page.after ?? null, page.limit],
    );
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

  /** The method as a charge begun there and then knew it: with the token that it was begun with. */
  async findAt(id: string, begun: { gateway: string; createdAt: Date }): Promise<PaymentMethodRecord> {
    const { gateway } = begun;
    const method = await this.database.repository(PaymentMethodRecord).findOneByOrFail({ id });
    const retired = await this.retiredTokens.tokenAt(id, begun);
    if (retired) {
      const providerCustomer = retired.providerCustomer ?? method.providerCustomer;
      return Object.assign(
        method,
        { gateway, providerCustomer },
        this.tokens.sealed(gateway, id, retired.token),
      );
    }
    if (method.gateway !== gateway)
      throw new Error(`Payment method ${id} has moved, and its token at ${gateway} was given up`);
    return method;
  }

  async withTokenDigest(gateway: string, tokenDigest: string): Promise<PaymentMethodRecord | null> {
    return this.database.repository(PaymentMethodRecord).findOneBy({ gateway, tokenDigest });
  }

  /** The payer's method, kept from being removed until the transaction ends. @throws PaymentsError */
  async chargeable(tx: Transaction, payerId: string, id: string): Promise<PaymentMethodRecord> {
    const method = await tx.findOne(PaymentMethodRecord, {
      where: { id, payerId },
      lock: { mode: 'pessimistic_read' },
    });
    if (!method) throw noSuchMethod();
    assertChargeable(method);
    return method;
  }

  /** The payer's method as it stands; whoever charges it makes sure that it still does. @throws PaymentsError */
  async findChargeable(payerId: string, id: string): Promise<ChargeableMethod> {
    const row = await this.finding.ask({ id, payer_id: payerId });
    if (!row) throw noSuchMethod();
    const method = this.database.entityOf(PaymentMethodRecord, 'method', row);
    assertChargeable(method);
    return Object.assign(method, { hasMandate: row.mandated === true });
  }

  /** What to charge where the wanted method cannot be charged and the caller said what to take instead. @throws PaymentsError */
  async fallback(
    payerId: string,
    fallback: 'default' | { paymentMethodId: string },
  ): Promise<ChargeableMethod> {
    if (fallback !== 'default') return this.findChargeable(payerId, fallback.paymentMethodId);
    const chosen = await this.database
      .repository(PaymentMethodRecord)
      .findOneBy({ payerId, isDefault: true });
    if (!chosen) throw noSuchMethod();
    return this.findChargeable(payerId, chosen.id);
  }

  /** Makes it the payer's one default. @throws PaymentsError `not_found`, `payment_method_unusable` */
  async makeDefault(payerId: string, id: string, actor: string): Promise<PaymentMethodRecord> {
    const method = await this.database.transaction(async (tx) => {
      await holdPayer(tx, payerId);
      const chosen = await this.chargeable(tx, payerId, id);
      if (chosen.isDefault) return chosen;
      await this.giveDefault(tx, await this.changes.hold(tx, id), actor);
      return this.changes.hold(tx, id);
    });
    this.events.published();
    return method;
  }

  /**
   * Removes it: not chargeable from the commit on, and detached at the gateway right after, also when this process dies
   * in between. Removing it again is fine. What uses it moves to `replacedBy`, and so does being the default; without one,
   * a method that is used is not removed, and another default is not chosen: the payer chooses.
   * @throws PaymentsError `not_found`, `payment_method_in_use`, `payment_method_unusable` for a replacement that is not active
   */
  async remove(payerId: string, id: string, actor: string, replacedBy?: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      await holdPayer(tx, payerId);
      const method = await tx.findOne(PaymentMethodRecord, {
        where: { id, payerId },
        lock: { mode: 'pessimistic_write' },
      });
      if (!method) throw noSuchMethod();
      if (method.status === 'removed') return;
      const replacement = replacedBy ? await this.replacementOf(tx, method, replacedBy) : undefined;
      if (!replacement) await this.assertUnused(tx, method);
      await this.removeHeld(tx, method, {
        reason: replacement ? 'replaced' : 'removed_by_payer',
        actor,
        replacedBy: replacement,
      });
    });
    this.changed();
  }

  /** Payer and method are held by this transaction; call `changed` after its commit. */
  async removeHeld(tx: Transaction, method: PaymentMethodRecord, removal: Removal): Promise<void> {
    const { reason, actor, replacedBy } = removal;
    const wasDefault = method.isDefault;
    await this.retiredTokens.retire(tx, method);
    await this.retiredTokens.giveUpKept(tx, method.id);
    await this.changes.apply(tx, method, {
      reason,
      actor,
      to: 'removed',
      set: { replacedBy: replacedBy?.id ?? null },
      tells: 'payment_method.removed',
    });
    await this.changes.revokeMandate(tx, method.id, reason);
    if (!replacedBy) return;
    await moveUses(tx, method.id, replacedBy.id, this.clock.now());
    if (wasDefault) await this.giveDefault(tx, await this.changes.hold(tx, replacedBy.id), actor);
  }

  /** Committed: neighbours are told now, and what is to be done for a method is done. */
  changed(): void {
    this.events.published();
    this.dueWork.wake('payment_method_task');
  }

  private async replacementOf(
    tx: Transaction,
    method: PaymentMethodRecord,
    id: string,
  ): Promise<PaymentMethodRecord> {
    if (id === method.id)
      throw new PaymentsError('validation_failed', 'replacedBy must be another payment method.');
    return this.chargeable(tx, method.payerId, id);
  }

  private async assertUnused(tx: Transaction, method: PaymentMethodRecord): Promise<void> {
    const uses = await usesOf(tx, method.id);
    if (uses.length === 0) return;
    throw new PaymentsError(
      'payment_method_in_use',
      'This payment method is used by a plan or autopay. Send replacedBy with another one, or end that first.',
      undefined,
      { uses: uses.map(({ name, description, nextChargeOn }) => ({ name, description, nextChargeOn })) },
    );
  }

  private async giveDefault(tx: Transaction, method: PaymentMethodRecord, actor: string): Promise<void> {
    if (method.isDefault) return;
    await tx.update(PaymentMethodRecord, { payerId: method.payerId, isDefault: true }, { isDefault: false });
    await this.changes.apply(tx, method, {
      reason: 'chosen_as_default',
      actor,
      set: { isDefault: true },
      tells: 'payment_method.default_changed',
    });
  }
}

/** One change at a time of which methods a payer has, and which is the default. Taken before any method is held. */
export async function holdPayer(tx: Transaction, payerId: string): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('payer ' || $1, 0))`, [payerId]);
}

/** @throws PaymentsError */
function assertChargeable({ status }: PaymentMethodRecord): void {
  if (status === 'removed') throw noSuchMethod();
  if (status !== 'active')
    throw new PaymentsError(
      'payment_method_unusable',
      status === 'pending_verification'
        ? 'This bank account must be verified before it can be charged.'
        : 'This payment method cannot be charged. Ask the payer to add it again.',
    );
}

export function noSuchMethod(): PaymentsError {
  return new PaymentsError('not_found', 'There is no such payment method, or it is not yours.');
}
