import { Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Caller, CurrentCaller } from '../../platform/authentication/caller.js';
import { Allow } from '../../platform/authentication/policy.js';
import { FreshSignIn } from '../../platform/authentication/step-up.js';
import { IdParameter } from '../../platform/http/id-parameter.js';
import { pageOf } from '../../platform/http/page.js';
import { IdempotencyKey } from '../../platform/idempotency/idempotency-key.js';
import { sayReplayed } from '../../platform/idempotency/replay.js';
import { RecordsAccess } from '../event/access-log.js';
import { refundRequestView } from './refund-request.entity.js';
import { RefundRequestDto, RefundRequestPageDto, RefundRequestsQuery } from './refund-requests.dto.js';
import { RefundRequests } from './refund-requests.service.js';
import { refundView } from './refund.entity.js';
import { RefundDto } from './refunds.dto.js';
import { Refunds } from './refunds.service.js';

@Controller('v1/refund-requests')
@Allow('finance')
@RecordsAccess('refund_request')
export class RefundRequestsController {
  constructor(
    private readonly requests: RefundRequests,
    private readonly refunds: Refunds,
  ) {}

  /** Refunds that were asked for and need a second person, the newest first. */
  @Get()
  async list(@Query() query: RefundRequestsQuery): Promise<RefundRequestPageDto> {
    return pageOf(query, (page) => this.requests.list(query.status, page), refundRequestView);
  }

  @Get(':id')
  async read(@Param('id', IdParameter) id: string): Promise<RefundRequestDto> {
    return refundRequestView(await this.requests.find(id));
  }

  /** Agrees to what somebody else asked for, and gives the money back: 201 with the refund, whatever its status. */
  @Post(':id/approvals')
  @FreshSignIn()
  @ApiCreatedResponse({ type: RefundDto })
  @ApiOkResponse({ type: RefundDto, description: 'The refund that an earlier request with this key made.' })
  async approve(
    @Param('id', IdParameter) requestId: string,
    @IdempotencyKey() idempotencyKey: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RefundDto> {
    const { refund, replayed } = await this.refunds.approve({
      requestId,
      caller: caller.id,
      idempotencyKey,
    });
    if (replayed) sayReplayed(reply);
    return refundView(refund);
  }

  /** Refuses it; whoever asked for it may take it back the same way. */
  @Post(':id/rejections')
  @FreshSignIn()
  @ApiCreatedResponse({ type: RefundRequestDto })
  @ApiOkResponse({ type: RefundRequestDto, description: 'An earlier request with this key refused it.' })
  async reject(
    @Param('id', IdParameter) requestId: string,
    @IdempotencyKey() idempotencyKey: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RefundRequestDto> {
    const { request, replayed } = await this.requests.reject({
      requestId,
      caller: caller.id,
      idempotencyKey,
    });
    if (replayed) sayReplayed(reply);
    return refundRequestView(request);
  }
}
