import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import {
  type PaymentMethod,
  Payments,
  PaymentsError,
  type PaymentsEvent,
} from '../payments/payments.contract.js';
import { BusinessClock } from '../platform/clock/business-clock.js';
import { autopayChanged } from './autopay-uses.service.js';
import type { InstalmentReason } from './instalment-status.js';
import { holdPlan, move } from './instalments.js';
import { Instalment } from './plan.entity.js';

type MethodEvent = Extract<PaymentsEvent, { paymentMethod: unknown }>;

/** What a change of a saved method means for the plans that use it. */
@Injectable()
export class MethodChanges {
  constructor(
    private readonly clock: BusinessClock,
    private readonly payments: Payments,
  ) {}

  /** What takes a removed method's place; null when nothing does, or it is gone as well. */
  async replacementOf({ type, payerId, replacedBy }: MethodEvent): Promise<PaymentMethod | null> {
    if (type !== 'payment_method.removed' || !replacedBy) return null;
    return this.payments.paymentMethod(replacedBy, payerId).catch((error: unknown) => {
      if (error instanceof PaymentsError && error.code === 'not_found') return null;
      throw error;
    });
  }

  async apply(
    tx: EntityManager,
    { type, paymentMethod }: MethodEvent,
    replacement: PaymentMethod | null,
  ): Promise<void> {
    if (replacement) await this.replaced(tx, paymentMethod.id, replacement);
    else if (type === 'payment_method.removed') await this.removed(tx, paymentMethod.id);
    const isUsable = type === 'payment_method.activated' && paymentMethod.status === 'active';
    if (isUsable) await this.goOn(tx, paymentMethod.id);
  }

  /** The payer replaced it in one step: everything that used it uses the other one; payments know already. */
  private async replaced(tx: EntityManager, methodId: string, by: PaymentMethod): Promise<void> {
    for (const table of ['autopay', 'plan'])
      await tx.query(
        `UPDATE app.${table} SET payment_method_id = $2, payment_method_type = $3 WHERE payment_method_id = $1`,
        [methodId, by.id, by.type],
      );
    await this.goOn(tx, by.id);
  }

  /** Autopay has nothing to charge any more. What is planned says so to the payer on its day. */
  private async removed(tx: EntityManager, methodId: string): Promise<void> {
    const [settings] = await tx.query<[{ payerId: string }[], number]>(
      `DELETE FROM app.autopay WHERE payment_method_id = $1 RETURNING payer_id AS "payerId"`,
      [methodId],
    );
    for (const { payerId } of settings) await autopayChanged(tx, payerId);
  }

  /** It can be charged again: what waited for that goes on. */
  private async goOn(tx: EntityManager, methodId: string): Promise<void> {
    const plans = await tx.query<{ id: string }[]>(
      `SELECT id FROM app.plan WHERE payment_method_id = $1 AND status = 'active' ORDER BY id`,
      [methodId],
    );
    // The payer was told that what a bank took back is not charged again by itself.
    for (const { id } of plans) await collect(tx, id, ['declined', 'method_unusable'], this.clock.now());
  }
}

/** The payer says how: instalments that waited for them are charged now; one that a bank wants to see them for has a payment of its own. */
export function collectWaiting(tx: EntityManager, planId: string, now: Date): Promise<void> {
  return collect(tx, planId, ['declined', 'method_unusable', 'returned'], now);
}

async function collect(
  tx: EntityManager,
  planId: string,
  reasons: InstalmentReason[],
  now: Date,
): Promise<void> {
  await holdPlan(tx, planId);
  const waiting = await tx.findBy(Instalment, { planId, status: 'action_needed', statusReason: In(reasons) });
  for (const instalment of waiting) await move(tx, instalment, { to: 'scheduled', readyAt: now });
}
