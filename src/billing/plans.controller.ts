import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Caller, CurrentCaller, CurrentPayer, visibleTo } from '../platform/authentication/caller.js';
import { Allow } from '../platform/authentication/policy.js';
import { IdParameter } from '../platform/http/id-parameter.js';
import { pageOf, PageQuery } from '../platform/http/page.js';
import { IdempotencyKey } from '../platform/idempotency/idempotency-key.js';
import { sayReplayed } from '../platform/idempotency/replay.js';
import { InvoicePaymentDto } from './invoices.dto.js';
import {
  CreatePlanDto,
  PayInstalmentDto,
  PlanDto,
  PlanPageDto,
  planView,
  ScheduleDto,
  ScheduleQuery,
  UsePaymentMethodDto,
} from './plans.dto.js';
import { Plans } from './plans.service.js';

@Controller('v1/plans')
export class PlansController {
  constructor(private readonly plans: Plans) {}

  /** Agrees to pay an open invoice in instalments, each charged to a saved method on its day. */
  @Post()
  @Allow('payer')
  async create(
    @Body() body: CreatePlanDto,
    @IdempotencyKey() idempotencyKey: string,
    @CurrentPayer() payerId: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PlanDto> {
    const { plan, replayed } = await this.plans.create(body, payerId, { caller: caller.id, idempotencyKey });
    if (replayed) sayReplayed(reply);
    return planView(plan);
  }

  /** A payer's own plans, those of autopay too; for finance, everybody's. */
  @Get()
  @Allow('payer', 'finance')
  async list(@Query() query: PageQuery, @CurrentCaller() caller: Caller): Promise<PlanPageDto> {
    return pageOf(query, (page) => this.plans.list(visibleTo(caller, 'finance'), page), planView);
  }

  @Get(':id')
  @Allow('payer', 'finance')
  async read(@Param('id', IdParameter) id: string, @CurrentCaller() caller: Caller): Promise<PlanDto> {
    return planView(await this.plans.find(id, visibleTo(caller, 'finance')));
  }

  /** Charges another saved method from now on; what waits for the payer is charged to it at once. */
  @Put(':id/payment-method')
  @Allow('payer')
  async useMethod(
    @Param('id', IdParameter) id: string,
    @Body() { paymentMethodId }: UsePaymentMethodDto,
    @CurrentPayer() payerId: string,
    @CurrentCaller() caller: Caller,
  ): Promise<PlanDto> {
    return planView(await this.plans.useMethod(id, payerId, paymentMethodId, caller.id));
  }

  /** Ends a plan of which nothing was paid; not one of autopay, which is switched off instead. */
  @Delete(':id')
  @Allow('payer', 'finance')
  @HttpCode(204)
  async cancel(@Param('id', IdParameter) id: string, @CurrentCaller() caller: Caller): Promise<void> {
    await this.plans.cancel(id, visibleTo(caller, 'finance'));
  }
}

@Controller('v1/invoices/:id/plan-schedule')
export class PlanScheduleController {
  constructor(private readonly plans: Plans) {}

  /** What a plan would ask for, and when: the same amounts and days that agreeing to it gives. */
  @Get()
  @Allow('payer')
  async read(
    @Param('id', IdParameter) id: string,
    @Query() query: ScheduleQuery,
    @CurrentPayer() payerId: string,
  ): Promise<ScheduleDto> {
    return this.plans.schedule(id, payerId, query);
  }
}

@Controller('v1/instalments/:id/payments')
export class InstalmentPaymentsController {
  constructor(private readonly plans: Plans) {}

  /** Pays one instalment now, with the payer there: 201 with the payment, whatever its status. */
  @Post()
  @Allow('payer')
  async pay(
    @Param('id', IdParameter) id: string,
    @Body() body: PayInstalmentDto,
    @IdempotencyKey() idempotencyKey: string,
    @CurrentPayer() payerId: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<InvoicePaymentDto> {
    const requester = { caller: caller.id, idempotencyKey };
    const { payment, replayed } = await this.plans.pay(id, payerId, body, requester);
    if (replayed) sayReplayed(reply);
    return payment;
  }
}
