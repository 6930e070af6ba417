import { Injectable } from '@nestjs/common';
import { BusinessClock } from '../../platform/clock/business-clock.js';
import { PaymentsConfig } from '../payments.config.js';
import type { PaymentMethod } from '../payments.contract.js';
import { attentionOf } from './payment-method-attention.js';
import type { ViewedMethod } from './payment-method.entity.js';

/** The method as the contract and the REST API show it: never the token. */
@Injectable()
export class PaymentMethodViews {
  readonly #page: string;

  constructor(
    private readonly clock: BusinessClock,
    config: PaymentsConfig,
  ) {
    this.#page = `${config.RETURN_URL_ORIGINS[0]}/`;
  }

  of(method: ViewedMethod): PaymentMethod {
    return {
      id: method.id,
      type: method.type,
      status: method.status,
      isDefault: method.isDefault,
      cardBrand: method.cardBrand,
      lastFour: method.lastFour,
      expiryMonth: method.expiryMonth,
      expiryYear: method.expiryYear,
      bankName: method.bankName,
      attention: attentionOf(method, this.clock.now(), this.#page),
      createdAt: method.createdAt.toISOString(),
    };
  }
}
