import { Controller, Delete, Get, HttpCode, Param, Put, Query } from '@nestjs/common';
import { type Caller, CurrentCaller, CurrentPayer } from '../../platform/authentication/caller.js';
import { Allow } from '../../platform/authentication/policy.js';
import { IdParameter } from '../../platform/http/id-parameter.js';
import { pageOf, PageQuery } from '../../platform/http/page.js';
import { historyEntryView, PaymentMethodHistory } from './payment-method-history.service.js';
import { PaymentMethodViews } from './payment-method-views.js';
import {
  PaymentMethodDto,
  PaymentMethodHistoryPageDto,
  PaymentMethodPageDto,
  RemovePaymentMethodQuery,
} from './payment-methods.dto.js';
import { PaymentMethods } from './payment-methods.service.js';

@Controller('v1/payment-methods')
@Allow('payer')
export class PaymentMethodsController {
  constructor(
    private readonly methods: PaymentMethods,
    private readonly histories: PaymentMethodHistory,
    private readonly views: PaymentMethodViews,
  ) {}

  /** The payer's saved methods. */
  @Get()
  async list(@Query() query: PageQuery, @CurrentPayer() payerId: string): Promise<PaymentMethodPageDto> {
    return pageOf(
      query,
      (page) => this.methods.list(payerId, page),
      (method) => this.views.of(method),
    );
  }

  @Get(':id')
  async read(
    @Param('id', IdParameter) id: string,
    @CurrentPayer() payerId: string,
  ): Promise<PaymentMethodDto> {
    return this.views.of(await this.methods.find(payerId, id));
  }

  /** What became of it, the newest first: every change of its status and of what is shown of it. */
  @Get(':id/history')
  async history(
    @Param('id', IdParameter) id: string,
    @Query() query: PageQuery,
    @CurrentPayer() payerId: string,
  ): Promise<PaymentMethodHistoryPageDto> {
    return pageOf(query, (page) => this.histories.of(payerId, id, page), historyEntryView);
  }

  /** Makes it the method that is offered first. */
  @Put(':id/default')
  async makeDefault(
    @Param('id', IdParameter) id: string,
    @CurrentPayer() payerId: string,
    @CurrentCaller() caller: Caller,
  ): Promise<PaymentMethodDto> {
    return this.views.of(await this.methods.makeDefault(payerId, id, caller.id));
  }

  /**
   * Removes it here and at the gateway. Removing it again is fine. One that a plan or autopay uses is removed only with
   * `replacedBy`, which they use from then on.
   */
  @Delete(':id')
  @HttpCode(204)
  async remove(
    @Param('id', IdParameter) id: string,
    @Query() { replacedBy }: RemovePaymentMethodQuery,
    @CurrentPayer() payerId: string,
    @CurrentCaller() caller: Caller,
  ): Promise<void> {
    await this.methods.remove(payerId, id, caller.id, replacedBy);
  }
}
