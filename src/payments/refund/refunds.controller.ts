import { Body, Controller, Get, Param, Post, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Caller, CurrentCaller } from '../../platform/authentication/caller.js';
import { Allow } from '../../platform/authentication/policy.js';
import { FreshSignIn } from '../../platform/authentication/step-up.js';
import { IdParameter } from '../../platform/http/id-parameter.js';
import { IdempotencyKey } from '../../platform/idempotency/idempotency-key.js';
import { sayReplayed } from '../../platform/idempotency/replay.js';
import { RecordsAccess } from '../event/access-log.js';
import { refundRequestView } from './refund-request.entity.js';
import { RefundRequestDto } from './refund-requests.dto.js';
import { refundView } from './refund.entity.js';
import { CreateRefundDto, RefundDto, RefundListDto } from './refunds.dto.js';
import { Refunds } from './refunds.service.js';

@Controller('v1/payments/:id/refunds')
@Allow('finance')
@RecordsAccess('refund', 'payment')
export class RefundsController {
  constructor(private readonly refunds: Refunds) {}

  /**
   * Gives money back: 201 with the refund, whatever its status. Above REFUND_APPROVAL_ABOVE: 202 with a request that another person
   * of finance must agree to; repeated with its key it is answered with 202 while it waits, and with the refund once it is made.
   */
  @Post()
  @FreshSignIn()
  @ApiCreatedResponse({ type: RefundDto })
  @ApiOkResponse({ type: RefundDto, description: 'The refund that an earlier request with this key made.' })
  @ApiAcceptedResponse({ type: RefundRequestDto, description: 'A second person must agree first.' })
  async create(
    @Param('id', IdParameter) paymentId: string,
    @Body() body: CreateRefundDto,
    @IdempotencyKey() idempotencyKey: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RefundDto | RefundRequestDto> {
    const input = { paymentId, amountMinor: body.amountMinor ?? null, reason: body.reason ?? null };
    const asked = await this.refunds.refund({
      ...body,
      paymentId,
      caller: caller.id,
      idempotencyKey,
      input,
    });
    if (asked.replayed) sayReplayed(reply);
    if ('refund' in asked) return refundView(asked.refund);
    void reply.status(202);
    return refundRequestView(asked.request);
  }

  /** All refunds of the payment, the oldest first. */
  @Get()
  async list(@Param('id', IdParameter) paymentId: string): Promise<RefundListDto> {
    return { data: (await this.refunds.listOf(paymentId)).map(refundView), nextCursor: null };
  }
}
