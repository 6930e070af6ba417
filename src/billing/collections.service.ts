import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import {
  type ChargeRequest,
  type Payment,
  Payments,
  PaymentsError,
  type Requester,
} from '../payments/payments.contract.js';
import { BusinessClock } from '../platform/clock/business-clock.js';
import { PlatformConfig } from '../platform/platform.config.js';
import { DueRows, type TakenRow } from '../platform/postgres/due-rows.js';
import { type HeldInstalment, holdById, holdPlan, move } from './instalments.js';
import { PaymentOutcomes } from './payment-outcomes.js';
import { cancelUncharged } from './plan-writing.js';
import { refusalWords } from './refusal-words.js';

const CALLER = 'billing';
/** Side by side; each waits for a gateway most of its time. */
const BATCH = 20;
/** A charge makes two calls of a gateway, of 20 s each at most, with repeats. */
const LEASE_SECONDS = 180;

/** Payments that will say more by themselves, or did already. */
const OTHERS_PAY = ['obligation_has_open_payment', 'obligation_already_paid'];
/** Nothing is wrong with the method: asked again later, under the same key. */
const PASSING = ['gateway_unavailable', 'charging_paused', 'rate_limited'];

/** Charges what is due, without the payer: each instalment on its day, once, whatever crashes. */
@Injectable()
export class Collections extends DueRows {
  constructor(
    @InjectDataSource() dataSource: DataSource,
    private readonly payments: Payments,
    private readonly outcomes: PaymentOutcomes,
    clock: BusinessClock,
    config: PlatformConfig,
  ) {
    super(dataSource, clock, config, { table: 'app.instalment', batch: BATCH, leaseSeconds: LEASE_SECONDS });
  }

  /**
   * An event may overtake the answer to the charge that it tells of. Asked under the charge's own key, payments say which
   * payment it made; so an event's payment that is no charge's is known to be the payer's own.
   */
  async identify(obligation: string): Promise<void> {
    const [open] = await this.dataSource.query<{ id: string; number: number; methodId: string }[]>(
      `SELECT instalment_id AS id, number, payment_method_id AS "methodId" FROM app.instalment_charge
        WHERE outcome IS NULL AND payment_id IS NULL
          AND instalment_id = (SELECT id FROM app.instalment WHERE obligation = $1 AND status <> 'cancelled')`,
      [obligation],
    );
    const payment = open && (await this.payments.repeatOf(requesterOf(open.id, open)));
    if (payment) await this.remember(this.dataSource, open.id, open.number, payment.id);
  }

  protected async work(row: TakenRow): Promise<void> {
    if (await this.giveUp(row)) return;
    const begun = await this.dataSource.transaction((tx) => this.begin(tx, row));
    if (!begun) return;

    // No transaction is open from here on, and the charge is written down: who comes after a crash repeats this one.
    const answer = await this.charge(begun.request);
    await this.dataSource.transaction(async (tx) => {
      const instalment = await holdById(tx, row.id);
      if (answer instanceof PaymentsError) await this.refused(tx, instalment!, begun.number, answer);
      else await this.answered(tx, row.id, begun.number, answer);
    });
  }

  /**
   * Of a plan that autopay has let go, or that has another method by now, only a charge that payments know of goes on to its
   * end. True when nothing is left to charge.
   */
  private async giveUp(row: TakenRow): Promise<boolean> {
    const [given] = await this.dataSource.query<(OpenCharge & { planId: string })[]>(
      `SELECT plan.id AS "planId", charge.number, charge.payment_method_id AS "methodId"
         FROM app.instalment JOIN app.plan ON plan.id = plan_id
         LEFT JOIN app.instalment_charge charge ON instalment_id = instalment.id AND outcome IS NULL
        WHERE instalment.id = $1 AND (withdrawn OR charge.payment_method_id <> plan.payment_method_id)`,
      [row.id],
    );
    if (!given || (await this.isKnown(row.id, given))) return false;
    return this.dataSource.transaction(async (tx) => {
      const plan = await holdPlan(tx, given.planId);
      if (!plan.withdrawn) {
        if (given.methodId !== plan.paymentMethodId) await this.conclude(tx, row.id, given.number);
        return false; // the payer has said what to charge instead
      }
      await this.done(tx, row);
      await this.conclude(tx, row.id, given.number);
      await cancelUncharged(tx, plan.id);
      return true;
    });
  }

  private async isKnown(instalmentId: string, { number, methodId }: OpenCharge): Promise<boolean> {
    if (number === null || methodId === null) return false;
    return (await this.payments.repeatOf(requesterOf(instalmentId, { number, methodId }))) !== null;
  }

  /** Writes the charge down, or finds the one that a crash left open; null when there is nothing to charge any more. */
  private async begin(
    tx: EntityManager,
    row: TakenRow,
  ): Promise<{ number: number; request: ChargeRequest } | null> {
    const instalment = await holdById(tx, row.id);
    if (instalment?.status !== 'scheduled' || instalment.plan.status !== 'active') {
      await this.done(tx, row);
      return null;
    }
    const { plan } = instalment;
    const { isOpen, isBeingPaid } = await this.invoiceOf(tx, instalment);
    if (!isOpen || isBeingPaid) {
      await this.done(tx, row);
      if (isBeingPaid) await move(tx, instalment, { to: 'collecting', paymentId: null }); // its end will be told
      return null;
    }
    await tx.query(
      `INSERT INTO app.instalment_charge (instalment_id, number, payment_method_id, began_at)
       SELECT $1, coalesce(max(number), 0) + 1, $2, $3 FROM app.instalment_charge WHERE instalment_id = $1
       ON CONFLICT (instalment_id) WHERE outcome IS NULL DO NOTHING`,
      [instalment.id, plan.paymentMethodId, this.clock.now()],
    );
    const [charge] = await tx.query<[{ number: number; methodId: string }]>(
      `SELECT number, payment_method_id AS "methodId" FROM app.instalment_charge
        WHERE instalment_id = $1 AND outcome IS NULL`,
      [instalment.id],
    );
    return { number: charge.number, request: requestFor(instalment, charge) };
  }

  /** Whether there is something to charge still, and whether the payer is paying by hand what autopay would charge. */
  private async invoiceOf(
    tx: EntityManager,
    { id, plan }: HeldInstalment,
  ): Promise<{ isOpen: boolean; isBeingPaid: boolean }> {
    const [invoice] = await tx.query<[{ isOpen: boolean; isBeingPaid: boolean }]>(
      `SELECT status = 'open' AS "isOpen",
              $2 AND open_payment_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM app.instalment_charge WHERE instalment_id = $3 AND outcome IS NULL) AS "isBeingPaid"
         FROM app.invoice WHERE id = $1`,
      [plan.invoiceId, plan.origin === 'autopay', id],
    );
    return invoice;
  }

  /** The payment, or why payments would not begin it. Anything unclear is thrown, and asked again under the same key. */
  private async charge(request: ChargeRequest): Promise<Payment | PaymentsError> {
    try {
      return (await this.payments.charge(request)).payment;
    } catch (error) {
      if (error instanceof PaymentsError && !PASSING.includes(error.code)) return error;
      throw error;
    }
  }

  private async answered(tx: EntityManager, id: string, number: number, payment: Payment): Promise<void> {
    await this.remember(tx, id, number, payment.id);
    await this.outcomes.apply(tx, payment, this.clock.now().toISOString());
  }

  private async remember(
    database: Pick<EntityManager, 'query'>,
    id: string,
    number: number,
    paymentId: string,
  ): Promise<void> {
    await database.query(
      `UPDATE app.instalment_charge SET payment_id = $3 WHERE instalment_id = $1 AND number = $2`,
      [id, number, paymentId],
    );
  }

  private async refused(
    tx: EntityManager,
    instalment: HeldInstalment,
    number: number,
    error: PaymentsError,
  ): Promise<void> {
    await this.conclude(tx, instalment.id, number);
    if (instalment.status !== 'scheduled') return;
    if (error.code === 'obligation_has_open_payment' && !(await this.knowsOpenPayment(tx, instalment)))
      throw error;
    if (OTHERS_PAY.includes(error.code)) await move(tx, instalment, { to: 'collecting', paymentId: null });
    else await this.outcomes.refused(tx, instalment, number, refusalWords(error.code));
  }

  /** Payments have begun nothing by this charge. */
  private async conclude(tx: EntityManager, instalmentId: string, number: number | null): Promise<void> {
    await tx.query(
      `UPDATE app.instalment_charge SET outcome = 'refused' WHERE instalment_id = $1 AND number = $2 AND outcome IS NULL`,
      [instalmentId, number],
    );
  }

  /** Then its end will be told. One that we do not know may just have ended, and all of it been told: payments are asked again. */
  private async knowsOpenPayment(tx: EntityManager, { id, plan }: HeldInstalment): Promise<boolean> {
    const rows = await tx.query<unknown[]>(
      `SELECT FROM app.instalment JOIN app.invoice ON invoice.id = $2
        WHERE instalment.id = $1 AND coalesce(instalment.open_payment_id, invoice.open_payment_id) IS NOT NULL`,
      [id, plan.invoiceId],
    );
    return rows.length > 0;
  }
}

interface ChargeNumber {
  number: number;
  methodId: string;
}

/** Nulls when there is none. */
type OpenCharge = { [Of in keyof ChargeNumber]: ChargeNumber[Of] | null };

/** Repeated for the same charge, another for the next one. */
function requesterOf(instalmentId: string, { number, methodId }: ChargeNumber): Requester {
  return {
    caller: CALLER,
    idempotencyKey: `instalment:${instalmentId}:${number}`,
    input: { instalmentId, number, paymentMethodId: methodId },
  };
}

function requestFor(instalment: HeldInstalment, charge: ChargeNumber): ChargeRequest {
  const { id, obligation, amountMinor, currency, plan } = instalment;
  return {
    ...requesterOf(id, charge),
    payerId: plan.payerId,
    paymentMethodId: charge.methodId,
    amountMinor,
    currency,
    obligation,
    presence: { session: 'off' },
  };
}
