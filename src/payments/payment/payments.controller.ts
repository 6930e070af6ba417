import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Caller, CurrentCaller, CurrentPayer, visibleTo } from '../../platform/authentication/caller.js';
import { Allow } from '../../platform/authentication/policy.js';
import { IdempotencyKey } from '../../platform/idempotency/idempotency-key.js';
import { sayReplayed } from '../../platform/idempotency/replay.js';
import { IdParameter } from '../../platform/http/id-parameter.js';
import { pageOf, PageQuery } from '../../platform/http/page.js';
import { RecordsAccess } from '../event/access-log.js';
import { type Asked, PaymentOperations } from './payment-operations.service.js';
import { paymentView } from './payment.entity.js';
import {
  CapturePaymentDto,
  ConfirmPaymentDto,
  CreatePaymentDto,
  PaymentDto,
  PaymentPageDto,
  TimelineDto,
} from './payments.dto.js';
import { PaymentsService } from './payments.service.js';
import { Timeline } from './timeline.service.js';

const REPEATED = 'The payment of an earlier request with this key, as it now stands.';

@Controller('v1/payments')
@RecordsAccess('payment')
export class PaymentsController {
  constructor(private readonly payments: PaymentsService) {}

  /** Charges a saved method without the payer being there: 201 with the payment, whatever its status. */
  @Post()
  @Allow('finance', 'service')
  @ApiCreatedResponse({ type: PaymentDto })
  @ApiOkResponse({ type: PaymentDto, description: REPEATED })
  async create(
    @Body() body: CreatePaymentDto,
    @IdempotencyKey() idempotencyKey: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentDto> {
    const charged = await this.payments.charge({
      ...body,
      presence: { session: 'off' },
      caller: caller.id,
      idempotencyKey,
      input: { ...body, capture: body.capture ?? 'automatic' },
    });
    return answer(charged, reply);
  }

  /** A payer's own payments; for finance, everybody's. */
  @Get()
  @Allow('payer', 'finance')
  async list(@Query() query: PageQuery, @CurrentCaller() caller: Caller): Promise<PaymentPageDto> {
    return pageOf(query, (page) => this.payments.list(visibleTo(caller, 'finance'), page), paymentView);
  }

  @Get(':id')
  @Allow('payer', 'finance', 'service')
  async read(@Param('id', IdParameter) id: string, @CurrentCaller() caller: Caller): Promise<PaymentDto> {
    return paymentView(await this.payments.find(id, visibleTo(caller, 'finance', 'service')));
  }
}

@Controller('v1/payments/:id/timeline')
@Allow('finance', 'ops', 'auditor')
@RecordsAccess('payment_timeline', 'payment')
export class TimelineController {
  constructor(private readonly timeline: Timeline) {}

  /** All that happened to the payment, its refunds and its disputes, the oldest first. */
  @Get()
  async read(@Param('id', IdParameter) id: string): Promise<TimelineDto> {
    const entries = await this.timeline.of(id);
    return { data: entries.map((entry) => ({ ...entry, at: entry.at.toISOString() })), nextCursor: null };
  }
}

@Controller('v1/payments/:id')
export class PaymentOperationsController {
  constructor(private readonly operations: PaymentOperations) {}

  /** Goes on with a payment that needs the payer: the same gateway object, with the payer there. */
  @Post('confirmations')
  @Allow('payer')
  @ApiCreatedResponse({ type: PaymentDto })
  @ApiOkResponse({ type: PaymentDto, description: REPEATED })
  async confirm(
    @Param('id', IdParameter) id: string,
    @Body() { returnUrl, returned }: ConfirmPaymentDto,
    @IdempotencyKey() idempotencyKey: string,
    @CurrentPayer() payerId: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentDto> {
    const requester = {
      caller: caller.id,
      idempotencyKey,
      input: { paymentId: id, returnUrl, ...(returned !== undefined && { returned }) },
    };
    return answer(await this.operations.confirm(id, { returnUrl, returned }, requester, payerId), reply);
  }

  /** Takes a reserved amount, or a part of it; the rest is let go. */
  @Post('captures')
  @Allow('finance')
  @ApiCreatedResponse({ type: PaymentDto })
  @ApiOkResponse({ type: PaymentDto, description: REPEATED })
  async capture(
    @Param('id', IdParameter) id: string,
    @Body() { amountMinor }: CapturePaymentDto,
    @IdempotencyKey() idempotencyKey: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentDto> {
    const requester = {
      caller: caller.id,
      idempotencyKey,
      input: { paymentId: id, amountMinor: amountMinor ?? null },
    };
    return answer(await this.operations.capture(id, amountMinor, requester), reply);
  }

  /** Ends a payment that has taken no money; a payer may end their own that waits for them. */
  @Post('cancellations')
  @Allow('payer', 'finance')
  @ApiCreatedResponse({ type: PaymentDto })
  @ApiOkResponse({ type: PaymentDto, description: REPEATED })
  async cancel(
    @Param('id', IdParameter) id: string,
    @IdempotencyKey() idempotencyKey: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentDto> {
    const requester = { caller: caller.id, idempotencyKey, input: { paymentId: id } };
    return answer(await this.operations.cancel(id, requester, visibleTo(caller, 'finance')), reply);
  }
}

function answer({ payment, replayed }: Asked, reply: FastifyReply): PaymentDto {
  if (replayed) sayReplayed(reply);
  return paymentView(payment);
}
