import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Payment } from '../payments/payments.contract.js';
import { BusinessClock } from '../platform/clock/business-clock.js';
import { InstalmentNotices } from './instalment-notices.js';
import type { InstalmentReason } from './instalment-status.js';
import { type HeldInstalment, holdByObligation, move, planChanged } from './instalments.js';
import { invoiceIdOf } from './obligation.js';
import { failedInAbsence, failureKeyOf, receiptKeyOf } from './occasions.js';
import { cancelUncharged, completePlan } from './plan-writing.js';
import { afterDecline, CEILINGS } from './retry-policy.js';
import { addDays, SchoolCalendar } from './school-calendar.js';

interface Charge {
  number: number;
  methodId: string;
  outcome: string | null;
}

/**
 * The only way by which an instalment learns how its payment stands, whether the charge answered or an event came; told
 * twice, or late, it changes nothing.
 */
@Injectable()
export class PaymentOutcomes {
  private readonly logger = new Logger(PaymentOutcomes.name);

  constructor(
    private readonly clock: BusinessClock,
    private readonly calendar: SchoolCalendar,
    private readonly notices: InstalmentNotices,
  ) {}

  /** False when the payment is no instalment's: then nobody has been told of it. */
  async apply(tx: EntityManager, payment: Payment, at: string): Promise<boolean> {
    const instalment = await holdByObligation(tx, payment.obligation);
    if (!instalment) {
      if (payment.status === 'succeeded' && !invoiceIdOf(payment.obligation)) this.fitsNothing(payment);
      return false;
    }
    if (instalment.status !== 'paid') await this.applyTo(tx, instalment, payment, at);
    return true;
  }

  private fitsNothing({ id: paymentId, obligation, obligationFreed }: Payment): void {
    if (obligationFreed) return; // the money went back already
    this.logger.error({ obligation, paymentId }, 'a payment succeeded that fits no instalment of a plan');
  }

  private async applyTo(
    tx: EntityManager,
    instalment: HeldInstalment,
    payment: Payment,
    at: string,
  ): Promise<void> {
    const charge = await this.chargeOf(tx, instalment.id, payment.id);
    if (payment.status === 'succeeded' && payment.obligationFreed) return; // and pays nothing any more
    if (payment.status === 'succeeded') return this.succeeded(tx, instalment, charge, payment, at);
    if (charge) await this.applyToCharge(tx, instalment, charge, payment);
    else await this.applyToPayersOwn(tx, instalment, payment, at);
  }

  /** Payments would not begin the charge: nothing was sent, and the payer is asked. */
  async refused(tx: EntityManager, instalment: HeldInstalment, number: number, why: string): Promise<void> {
    await this.ask(tx, instalment, 'method_unusable', {
      key: `instalment:${instalment.id}:refused:${number}`,
      reason: why,
    });
  }

  private async succeeded(
    tx: EntityManager,
    instalment: HeldInstalment,
    charge: Charge | null,
    payment: Payment,
    at: string,
  ): Promise<void> {
    if (payment.capturedMinor !== instalment.amountMinor || payment.currency !== instalment.currency) {
      const ids = { instalmentId: instalment.id, paymentId: payment.id };
      return this.logger.error(ids, 'a payment succeeded that does not fit its instalment');
    }
    if (charge) await this.conclude(tx, instalment, charge, 'succeeded');
    await move(tx, instalment, { to: 'paid', paymentId: payment.id, paidAt: at });
    await this.notices.tell(tx, instalment, {
      key: receiptKeyOf(payment),
      kind: 'receipt',
      reason: null,
      nextTryOn: null,
    });
    await completePlan(tx, instalment, at);
  }

  /** A charge of ours, without the payer there. */
  private async applyToCharge(
    tx: EntityManager,
    instalment: HeldInstalment,
    charge: Charge,
    payment: Payment,
  ): Promise<void> {
    const isOver = payment.status === 'failed' || payment.status === 'cancelled';
    if (charge.outcome === 'needs_payer') return this.applyToWaiting(tx, instalment, charge, payment);
    if (charge.outcome !== null) return;
    if (payment.status === 'requires_action') {
      await this.conclude(tx, instalment, charge, 'needs_payer');
      const reason = 'authentication_required';
      await move(tx, instalment, { to: 'action_needed', reason, paymentId: payment.id });
      return this.notices.tell(tx, instalment, {
        key: `payment:${payment.id}:action`,
        kind: 'action_needed',
        reason: 'Your bank wants to see that it is you.',
        nextTryOn: null,
      });
    }
    if (!isOver) return move(tx, instalment, { to: 'collecting', paymentId: payment.id });
    await this.conclude(tx, instalment, charge, 'declined');
    if (hasOtherMethod(instalment, charge)) await this.chargeOther(tx, instalment);
    else await this.declined(tx, instalment, charge.number, payment);
  }

  /** The payer has chosen another method meanwhile: it could not be charged beside this payment, and can be now. */
  private async chargeOther(tx: EntityManager, instalment: HeldInstalment): Promise<void> {
    await planChanged(tx, instalment.planId);
    await move(tx, instalment, { to: 'scheduled', readyAt: this.clock.now() });
  }

  /** The payer has been asked already. While they answer it is collecting; when they do not, they are asked still. */
  private async applyToWaiting(
    tx: EntityManager,
    instalment: HeldInstalment,
    charge: Charge,
    payment: Payment,
  ): Promise<void> {
    const { plan } = instalment;
    const isOver = payment.status === 'failed' || payment.status === 'cancelled';
    if (isOver && hasOtherMethod(instalment, charge)) return this.chargeOther(tx, instalment);
    if (payment.status === 'processing')
      return move(tx, instalment, { to: 'collecting', paymentId: payment.id });
    const reason = isOver ? 'declined' : 'authentication_required';
    if (isOver || instalment.status === 'collecting')
      await move(tx, instalment, { to: 'action_needed', reason });
    if (isOver && plan.withdrawn) await cancelUncharged(tx, plan.id);
  }

  private async declined(
    tx: EntityManager,
    instalment: HeldInstalment,
    number: number,
    { failure }: Payment,
  ): Promise<void> {
    const { plan, planId } = instalment;
    const next = afterDecline(failure, plan.paymentMethodType, await this.soFar(tx, instalment));
    await planChanged(tx, planId);
    const notice = {
      key: `instalment:${instalment.id}:declined:${number}`,
      reason: failure?.message ?? 'The payment did not go through.',
    };
    if (next.does !== 'retry' || plan.withdrawn) return this.ask(tx, instalment, reasonFor(failure), notice);
    const nextTryOn = addDays(this.calendar.dayOf(this.clock.now()), next.afterDays);
    await move(tx, instalment, { to: 'scheduled', readyAt: this.calendar.collectionTimeOn(nextTryOn) });
    await this.notices.tell(tx, instalment, { ...notice, kind: 'plan_failed', nextTryOn });
  }

  /** Nothing is charged until the payer says how, and for a plan that autopay has let go nothing ever. */
  private async ask(
    tx: EntityManager,
    instalment: HeldInstalment,
    reason: InstalmentReason,
    notice: { key: string; reason: string },
  ): Promise<void> {
    await move(tx, instalment, { to: 'action_needed', reason });
    if (await this.isTakenAnew(tx, instalment)) return;
    await this.notices.tell(tx, instalment, { ...notice, kind: 'plan_failed', nextTryOn: null });
  }

  /** Whether it was withdrawn, and autopay charges the invoice to another method from here on: then the payer need do nothing. */
  private async isTakenAnew(tx: EntityManager, { plan }: HeldInstalment): Promise<boolean> {
    if (!plan.withdrawn || !(await cancelUncharged(tx, plan.id))) return false;
    const settings = await tx.query<unknown[]>(`SELECT FROM app.autopay WHERE payer_id = $1`, [plan.payerId]);
    return settings.length > 0;
  }

  /** The payer's own payment: they see how it goes, and need no notice unless it ends when they have long gone. */
  private async applyToPayersOwn(
    tx: EntityManager,
    instalment: HeldInstalment,
    payment: Payment,
    at: string,
  ): Promise<void> {
    const isOver = payment.status === 'failed' || payment.status === 'cancelled';
    if (!isOver) return move(tx, instalment, { to: 'collecting', paymentId: payment.id });
    // Null when our charge was refused for a payment under way: the refusal does not say which, and only one can be.
    const isHeld = instalment.status === 'collecting' && instalment.paymentId !== null;
    if (isHeld && instalment.paymentId !== payment.id) return;
    if (instalment.status === 'collecting') await this.collectLater(tx, instalment);
    const isTakenAnew = await this.isTakenAnew(tx, instalment);
    if (failedInAbsence(payment, at) && !isTakenAnew)
      await this.notices.tell(tx, instalment, {
        key: failureKeyOf(payment),
        kind: 'payment_failed',
        reason: payment.failure?.message ?? null,
        nextTryOn: instalment.readyAt && this.calendar.dayOf(instalment.readyAt),
      });
  }

  /** Charged on its day still, when that is to come; otherwise the payer has tried, and is asked. */
  private async collectLater(tx: EntityManager, instalment: HeldInstalment): Promise<void> {
    const readyAt = this.calendar.collectionTimeOn(instalment.dueOn);
    if (readyAt > this.clock.now() && !instalment.plan.withdrawn)
      await move(tx, instalment, { to: 'scheduled', readyAt });
    else await move(tx, instalment, { to: 'action_needed', reason: 'declined' });
  }

  /** The charge of ours that made this payment, or null when the payer made it. */
  private async chargeOf(tx: EntityManager, instalmentId: string, paymentId: string): Promise<Charge | null> {
    const charges = await tx.query<Charge[]>(
      `SELECT number, payment_method_id AS "methodId", outcome FROM app.instalment_charge
        WHERE instalment_id = $1 AND payment_id = $2`,
      [instalmentId, paymentId],
    );
    return charges[0] ?? null;
  }

  private async conclude(
    tx: EntityManager,
    { id }: HeldInstalment,
    { number }: Charge,
    outcome: 'succeeded' | 'declined' | 'needs_payer',
  ): Promise<void> {
    await tx.query(`UPDATE app.instalment_charge SET outcome = $3 WHERE instalment_id = $1 AND number = $2`, [
      id,
      number,
      outcome,
    ]);
  }

  /** What was declined so far of the method that the plan uses. */
  private async soFar(tx: EntityManager, { id, plan }: HeldInstalment) {
    const { withinDays } = CEILINGS[plan.paymentMethodType];
    const [row] = await tx.query<[{ declined: number; declinedOfMethod: number }]>(
      `SELECT count(*) FILTER (WHERE instalment_id = $1)::int AS declined,
              count(*) FILTER (WHERE began_at > $3::timestamptz - make_interval(days => $4))::int AS "declinedOfMethod"
         FROM app.instalment_charge WHERE payment_method_id = $2 AND outcome = 'declined'`,
      [id, plan.paymentMethodId, this.clock.now(), withinDays],
    );
    return row;
  }
}

function hasOtherMethod({ plan }: HeldInstalment, { methodId }: Charge): boolean {
  return methodId !== plan.paymentMethodId && !plan.withdrawn;
}

function reasonFor(failure: Payment['failure']): InstalmentReason {
  return failure?.retry === 'never' ? 'method_unusable' : 'declined';
}
