import { Body, Controller, Get, Headers, HttpCode, Post, type RawBodyRequest, Req } from '@nestjs/common';
import { IsInt, IsString, IsUUID, Length, Min } from 'class-validator';
import type { IncomingMessage } from 'node:http';
import type { Payment } from './entities.js';
import { PaymentsService } from './payments.service.js';
import { WebhooksService } from './webhooks.service.js';

export class CreatePaymentDto {
  @IsString() payerId: string;
  @IsUUID() paymentMethodId: string;
  @IsInt() @Min(1) amountMinor: number;
  @IsString() @Length(3, 3) currency: string;
  @IsString() obligation: string;
}

@Controller()
export class HealthController {
  @Get()
  read(): object {
    return { ready: true };
  }
}

@Controller('payments')
export class PaymentsController {
  constructor(private readonly payments: PaymentsService) {}

  @Post()
  create(@Body() body: CreatePaymentDto, @Headers('idempotency-key') key: string): Promise<Payment> {
    return this.payments.charge(body, key);
  }
}

@Controller('webhooks')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Post()
  @HttpCode(200)
  async receive(
    @Req() request: RawBodyRequest<IncomingMessage>,
    @Headers('stripe-signature') signature: string,
  ): Promise<object> {
    await this.webhooks.receive(request.rawBody!, signature);
    return { received: true };
  }
}
