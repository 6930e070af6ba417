import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Caller, CurrentCaller } from '../../platform/authentication/caller.js';
import { Allow } from '../../platform/authentication/policy.js';
import { IdempotencyKey } from '../../platform/idempotency/idempotency-key.js';
import { IdParameter } from '../../platform/http/id-parameter.js';
import { pageOf, PageQuery } from '../../platform/http/page.js';
import { paymentView } from './payment.entity.js';
import { CreatePaymentDto, PaymentDto, PaymentPageDto } from './payments.dto.js';
import { PaymentsService } from './payments.service.js';

@Controller('v1/payments')
export class PaymentsController {
  constructor(private readonly payments: PaymentsService) {}

  /** Charges a saved method without the payer being there: 201 with the payment, whatever its status. */
  @Post()
  @Allow('finance', 'service')
  @ApiCreatedResponse({ type: PaymentDto })
  @ApiOkResponse({ type: PaymentDto, description: 'The payment that an earlier request with this key made.' })
  async create(
    @Body() body: CreatePaymentDto,
    @IdempotencyKey() idempotencyKey: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentDto> {
    const { payment, replayed } = await this.payments.charge({
      ...body,
      presence: { session: 'off' },
      caller: caller.id,
      idempotencyKey,
      input: { ...body, capture: body.capture ?? 'automatic' },
    });
    if (replayed) void reply.status(200).header('Idempotency-Replayed', 'true');
    return paymentView(payment);
  }

  /** A payer's own payments; for finance, everybody's. */
  @Get()
  @Allow('payer', 'finance')
  async list(@Query() query: PageQuery, @CurrentCaller() caller: Caller): Promise<PaymentPageDto> {
    return pageOf(query, (page) => this.payments.list(visibleTo(caller), page), paymentView);
  }

  @Get(':id')
  @Allow('payer', 'finance', 'service')
  async read(@Param('id', IdParameter) id: string, @CurrentCaller() caller: Caller): Promise<PaymentDto> {
    return paymentView(await this.payments.find(id, visibleTo(caller)));
  }
}

/** Whose payments the caller may see: everybody's for staff and services, else only their own. */
function visibleTo(caller: Caller): string | undefined {
  const seesAll = caller.roles.includes('finance') || caller.roles.includes('service');
  return seesAll ? undefined : (caller.payerId ?? 'nobody');
}
