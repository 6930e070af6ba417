import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { type DataSource, type EntityManager, Not } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Payments, PaymentsError } from '../payments/payments.contract.js';
import { BusinessClock } from '../platform/clock/business-clock.js';
import { PlatformConfig } from '../platform/platform.config.js';
import { autopayChanged, AutopayUses } from './autopay-uses.service.js';
import { Collections } from './collections.service.js';
import { Invoice } from './invoice.entity.js';
import { obligationOf } from './obligation.js';
import { Plan } from './plan.entity.js';
import { PlanUses } from './plan-uses.service.js';
import { cancelUncharged, insertPlan } from './plan-writing.js';
import { SchoolCalendar } from './school-calendar.js';

const CALLER = 'autopay';
/** An invoice whose turn was lost to a crash is found after at most this long. */
const LOOK_EVERY_MS = 60_000;

export interface AutopaySetting {
  paymentMethodId: string;
  since: Date;
}

/** Pays a payer's invoices by themselves on the day that they are due, with the method that the payer chose for it. */
@Injectable()
export class Autopay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Autopay.name);
  #timer?: NodeJS.Timeout;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly payments: Payments,
    private readonly calendar: SchoolCalendar,
    private readonly clock: BusinessClock,
    private readonly collections: Collections,
    private readonly uses: PlanUses,
    private readonly autopayUses: AutopayUses,
    private readonly config: PlatformConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.WORKERS === 'off') return;
    this.#timer = setInterval(() => {
      this.take().catch((error: unknown) =>
        this.logger.error({ err: error }, 'autopay cannot look for invoices'),
      );
    }, LOOK_EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  async read(payerId: string): Promise<AutopaySetting | null> {
    const [setting] = await this.dataSource.query<AutopaySetting[]>(
      `SELECT payment_method_id AS "paymentMethodId", since FROM app.autopay WHERE payer_id = $1`,
      [payerId],
    );
    return setting ?? null;
  }

  /** Switches it on, or over to another method: also for the invoices that are open. */
  async use(payerId: string, methodId: string): Promise<AutopaySetting> {
    const method = await this.payments.paymentMethod(methodId, payerId);
    if (method.status !== 'active')
      throw new PaymentsError(
        'payment_method_unusable',
        'This payment method cannot be charged. Choose another one.',
      );
    await this.dataSource.transaction(async (tx) => {
      await tx.query(
        `INSERT INTO app.autopay (payer_id, payment_method_id, payment_method_type) VALUES ($1, $2, $3)
         ON CONFLICT (payer_id) DO UPDATE SET payment_method_id = $2, payment_method_type = $3`,
        [payerId, method.id, method.type],
      );
      await autopayChanged(tx, payerId);
      await this.letGo(tx, payerId); // what was to be charged to the method before
    });
    this.autopayUses.wake();
    await this.take(payerId);
    return (await this.read(payerId))!;
  }

  /** Switches it off. What is being charged at this moment comes to its end, and is not charged again. */
  async end(payerId: string): Promise<void> {
    await this.dataSource.transaction(async (tx) => {
      await tx.query(`DELETE FROM app.autopay WHERE payer_id = $1`, [payerId]);
      await autopayChanged(tx, payerId);
      await this.letGo(tx, payerId);
    });
    this.autopayUses.wake();
    this.uses.wake();
  }

  /** Takes over the open invoices, of one payer or of all; taking over the same ones again changes nothing. */
  async take(payerId?: string): Promise<void> {
    const invoices = await this.dataSource.query<{ id: string }[]>(
      `SELECT invoice.id FROM app.invoice JOIN app.autopay USING (payer_id)
        WHERE invoice.status = 'open' AND returned_at IS NULL AND ($1::text IS NULL OR payer_id = $1)
          AND NOT EXISTS (SELECT FROM app.plan WHERE invoice_id = invoice.id AND plan.status <> 'cancelled')
        ORDER BY invoice.id`,
      [payerId ?? null],
    );
    for (const { id } of invoices)
      await this.takeOne(id).catch((error: unknown) =>
        this.logger.error(
          { err: error, invoiceId: id },
          'autopay could not take this invoice; it looks again',
        ),
      );
    this.uses.wake();
    this.collections.wake();
  }

  /** Held in the order of everybody else: the setting, then the invoice; of plans there is none, or it is left alone. */
  private async takeOne(invoiceId: string): Promise<void> {
    await this.dataSource.transaction(async (tx) => {
      const [method] = await tx.query<{ payerId: string; id: string; type: 'card' | 'us_bank_account' }[]>(
        `SELECT payer_id AS "payerId", payment_method_id AS id, payment_method_type AS type FROM app.autopay
          WHERE payer_id = (SELECT payer_id FROM app.invoice WHERE id = $1) FOR UPDATE`,
        [invoiceId],
      );
      const invoice = await tx.findOneOrFail(Invoice, {
        where: { id: invoiceId },
        lock: { mode: 'pessimistic_write' },
      });
      if (invoice.payerId !== method?.payerId || invoice.status !== 'open') return; // paid or erased meanwhile
      if (await tx.existsBy(Plan, { invoiceId, status: Not('cancelled') })) return;
      const today = this.calendar.dayOf(this.clock.now());
      const dueOn = invoice.dueOn > today ? invoice.dueOn : today;
      const readyAt = this.calendar.collectionTimeOn(dueOn);
      await insertPlan(tx, {
        invoice,
        origin: 'autopay',
        method,
        instalments: [{ position: 1, amountMinor: invoice.amountMinor, dueOn, readyAt }],
        fingerprint: obligationOf(invoice),
        requester: { caller: CALLER, idempotencyKey: uuidv7() },
      });
    });
  }

  /** Plans that are not what the setting says any more; those of a method that it has still are made anew. */
  private async letGo(tx: EntityManager, payerId: string): Promise<void> {
    const plans = await tx.query<{ id: string }[]>(
      `SELECT id FROM app.plan WHERE payer_id = $1 AND origin = 'autopay' AND status = 'active' ORDER BY id FOR UPDATE`,
      [payerId],
    );
    for (const { id } of plans)
      if (!(await cancelUncharged(tx, id)))
        await tx.query(
          `UPDATE app.plan SET withdrawn = NOT EXISTS (
             SELECT FROM app.autopay WHERE payer_id = plan.payer_id AND payment_method_id = plan.payment_method_id)
            WHERE id = $1`,
          [id],
        );
  }
}
