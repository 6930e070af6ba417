import { Body, Controller, Get, Param, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Caller, CurrentCaller } from '../../platform/authentication/caller.js';
import { Allow } from '../../platform/authentication/policy.js';
import { FreshSignIn } from '../../platform/authentication/step-up.js';
import { IdParameter } from '../../platform/http/id-parameter.js';
import { IdempotencyKey } from '../../platform/idempotency/idempotency-key.js';
import { RecordsAccess } from '../event/access-log.js';
import { refundView } from './refund.entity.js';
import { CreateRefundDto, RefundDto, RefundListDto } from './refunds.dto.js';
import { Refunds } from './refunds.service.js';

@Controller('v1/payments/:id/refunds')
@Allow('finance')
@RecordsAccess('refund', 'payment')
export class RefundsController {
  constructor(private readonly refunds: Refunds) {}

  /** Gives money back: 201 with the refund, whatever its status. */
  @Post()
  @FreshSignIn()
  @ApiCreatedResponse({ type: RefundDto })
  @ApiOkResponse({ type: RefundDto, description: 'The refund that an earlier request with this key made.' })
  async create(
    @Param('id', IdParameter) paymentId: string,
    @Body() body: CreateRefundDto,
    @IdempotencyKey() idempotencyKey: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RefundDto> {
    const input = { paymentId, amountMinor: body.amountMinor ?? null, reason: body.reason ?? null };
    const { refund, replayed } = await this.refunds.refund({
      ...body,
      paymentId,
      caller: caller.id,
      idempotencyKey,
      input,
    });
    if (replayed) void reply.status(200).header('Idempotency-Replayed', 'true');
    return refundView(refund);
  }

  /** All refunds of the payment, the oldest first. */
  @Get()
  async list(@Param('id', IdParameter) paymentId: string): Promise<RefundListDto> {
    return { data: (await this.refunds.listOf(paymentId)).map(refundView), nextCursor: null };
  }
}
