import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, type Repository } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { type ChargeResult, Payments } from '../payments/payments.contract.js';
import { fingerprintOf } from '../platform/idempotency/fingerprint.js';
import { Problem } from '../platform/problem/problem.js';
import { Invoice } from './invoice.entity.js';
import { Autopay } from './autopay.service.js';
import type { CreateInvoiceDto, PayInvoiceDto } from './invoices.dto.js';
import { assertUnpaid, holdWithPlan } from './invoice-holds.js';
import { statusesBefore } from './invoice-status.js';
import { obligationOf } from './obligation.js';
import { type Begun, payOnceBegun, sayBegun } from './payment-begun.js';
import { Plan } from './plan.entity.js';
import { PlanUses } from './plan-uses.service.js';
import { cancelUncharged } from './plan-writing.js';

export interface Requester {
  caller: string;
  idempotencyKey: string;
}

/** Invoices for tuition and fees, and paying them. */
@Injectable()
export class Invoices {
  constructor(
    @InjectRepository(Invoice) private readonly invoices: Repository<Invoice>,
    private readonly payments: Payments,
    private readonly autopay: Autopay,
    private readonly uses: PlanUses,
  ) {}

  /** Creates an invoice once per idempotency key. @throws Problem `idempotency_key_reused` */
  async create(
    input: CreateInvoiceDto,
    { caller, idempotencyKey }: Requester,
  ): Promise<{ invoice: Invoice; replayed: boolean }> {
    const fingerprint = fingerprintOf('create invoice', caller, input);
    const rows = await this.invoices.query<unknown[]>(
      `INSERT INTO app.invoice
         (id, payer_id, kind, description, amount_minor, currency, due_on, caller, idempotency_key, fingerprint)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       ON CONFLICT (caller, idempotency_key) DO NOTHING RETURNING id`,
      [
        uuidv7(),
        input.payerId,
        input.kind,
        input.description,
        input.amountMinor,
        input.currency,
        input.dueOn,
        caller,
        idempotencyKey,
        fingerprint,
      ],
    );
    const invoice = await this.invoices.findOneByOrFail({ caller, idempotencyKey });
    if (rows.length > 0) await this.autopay.take(invoice.payerId);
    if (invoice.fingerprint !== fingerprint)
      throw new Problem(
        'idempotency_key_reused',
        'This Idempotency-Key was used for another request. Use a new key for a new invoice.',
      );
    return { invoice, replayed: rows.length === 0 };
  }

  /** One page, the newest first; of one payer, or of all. */
  async list(payerId: string | undefined, page: { limit: number; after?: string }): Promise<Invoice[]> {
    return this.invoices.find({
      where: { ...(payerId ? { payerId } : {}), ...(page.after ? { id: LessThan(page.after) } : {}) },
      order: { id: 'DESC' },
      take: page.limit,
    });
  }

  /** @throws Problem `not_found`, the same for a foreign invoice as for an unknown one */
  async find(id: string, payerId?: string): Promise<Invoice> {
    const invoice = await this.invoices.findOneBy({ id, ...(payerId ? { payerId } : {}) });
    if (!invoice) throw new Problem('not_found', 'There is no such invoice, or it is not yours.');
    return invoice;
  }

  /** Nothing is to be paid for it any more; a plan that has charged nothing ends with it. @throws Problem */
  async withdraw(id: string): Promise<Invoice> {
    await this.find(id);
    await this.invoices.manager.transaction(async (tx) => {
      const { invoice, plan } = await holdWithPlan(tx, id);
      if (invoice.status === 'void') return;
      await assertUnpaid(tx, invoice);
      if (plan && !(await cancelUncharged(tx, plan.id)))
        throw new Problem(
          'plan_has_payments',
          'Something was paid of this invoice already, or is being paid now. Wait for that, and give it back first.',
        );
      await tx.query(`UPDATE app.invoice SET status = 'void' WHERE id = $1 AND status = ANY ($2)`, [
        id,
        statusesBefore('void'),
      ]);
    });
    this.uses.wake();
    return this.find(id);
  }

  /** Pays an invoice with a saved method of the payer, who is there. The invoice becomes paid when payments say so. */
  async pay(id: string, payerId: string, input: PayInvoiceDto, requester: Requester): Promise<ChargeResult> {
    const invoice = await this.find(id, payerId);
    return payOnceBegun({ payments: this.payments, database: this.invoices }, () => this.beginPayment(id), {
      ...requester,
      input: { invoiceId: id, paymentMethodId: input.paymentMethodId, returnUrl: input.returnUrl ?? null },
      payerId,
      paymentMethodId: input.paymentMethodId,
      amountMinor: invoice.amountMinor,
      currency: invoice.currency,
      obligation: obligationOf(invoice),
      presence: { session: 'on', returnUrl: input.returnUrl },
    });
  }

  /** Says that the whole is being paid, before it is: from here on no plan can begin beside it. @throws Problem */
  private async beginPayment(id: string): Promise<Begun> {
    return this.invoices.manager.transaction(async (tx) => {
      const invoice = await tx.findOneOrFail(Invoice, { where: { id }, lock: { mode: 'pessimistic_write' } });
      if (invoice.status === 'paid')
        throw new Problem('obligation_already_paid', 'This invoice has been paid already.');
      if (invoice.status === 'void')
        throw new Problem('invoice_void', 'This invoice was withdrawn; nothing is to be paid.');
      if (await tx.existsBy(Plan, { invoiceId: id, status: 'active', origin: 'agreed' }))
        throw new Problem('invoice_on_plan', 'This invoice is paid by a plan. Pay its instalments.');
      return sayBegun(tx, { what: 'invoice', id });
    });
  }
}
