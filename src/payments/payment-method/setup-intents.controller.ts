import { Body, Controller, Get, Headers, HttpCode, Ip, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Caller, CurrentCaller, CurrentPayer } from '../../platform/authentication/caller.js';
import { Allow } from '../../platform/authentication/policy.js';
import { IdParameter } from '../../platform/http/id-parameter.js';
import { PaymentsError } from '../payments.contract.js';
import { PaymentMethodViews } from './payment-method-views.js';
import { PaymentMethodDto } from './payment-methods.dto.js';
import {
  CompleteSetupIntentDto,
  SetupIntentDto,
  SetupIntentPageDto,
  SetupIntentsQuery,
  setupIntentView,
  StartedSetupIntentDto,
  startedSetupIntentView,
  StartSetupIntentDto,
  VerifyBankAccountDto,
} from './setup-intents.dto.js';
import { SetupIntents } from './setup-intents.service.js';

/** Longer than any origin of ours; a header is whatever somebody sends. */
const ORIGIN_LENGTH_MAX = 200;

@Controller('v1/setup-intents')
@Allow('payer')
export class SetupIntentsController {
  constructor(
    private readonly setupIntents: SetupIntents,
    private readonly views: PaymentMethodViews,
  ) {}

  /** Begins saving a card or bank account. */
  @Post()
  async start(
    @Body() body: StartSetupIntentDto,
    @CurrentPayer() payerId: string,
    @CurrentCaller() caller: Caller,
    @Ip() address: string,
    @Headers('origin') origin?: string,
  ): Promise<StartedSetupIntentDto> {
    const { setup, started } = await this.setupIntents.start({
      ...body,
      payerId,
      actor: caller.id,
      address,
      origin: origin?.slice(0, ORIGIN_LENGTH_MAX) ?? null,
    });
    return startedSetupIntentView(setup, started);
  }

  /** Those that saved a method, the newest first: how a bank account is to be verified stands there. */
  @Get()
  async list(
    @Query() { paymentMethodId }: SetupIntentsQuery,
    @CurrentPayer() payerId: string,
  ): Promise<SetupIntentPageDto> {
    const setups = await this.setupIntents.ofMethod(payerId, paymentMethodId);
    return {
      data: setups.map((it) => setupIntentView(it, this.setupIntents.verificationOf(it))),
      nextCursor: null,
    };
  }

  /** How it stands: what to show when the payer comes back. */
  @Get(':id')
  async read(@Param('id', IdParameter) id: string, @CurrentPayer() payerId: string): Promise<SetupIntentDto> {
    const setup = await this.setupIntents.find(payerId, id);
    return setupIntentView(setup, this.setupIntents.verificationOf(setup));
  }

  /** Saves what the payer gave to the gateway: 201 with the new method, 200 with the one that was saved before. */
  @Post(':id/completions')
  @ApiCreatedResponse({ type: PaymentMethodDto })
  @ApiOkResponse({ type: PaymentMethodDto })
  async complete(
    @Param('id', IdParameter) id: string,
    @Body() { returned }: CompleteSetupIntentDto,
    @CurrentPayer() payerId: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentMethodDto> {
    const { method, created } = await this.setupIntents.complete(payerId, id, caller.id, returned);
    void reply.status(created ? 201 : 200);
    return this.views.of(method);
  }

  /** Verifies a bank account by the small deposits that arrived on it. */
  @Post(':id/verifications')
  @HttpCode(200)
  async verify(
    @Param('id', IdParameter) id: string,
    @Body() { amountsMinor, descriptorCode }: VerifyBankAccountDto,
    @CurrentPayer() payerId: string,
    @CurrentCaller() caller: Caller,
  ): Promise<PaymentMethodDto> {
    if ((amountsMinor === undefined) === (descriptorCode === undefined))
      throw new PaymentsError('validation_failed', 'Send either amountsMinor or descriptorCode.');
    const proof = amountsMinor
      ? { kind: 'amounts' as const, amountsMinor }
      : { kind: 'descriptor_code' as const, descriptorCode: descriptorCode!.toUpperCase() };
    return this.views.of(await this.setupIntents.verify(payerId, id, proof, caller.id));
  }
}
