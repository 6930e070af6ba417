import { Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { LessThan, type DataSource, type EntityManager, type Repository } from 'typeorm';
import { type ChargeResult, Payments, PaymentsError } from '../payments/payments.contract.js';
import { BusinessClock } from '../platform/clock/business-clock.js';
import { fingerprintOf } from '../platform/idempotency/fingerprint.js';
import { Problem } from '../platform/problem/problem.js';
import { BillingConfig } from './billing.config.js';
import { Collections } from './collections.service.js';
import { holdById, holdPlan, noSuchPlan, planChanged } from './instalments.js';
import { Invoice } from './invoice.entity.js';
import { assertUnpaid, holdWithPlan } from './invoice-holds.js';
import { Invoices, type Requester } from './invoices.service.js';
import { collectWaiting } from './method-changes.js';
import { invoiceIdOf } from './obligation.js';
import { type Begun, payOnceBegun, sayBegun } from './payment-begun.js';
import { PlanUses } from './plan-uses.service.js';
import { cancelUncharged, insertPlan } from './plan-writing.js';
import { Instalment, Plan } from './plan.entity.js';
import { type ScheduledInstalment, scheduleOf } from './plan-schedule.js';
import type { CreatePlanDto, PayInstalmentDto, ScheduleQuery } from './plans.dto.js';
import { SchoolCalendar } from './school-calendar.js';

/** Instalment plans: what is due when, agreed to by the payer, and charged to a saved method on its day. */
@Injectable()
export class Plans {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @InjectRepository(Plan) private readonly plans: Repository<Plan>,
    private readonly invoices: Invoices,
    private readonly payments: Payments,
    private readonly collections: Collections,
    private readonly uses: PlanUses,
    private readonly calendar: SchoolCalendar,
    private readonly clock: BusinessClock,
    private readonly config: BillingConfig,
  ) {}

  /** What a plan would ask for, and when. Nothing is agreed to by looking. */
  async schedule(invoiceId: string, payerId: string, query: ScheduleQuery) {
    const invoice = await this.invoices.find(invoiceId, payerId);
    return { currency: invoice.currency, data: this.scheduled(invoice, query) };
  }

  /** The payer agrees to a plan for their open invoice, once per idempotency key. */
  async create(
    input: CreatePlanDto,
    payerId: string,
    requester: Requester,
  ): Promise<{ plan: Plan; replayed: boolean }> {
    const fingerprint = fingerprintOf('create plan', requester.caller, input);
    const earlier = await this.madeBy(requester);
    if (earlier) return { plan: await this.repeat(earlier, fingerprint), replayed: true };

    await this.invoices.find(input.invoiceId, payerId);
    const method = await this.payments.paymentMethod(input.paymentMethodId, payerId);
    if (method.status !== 'active')
      throw new PaymentsError(
        'payment_method_unusable',
        'This payment method cannot be charged. Choose another one.',
      );
    let id: string;
    try {
      id = await this.dataSource.transaction(async (tx) => {
        const invoice = await this.holdPayable(tx, input.invoiceId);
        const instalments = this.scheduled(invoice, input).map((it) => ({
          ...it,
          readyAt: this.calendar.collectionTimeOn(it.dueOn),
        }));
        return insertPlan(tx, { invoice, origin: 'agreed', method, instalments, fingerprint, requester });
      });
    } catch (error) {
      const made = await this.madeBy(requester); // by the same request, sent twice at once
      if (!made) throw error;
      return { plan: await this.repeat(made, fingerprint), replayed: true };
    }
    this.uses.wake();
    this.collections.wake();
    return { plan: await this.find(id), replayed: false };
  }

  async list(payerId: string | undefined, page: { limit: number; after?: string }): Promise<Plan[]> {
    return this.plans.find({
      where: { ...(payerId ? { payerId } : {}), ...(page.after ? { id: LessThan(page.after) } : {}) },
      order: { id: 'DESC' },
      take: page.limit,
      relations: { instalments: true },
    });
  }

  /** @throws Problem `not_found`, the same for a foreign plan as for an unknown one */
  async find(id: string, payerId?: string): Promise<Plan> {
    const plan = await this.plans.findOne({
      where: { id, ...(payerId ? { payerId } : {}) },
      relations: { instalments: true },
    });
    if (!plan) throw noSuchPlan();
    return plan;
  }

  /** From now on another method is charged; what waited for the payer is charged to it at once. */
  async useMethod(id: string, payerId: string, methodId: string, caller: string): Promise<Plan> {
    const plan = await this.find(id, payerId);
    const method = await this.payments.paymentMethod(methodId, payerId);
    if (method.status !== 'active')
      throw new PaymentsError(
        'payment_method_unusable',
        'This payment method cannot be charged. Choose another one.',
      );
    if (method.id !== plan.paymentMethodId) await this.giveUpWaiting(plan, caller);
    await this.dataSource.transaction(async (tx) => {
      const held = await holdPlan(tx, id);
      if (held.status !== 'active')
        throw new Problem('plan_not_active', 'This plan has ended; nothing more is charged for it.');
      const charged = { paymentMethodId: method.id, paymentMethodType: method.type };
      await tx.update(Plan, { id }, { ...charged, withdrawn: false }); // it is the payer who says so now
      await planChanged(tx, id);
      await collectWaiting(tx, id, this.clock.now());
    });
    this.uses.wake();
    this.collections.wake();
    return this.find(id);
  }

  /** Ends a plan that nothing was paid of; the invoice is to be paid whole again. */
  async cancel(id: string, payerId: string | undefined): Promise<void> {
    await this.find(id, payerId);
    await this.dataSource.transaction(async (tx) => {
      const plan = await holdPlan(tx, id);
      if (plan.status === 'cancelled') return;
      if (plan.origin === 'autopay' && !plan.withdrawn)
        throw new Problem(
          'plan_is_autopay',
          'Autopay would take this invoice again at once. Switch autopay off, or have the invoice withdrawn.',
        );
      if (plan.status === 'completed' || !(await cancelUncharged(tx, id)))
        throw new Problem(
          'plan_has_payments',
          'Something was paid of this plan, or is being paid now. It can end once the school has given that back.',
        );
    });
    this.uses.wake();
  }

  /** Pays one instalment now, with the payer there: early, or because it could not be charged without them. */
  async pay(
    instalmentId: string,
    payerId: string,
    input: PayInstalmentDto,
    requester: Requester,
  ): Promise<ChargeResult> {
    const instalment = await this.instalmentOf(instalmentId, payerId);
    const { paymentMethodId, returnUrl } = input;
    const { amountMinor, currency, obligation } = instalment;
    const begin = () => this.beginPayment(instalmentId);
    return payOnceBegun({ payments: this.payments, database: this.dataSource }, begin, {
      ...requester,
      input: { instalmentId, paymentMethodId, returnUrl: returnUrl ?? null },
      payerId,
      paymentMethodId,
      amountMinor,
      currency,
      obligation,
      presence: { session: 'on', returnUrl },
    });
  }

  /** Says that it is being paid, before it is: from here on its plan is not given up. @throws Problem */
  private async beginPayment(id: string): Promise<Begun> {
    return this.dataSource.transaction(async (tx) => {
      const instalment = (await holdById(tx, id))!;
      const refusal = refusalOf(instalment);
      if (refusal) throw refusal;
      const invoiceId = invoiceIdOf(instalment.obligation); // of autopay: it is the whole that is being paid
      return sayBegun(tx, invoiceId ? { what: 'invoice', id: invoiceId } : { what: 'instalment', id });
    });
  }

  private async instalmentOf(id: string, payerId: string): Promise<Instalment> {
    const instalment = await this.dataSource.getRepository(Instalment).findOneBy({ id, plan: { payerId } });
    if (!instalment) throw new Problem('not_found', 'There is no such instalment, or it is not yours.');
    return instalment;
  }

  private madeBy({ caller, idempotencyKey }: Requester): Promise<Plan | null> {
    return this.plans.findOneBy({ caller, idempotencyKey });
  }

  private async repeat(plan: Plan, fingerprint: string): Promise<Plan> {
    if (plan.fingerprint !== fingerprint)
      throw new Problem(
        'idempotency_key_reused',
        'This Idempotency-Key was used for another request. Use a new key for a new plan.',
      );
    return this.find(plan.id);
  }

  /** The invoice, held, when it may be paid by a plan from here on. An autopay that has charged nothing makes way. */
  private async holdPayable(tx: EntityManager, id: string): Promise<Invoice> {
    const { invoice, plan } = await holdWithPlan(tx, id);
    if (invoice.status === 'void')
      throw new Problem('invoice_void', 'This invoice was withdrawn; nothing is to be paid.');
    await assertUnpaid(tx, invoice);
    if (plan && !(plan.origin === 'autopay' && (await cancelUncharged(tx, plan.id))))
      throw new Problem('invoice_on_plan', 'This invoice is paid by a plan already.');
    return invoice;
  }

  private scheduled(invoice: Invoice, query: ScheduleQuery): ScheduledInstalment[] {
    const most = this.config.PLAN_INSTALMENTS_MAX;
    if (query.instalments > most) throw wrong('instalments', `must be at most ${most}`);
    const today = this.calendar.dayOf(this.clock.now());
    const latest = invoice.dueOn > today ? invoice.dueOn : today;
    const firstDueOn = query.firstDueOn ?? latest;
    if (firstDueOn < today || firstDueOn > latest)
      throw wrong('firstDueOn', `must be from ${today} to ${latest}, the day by which the invoice is due`);
    const { instalments, interval = 'month' } = query;
    const schedule = scheduleOf(invoice, { instalments, firstDueOn, interval });
    if (!schedule)
      throw wrong('instalments', 'must be fewer: the instalments would be too small to be charged');
    return schedule;
  }

  /** A payment that waits for the payer would stand in the way of the new method's charge. */
  private async giveUpWaiting(plan: Plan, caller: string): Promise<void> {
    const waiting = await this.dataSource.query<{ paymentId: string }[]>(
      `SELECT charge.payment_id AS "paymentId" FROM app.instalment_charge charge JOIN app.instalment ON id = instalment_id
        WHERE plan_id = $1 AND status_reason = 'authentication_required' AND outcome = 'needs_payer'`,
      [plan.id],
    );
    for (const { paymentId } of waiting) {
      const requester = { caller, idempotencyKey: `give-up:${paymentId}`, input: { paymentId } };
      await this.payments.cancel(paymentId, requester).catch((error: unknown) => {
        if (error instanceof PaymentsError && error.code === 'payment_state_conflict') return; // it has ended by itself
        throw error;
      });
    }
  }
}

/** Why this instalment is not paid any more, if so. */
function refusalOf({ status }: Instalment): Problem | null {
  if (status === 'paid')
    return new Problem('obligation_already_paid', 'This instalment has been paid already.');
  if (status === 'cancelled')
    return new Problem('plan_not_active', 'This plan was cancelled; pay the invoice itself.');
  return null;
}

function wrong(path: string, message: string): Problem {
  return new Problem('validation_failed', `${path} ${message}.`, [{ path, message }]);
}
