import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../../platform/authentication/policy.js';
import { ForServers } from '../../platform/http/raw-body.js';
import type { ChargeResult, Payment, PaymentMethod } from '../payments.contract.js';
import { PaymentsFacade } from '../payments.facade.js';
import { LINK_ROUTES } from './link-routes.js';
import {
  CancelDto,
  ChargeDto,
  EndUseDto,
  PayerDto,
  ReadMethodDto,
  ReadPaymentDto,
  RequesterDto,
  UseDto,
} from './link.dto.js';
import { type Acting, CurrentActing, LinkGuard } from './link.guard.js';

/** The contract for an application in another process: each call is the method of the same name. */
@Controller()
@ApiExcludeController()
@Public() // as far as people's tokens go: the guard below lets only the application in
@UseGuards(LinkGuard)
export class LinkController {
  constructor(private readonly payments: PaymentsFacade) {}

  /** Without the payer there, the method's mandate is what allows it; with them, they have to be there indeed. */
  @Post(LINK_ROUTES.charge)
  @HttpCode(200)
  @ForServers()
  async charge(@Body() request: ChargeDto, @CurrentActing() acting: Acting): Promise<ChargeResult> {
    acting.assertIs(request.caller);
    if (request.presence.session === 'on') acting.assertIsPayer(request.payerId);
    acting.assertMayTouch(request.payerId);
    return this.payments.charge(request);
  }

  @Post(LINK_ROUTES.repeatOf)
  @HttpCode(200)
  @ForServers()
  async repeatOf(
    @Body() requester: RequesterDto,
    @CurrentActing() acting: Acting,
  ): Promise<{ payment: Payment | null }> {
    acting.assertIs(requester.caller);
    return { payment: await this.payments.repeatOf(requester) };
  }

  @Post(LINK_ROUTES.cancel)
  @HttpCode(200)
  @ForServers()
  async cancel(
    @Body() { paymentId, ...requester }: CancelDto,
    @CurrentActing() acting: Acting,
  ): Promise<ChargeResult> {
    acting.assertIs(requester.caller);
    acting.assertMayTouch((await this.payments.read(paymentId)).payerId);
    return this.payments.cancel(paymentId, requester);
  }

  @Post(LINK_ROUTES.read)
  @HttpCode(200)
  @ForServers()
  async read(
    @Body() { paymentId, payerId }: ReadPaymentDto,
    @CurrentActing() acting: Acting,
  ): Promise<Payment> {
    const payment = await this.payments.read(paymentId, payerId);
    acting.assertMayTouch(payment.payerId);
    return payment;
  }

  @Post(LINK_ROUTES.paymentMethods)
  @HttpCode(200)
  @ForServers()
  async paymentMethods(
    @Body() { payerId }: PayerDto,
    @CurrentActing() acting: Acting,
  ): Promise<{ data: PaymentMethod[] }> {
    acting.assertMayTouch(payerId);
    return { data: await this.payments.paymentMethods(payerId) };
  }

  @Post(LINK_ROUTES.paymentMethod)
  @HttpCode(200)
  @ForServers()
  async paymentMethod(
    @Body() { id, payerId }: ReadMethodDto,
    @CurrentActing() acting: Acting,
  ): Promise<PaymentMethod> {
    acting.assertMayTouch(payerId);
    return this.payments.paymentMethod(id, payerId);
  }

  @Post(LINK_ROUTES.declareUse)
  @HttpCode(200)
  @ForServers()
  async declareUse(@Body() use: UseDto, @CurrentActing() acting: Acting): Promise<object> {
    acting.assertMayTouch(use.payerId);
    await this.payments.declareUse(use);
    return {};
  }

  @Post(LINK_ROUTES.endUse)
  @HttpCode(200)
  @ForServers()
  async endUse(@Body() { name }: EndUseDto): Promise<object> {
    await this.payments.endUse(name);
    return {};
  }
}
