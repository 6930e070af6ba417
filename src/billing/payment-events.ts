import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { type Payment, Payments, type PaymentsEvent } from '../payments/payments.contract.js';
import { statusesBefore } from './invoice-status.js';
import { invoiceIdOf } from './obligation.js';

const LISTENER = 'billing';

/** Marks invoices as paid from what payments tell, in our own database, each event once. */
@Injectable()
export class PaymentEvents implements OnModuleInit {
  private readonly logger = new Logger(PaymentEvents.name);

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly payments: Payments,
  ) {}

  onModuleInit(): void {
    this.payments.subscribe(LISTENER, (event) => this.apply(event));
  }

  private async apply(event: PaymentsEvent): Promise<void> {
    if (event.type !== 'payment.succeeded') return;
    await this.dataSource.transaction(async (tx) => {
      if (await this.isFirstTime(tx, event.id)) await this.markPaid(tx, event.payment, event.occurredAt);
    });
  }

  private async isFirstTime(tx: EntityManager, eventId: string): Promise<boolean> {
    const rows = await tx.query<unknown[]>(
      `INSERT INTO app.received_event (listener, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING event_id`,
      [LISTENER, eventId],
    );
    return rows.length === 1;
  }

  /** An invoice is paid by exactly its amount; anything else is money that a person must look at. */
  private async markPaid(tx: EntityManager, payment: Payment, paidAt: string): Promise<void> {
    const invoiceId = invoiceIdOf(payment.obligation);
    if (!invoiceId) return;
    const [, count] = await tx.query<[unknown, number]>(
      `UPDATE app.invoice SET status = 'paid', payment_id = $2, paid_at = $3
        WHERE id = $1 AND status = ANY ($6) AND amount_minor = $4 AND currency = $5`,
      [invoiceId, payment.id, paidAt, payment.capturedMinor, payment.currency, statusesBefore('paid')],
    );
    if (count === 0)
      this.logger.error(
        { invoiceId, paymentId: payment.id },
        'a payment succeeded that fits no open invoice',
      );
  }
}
