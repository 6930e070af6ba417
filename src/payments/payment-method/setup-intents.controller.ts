import { Body, Controller, Get, Param, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type Caller, CurrentCaller, CurrentPayer } from '../../platform/authentication/caller.js';
import { Allow } from '../../platform/authentication/policy.js';
import { IdParameter } from '../../platform/http/id-parameter.js';
import { paymentMethodView } from './payment-method.entity.js';
import { PaymentMethodDto } from './payment-methods.dto.js';
import {
  SetupIntentDto,
  setupIntentView,
  StartedSetupIntentDto,
  startedSetupIntentView,
  StartSetupIntentDto,
} from './setup-intents.dto.js';
import { SetupIntents } from './setup-intents.service.js';

@Controller('v1/setup-intents')
@Allow('payer')
export class SetupIntentsController {
  constructor(private readonly setupIntents: SetupIntents) {}

  /** Begins saving a card or bank account. */
  @Post()
  async start(
    @Body() body: StartSetupIntentDto,
    @CurrentPayer() payerId: string,
    @CurrentCaller() caller: Caller,
  ): Promise<StartedSetupIntentDto> {
    const { setup, started } = await this.setupIntents.start({ ...body, payerId, actor: caller.id });
    return startedSetupIntentView(setup, started);
  }

  /** How it stands: what to show when the payer comes back. */
  @Get(':id')
  async read(@Param('id', IdParameter) id: string, @CurrentPayer() payerId: string): Promise<SetupIntentDto> {
    return setupIntentView(await this.setupIntents.find(payerId, id));
  }

  /** Saves what the payer gave to the gateway: 201 with the new method, 200 with the one that was saved before. */
  @Post(':id/completions')
  @ApiCreatedResponse({ type: PaymentMethodDto })
  @ApiOkResponse({ type: PaymentMethodDto })
  async complete(
    @Param('id', IdParameter) id: string,
    @CurrentPayer() payerId: string,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentMethodDto> {
    const { method, created } = await this.setupIntents.complete(payerId, id, caller.id);
    void reply.status(created ? 201 : 200);
    return paymentMethodView(method);
  }
}
