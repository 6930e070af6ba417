import { Body, Controller, Delete, Get, HttpCode, Put } from '@nestjs/common';
import { CurrentPayer } from '../platform/authentication/caller.js';
import { Allow } from '../platform/authentication/policy.js';
import { Autopay, type AutopaySetting } from './autopay.service.js';
import { UsePaymentMethodDto } from './plans.dto.js';
import { AutopayDto } from './autopay.dto.js';

/** Whether a payer's invoices are paid by themselves on the day that they are due. */
@Controller('v1/autopay')
@Allow('payer')
export class AutopayController {
  constructor(private readonly autopay: Autopay) {}

  @Get()
  async read(@CurrentPayer() payerId: string): Promise<AutopayDto> {
    return autopayView(await this.autopay.read(payerId));
  }

  /** Switches it on, or over to another method, for the open invoices and those to come. */
  @Put()
  async use(
    @Body() { paymentMethodId }: UsePaymentMethodDto,
    @CurrentPayer() payerId: string,
  ): Promise<AutopayDto> {
    return autopayView(await this.autopay.use(payerId, paymentMethodId));
  }

  @Delete()
  @HttpCode(204)
  async end(@CurrentPayer() payerId: string): Promise<void> {
    await this.autopay.end(payerId);
  }
}

function autopayView(setting: AutopaySetting | null): AutopayDto {
  return { paymentMethodId: setting?.paymentMethodId ?? null, since: setting?.since.toISOString() ?? null };
}
