import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Dispute, Payment, PaymentsEvent, Refund } from '../payments/payments.contract.js';
import { Notifications } from '../notifications/notifications.contract.js';
import { Invoice } from './invoice.entity.js';
import { InstalmentNotices } from './instalment-notices.js';
import { type HeldInstalment, holdByObligation, move, planChanged } from './instalments.js';
import { invoiceIdOf } from './obligation.js';
import { RETURNED, returnKeyOf } from './occasions.js';
import { isBeingPaid } from './payment-begun.js';
import { completePlan } from './plan-writing.js';

/** What it means for invoices and instalments that money went back after it was taken, by finance or by a bank, and came again. */
@Injectable()
export class ReturnedMoney {
  private readonly logger = new Logger(ReturnedMoney.name);

  constructor(
    private readonly notices: InstalmentNotices,
    private readonly notifications: Notifications,
  ) {}

  /** What a bank took back for good is owed again; while a dispute is open, nobody knows. */
  async disputed(
    tx: EntityManager,
    { payment, dispute, occurredAt }: Extract<PaymentsEvent, { dispute: Dispute }>,
  ): Promise<void> {
    if (dispute.status === 'lost') await this.takenBack(tx, payment, occurredAt);
    if (dispute.status === 'won') await this.broughtBack(tx, payment, occurredAt);
    await this.standsInNobodysWay(tx, payment);
  }

  /** What finance gave back is not owed again; what a bank took, by itself or together with that, is. */
  async refunded(
    tx: EntityManager,
    { payment, occurredAt }: Extract<PaymentsEvent, { refund: Refund }>,
  ): Promise<void> {
    if (payment.disputedMinor === 0) await this.givenBack(tx, payment);
    else await this.takenBack(tx, payment, occurredAt);
    await this.standsInNobodysWay(tx, payment);
  }

  /** A payment that took another amount than its invoice's pays nothing, and nothing else is begun beside it until it went back. */
  private async standsInNobodysWay(tx: EntityManager, payment: Payment): Promise<void> {
    const invoiceId = invoiceIdOf(payment.obligation);
    if (!payment.obligationFreed || !invoiceId) return;
    await holdByObligation(tx, payment.obligation);
    await tx.query(
      `UPDATE app.invoice SET open_payment_id = NULL, payment_begun_at = NULL WHERE id = $1 AND open_payment_id = $2`,
      [invoiceId, payment.id],
    );
  }

  /** What was given back of a plan does not keep it from ending; a refund that failed does again. */
  private async givenBack(tx: EntityManager, payment: Payment): Promise<void> {
    const instalment = await holdByObligation(tx, payment.obligation);
    if (!instalment) return;
    await tx.query(
      `UPDATE app.instalment SET given_back = $3 WHERE id = $1 AND payment_id = $2 AND status = 'paid'`,
      [instalment.id, payment.id, payment.refundedMinor >= payment.capturedMinor],
    );
  }

  /** By a bank, also where a refund was to give it back and failed after all. */
  private async takenBack(tx: EntityManager, payment: Payment, at: string): Promise<void> {
    const { disputedMinor, refundedMinor, capturedMinor, obligationFreed } = payment;
    if (disputedMinor === 0 || !obligationFreed || refundedMinor + disputedMinor < capturedMinor) return;
    await this.askForInstalment(tx, payment);
    const [reopened] = await tx.query<[{ id: string; description: string }[], number]>(
      `UPDATE app.invoice
          SET status = 'open', payment_id = NULL, plan_id = NULL, paid_at = NULL, payment_begun_at = NULL, returned_at = $2
        WHERE status = 'paid'
          AND (payment_id = $1 OR plan_id = (SELECT plan_id FROM app.instalment WHERE payment_id = $1 AND status = 'action_needed'))
    RETURNING id, description`,
      [payment.id, at],
    );
    for (const { id, description } of reopened)
      await this.notifications.tell(tx, {
        key: returnKeyOf(payment), // of an instalment that was told of already, it is told once
        payerId: payment.payerId,
        kind: 'payment_returned',
        description,
        amountMinor: payment.capturedMinor,
        currency: payment.currency,
        reason: RETURNED,
        nextTryOn: null,
        place: `/invoices/${id}`,
      });
  }

  /** A paid one is due again, and only the payer can say how. */
  private async askForInstalment(tx: EntityManager, payment: Payment): Promise<void> {
    const instalment = await holdByObligation(tx, payment.obligation);
    if (instalment?.status !== 'paid' || instalment.paymentId !== payment.id) return;
    await move(tx, instalment, { to: 'action_needed', reason: 'returned' });
    await tx.query(`UPDATE app.plan SET status = 'active' WHERE id = $1 AND status = 'completed'`, [
      instalment.planId,
    ]);
    await planChanged(tx, instalment.planId);
    await this.notices.tell(tx, instalment, {
      key: returnKeyOf(payment),
      kind: 'payment_returned',
      reason: RETURNED,
      nextTryOn: null,
    });
  }

  /** A dispute that was lost, so that what it was for was owed again, is won after all. */
  private async broughtBack(tx: EntityManager, payment: Payment, at: string): Promise<void> {
    const isAllOurs = payment.obligationFreed && payment.disputedMinor + payment.refundedMinor === 0;
    if (!isAllOurs) return;
    const instalment = await holdByObligation(tx, payment.obligation);
    if (instalment?.paymentId === payment.id && instalment.status === 'paid') return; // one of several that were won
    const isDone = instalment && (await this.isPaidByItAgain(tx, instalment, payment, at));
    const invoiceId = invoiceIdOf(payment.obligation);
    const isPaid = invoiceId ? await this.isInvoicePaidByItAgain(tx, invoiceId, payment, at) : isDone;
    if (!isPaid)
      this.logger.error(
        { obligation: payment.obligation, paymentId: payment.id },
        'a bank gave back money for what is paid anew, being paid, or withdrawn: one of the two is to be refunded',
      );
  }

  private async isPaidByItAgain(
    tx: EntityManager,
    instalment: HeldInstalment,
    payment: Payment,
    at: string,
  ): Promise<boolean> {
    const isAsked = instalment.statusReason === 'returned' && instalment.paymentId === payment.id;
    if (!isAsked || (await this.isPaidAnew(tx, instalment))) return false;
    await move(tx, instalment, { to: 'paid', paymentId: payment.id, paidAt: at });
    await completePlan(tx, instalment, at);
    return true;
  }

  private async isPaidAnew(tx: EntityManager, { id, plan }: HeldInstalment): Promise<boolean> {
    const rows = await tx.query<unknown[]>(
      `SELECT FROM app.instalment JOIN app.invoice ON invoice.id = $2
        WHERE instalment.id = $1 AND (${isBeingPaid('instalment')} OR ${isBeingPaid('invoice')})`,
      [id, plan.invoiceId],
    );
    return rows.length > 0;
  }

  private async isInvoicePaidByItAgain(
    tx: EntityManager,
    invoiceId: string,
    { id, capturedMinor, currency }: Payment,
    at: string,
  ): Promise<boolean> {
    await tx.query(
      `UPDATE app.invoice SET status = 'paid', payment_id = $2, paid_at = $3, returned_at = NULL
        WHERE id = $1 AND status = 'open' AND returned_at IS NOT NULL
          AND NOT ${isBeingPaid('invoice')} AND amount_minor = $4 AND currency = $5
          AND NOT EXISTS (SELECT FROM app.plan WHERE invoice_id = $1 AND plan.status = 'active')`,
      [invoiceId, id, at, capturedMinor, currency],
    );
    return tx.existsBy(Invoice, { id: invoiceId, status: 'paid', paymentId: id });
  }
}
