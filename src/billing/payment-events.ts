import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import {
  type Payment,
  type PaymentEventType,
  Payments,
  type PaymentsEvent,
} from '../payments/payments.contract.js';
import { Together } from '../platform/postgres/together.js';
import { Notifications } from '../notifications/notifications.contract.js';
import { Collections } from './collections.service.js';
import { holdByObligation } from './instalments.js';
import { type InvoiceStatus, statusesBefore } from './invoice-status.js';
import { MethodChanges } from './method-changes.js';
import { invoiceIdOf, isOurs } from './obligation.js';
import { failedInAbsence, failureKeyOf, receiptKeyOf } from './occasions.js';
import { PaymentOutcomes } from './payment-outcomes.js';
import { ReturnedMoney } from './returned-money.js';

const LISTENER = 'billing';
/** As many as payments ever tell of side by side. */
const NOTED_TOGETHER_MAX = 50;

const RECEIVE = `INSERT INTO app.received_event (listener, event_id) SELECT $1, unnest($2::uuid[])
  ON CONFLICT DO NOTHING RETURNING event_id`;

/** What is told late of an earlier payment is of one that is over: of one obligation they follow each other, and so do their ids. */
const IS_NEWEST = '(open_payment_id IS NULL OR open_payment_id <= $2)';

interface NotedInvoice {
  id: string;
  description: string;
  status: InvoiceStatus;
}

/** Keeps invoices and instalments as payments tell, in our own database, each event once. */
@Injectable()
export class PaymentEvents implements OnModuleInit {
  private readonly logger = new Logger(PaymentEvents.name);
  readonly #notOurs = new Together<string, void>((ids) => this.note(ids), NOTED_TOGETHER_MAX);

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly payments: Payments,
    private readonly collections: Collections,
    private readonly outcomes: PaymentOutcomes,
    private readonly returned: ReturnedMoney,
    private readonly methods: MethodChanges,
    private readonly notifications: Notifications,
  ) {}

  onModuleInit(): void {
    this.payments.subscribe(LISTENER, (event) => this.apply(event));
  }

  private async apply(event: PaymentsEvent): Promise<void> {
    if (event.type === 'payer.erased') return;
    // Noted as every event is, and nothing to do.
    if ('payment' in event && !isOurs(event.payment.obligation)) return this.#notOurs.do(event.id);
    if ('payment' in event && event.type !== 'payment.created')
      await this.collections.identify(event.payment.obligation);
    const replacement = 'paymentMethod' in event ? await this.methods.replacementOf(event) : null;
    await this.dataSource.transaction(async (tx) => {
      if (!(await this.isFirstTime(tx, event.id))) return;
      if ('paymentMethod' in event) await this.methods.apply(tx, event, replacement);
      else if ('dispute' in event) await this.returned.disputed(tx, event);
      else if ('refund' in event) await this.returned.refunded(tx, event);
      else await this.changed(tx, event);
    });
    this.collections.wake();
  }

  private async isFirstTime(tx: EntityManager, eventId: string): Promise<boolean> {
    return (await tx.query<unknown[]>(RECEIVE, [LISTENER, [eventId]])).length === 1;
  }

  private async note(eventIds: string[]): Promise<void[]> {
    await this.dataSource.query(RECEIVE, [LISTENER, eventIds]);
    return [];
  }

  private async changed(
    tx: EntityManager,
    { type, payment, occurredAt }: Extract<PaymentsEvent, { type: PaymentEventType }>,
  ): Promise<void> {
    if (type === 'payment.fraud_suspected') return;
    const isInstalments = type !== 'payment.created' && (await this.outcomes.apply(tx, payment, occurredAt));
    const invoiceId = invoiceIdOf(payment.obligation);
    if (!invoiceId) return this.noteOnInstalment(tx, payment);
    if (payment.status === 'succeeded') await this.markPaid(tx, invoiceId, payment, occurredAt);
    else {
      const invoice = await this.notePayment(tx, invoiceId, payment);
      if (!isInstalments && failedInAbsence(payment, occurredAt))
        await this.tellFailure(tx, invoice, payment);
    }
  }

  /** An invoice is paid by exactly its amount; anything else is money that a person must look at. */
  private async markPaid(
    tx: EntityManager,
    invoiceId: string,
    payment: Payment,
    paidAt: string,
  ): Promise<void> {
    const [[paid]] = await tx.query<[{ description: string }[], number]>(
      `UPDATE app.invoice SET status = 'paid', payment_id = $2, paid_at = $3, open_payment_id = NULL, returned_at = NULL
        WHERE id = $1 AND status = ANY ($6) AND amount_minor = $4 AND currency = $5
    RETURNING description`,
      [invoiceId, payment.id, paidAt, payment.capturedMinor, payment.currency, statusesBefore('paid')],
    );
    if (!paid)
      return this.logger.error(
        { invoiceId, paymentId: payment.id },
        'a payment succeeded that fits no open invoice',
      );
    await this.notifications.tell(tx, {
      key: receiptKeyOf(payment),
      payerId: payment.payerId,
      kind: 'receipt',
      description: paid.description,
      amountMinor: payment.capturedMinor,
      currency: payment.currency,
      reason: null,
      nextTryOn: null,
      place: `/receipts/${payment.id}`,
    });
  }

  /** While a payment of the whole is under way, no plan can begin. */
  private async notePayment(
    tx: EntityManager,
    invoiceId: string,
    { id, status }: Payment,
  ): Promise<NotedInvoice | undefined> {
    const isOver = status === 'failed' || status === 'cancelled';
    const [[invoice]] = await tx.query<[NotedInvoice[], number]>(
      `${
        isOver
          ? `UPDATE app.invoice SET open_payment_id = NULL, payment_begun_at = NULL WHERE id = $1 AND open_payment_id = $2`
          : `UPDATE app.invoice SET open_payment_id = $2 WHERE id = $1 AND status = 'open' AND ${IS_NEWEST}`
      } RETURNING id, description, status`,
      [invoiceId, id],
    );
    return invoice;
  }

  /** A payment of the payer's own, when nothing charges the invoice by itself. */
  private async tellFailure(
    tx: EntityManager,
    invoice: NotedInvoice | undefined,
    payment: Payment,
  ): Promise<void> {
    if (invoice?.status !== 'open') return;
    await this.notifications.tell(tx, {
      key: failureKeyOf(payment),
      payerId: payment.payerId,
      kind: 'payment_failed',
      description: invoice.description,
      amountMinor: payment.amountMinor,
      currency: payment.currency,
      reason: payment.failure?.message ?? null,
      nextTryOn: null,
      place: `/invoices/${invoice.id}`,
    });
  }

  /** While one is under way its plan is not given up. A debit tells nothing between its beginning and its end, days later. */
  private async noteOnInstalment(tx: EntityManager, { id, status, obligation }: Payment): Promise<void> {
    const instalment = await holdByObligation(tx, obligation); // with its plan, which could be given up meanwhile
    if (!instalment) return;
    const isOver = status === 'succeeded' || status === 'failed' || status === 'cancelled';
    await tx.query(
      isOver
        ? `UPDATE app.instalment SET open_payment_id = NULL, payment_begun_at = NULL WHERE id = $1 AND open_payment_id = $2`
        : `UPDATE app.instalment SET open_payment_id = $2 WHERE id = $1 AND ${IS_NEWEST}`,
      [instalment.id, id],
    );
  }
}
