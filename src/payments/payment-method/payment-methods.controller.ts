import { Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { type Caller, CurrentCaller, CurrentPayer } from '../../platform/authentication/caller.js';
import { Allow } from '../../platform/authentication/policy.js';
import { IdParameter } from '../../platform/http/id-parameter.js';
import { pageOf, PageQuery } from '../../platform/http/page.js';
import { paymentMethodView } from './payment-method.entity.js';
import { PaymentMethodDto, PaymentMethodPageDto } from './payment-methods.dto.js';
import { PaymentMethods } from './payment-methods.service.js';

@Controller('v1/payment-methods')
@Allow('payer')
export class PaymentMethodsController {
  constructor(private readonly methods: PaymentMethods) {}

  /** The payer's saved methods. */
  @Get()
  async list(@Query() query: PageQuery, @CurrentPayer() payerId: string): Promise<PaymentMethodPageDto> {
    return pageOf(query, (page) => this.methods.list(payerId, page), paymentMethodView);
  }

  @Get(':id')
  async read(
    @Param('id', IdParameter) id: string,
    @CurrentPayer() payerId: string,
  ): Promise<PaymentMethodDto> {
    return paymentMethodView(await this.methods.find(payerId, id));
  }

  /** Makes it the method that is offered first. */
  @Put(':id/default')
  async makeDefault(
    @Param('id', IdParameter) id: string,
    @CurrentPayer() payerId: string,
    @CurrentCaller() caller: Caller,
  ): Promise<PaymentMethodDto> {
    return paymentMethodView(await this.methods.makeDefault(payerId, id, caller.id));
  }

  /** Removes it here and at the gateway. Removing it again is fine. */
  @Delete(':id')
  @HttpCode(204)
  async remove(
    @Param('id', IdParameter) id: string,
    @CurrentPayer() payerId: string,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    await this.methods.remove(payerId, id, caller.id);
  }
}
