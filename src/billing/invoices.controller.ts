import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Caller, CurrentCaller, CurrentPayer, visibleTo } from '../platform/authentication/caller.js';
import { Allow } from '../platform/authentication/policy.js';
import { IdParameter } from '../platform/http/id-parameter.js';
import { pageOf, PageQuery } from '../platform/http/page.js';
import { IdempotencyKey } from '../platform/idempotency/idempotency-key.js';
import { sayReplayed } from '../platform/idempotency/replay.js';
import {
  CreateInvoiceDto,
  InvoiceDto,
  InvoicePageDto,
  InvoicePaymentDto,
  invoiceView,
  PayInvoiceDto,
} from './invoices.dto.js';
import { Invoices } from './invoices.service.js';

@Controller('v1/invoices')
export class InvoicesController {
  constructor(private readonly invoices: Invoices) {}

  @Post()
  @Allow('finance')
  async create(
    @Body() body: CreateInvoiceDto,
    @IdempotencyKey() idempotencyKey: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InvoiceDto> {
    const { invoice, replayed } = await this.invoices.create(body, { caller: caller.id, idempotencyKey });
    if (replayed) sayReplayed(reply);
    return invoiceView(invoice);
  }

  /** A payer's own invoices; for finance, everybody's. */
  @Get()
  @Allow('payer', 'finance')
  async list(@Query() query: PageQuery, @CurrentCaller() caller: Caller): Promise<InvoicePageDto> {
    return pageOf(query, (page) => this.invoices.list(visibleTo(caller, 'finance'), page), invoiceView);
  }

  @Get(':id')
  @Allow('payer', 'finance')
  async read(@Param('id', IdParameter) id: string, @CurrentCaller() caller: Caller): Promise<InvoiceDto> {
    return invoiceView(await this.invoices.find(id, visibleTo(caller, 'finance')));
  }

  /** Withdraws an invoice of which nothing was paid, with its plan. Withdrawing it again is fine. */
  @Post(':id/void')
  @Allow('finance')
  @HttpCode(200)
  async withdraw(@Param('id', IdParameter) id: string): Promise<InvoiceDto> {
    return invoiceView(await this.invoices.withdraw(id));
  }

  /** Pays the invoice with a saved method: 201 with the payment, whatever its status. */
  @Post(':id/payments')
  @Allow('payer')
  async pay(
    @Param('id', IdParameter) id: string,
    @Body() body: PayInvoiceDto,
    @IdempotencyKey() idempotencyKey: string,
    @CurrentPayer() payerId: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InvoicePaymentDto> {
    const { payment, replayed } = await this.invoices.pay(id, payerId, body, {
      caller: caller.id,
      idempotencyKey,
    });
    if (replayed) sayReplayed(reply);
    return payment;
  }
}
