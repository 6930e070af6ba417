import { Injectable } from '@nestjs/common';
import { PaymentsDatabase } from '../database/payments-database.js';
import { Gateways } from '../gateway/gateways.js';
import { PaymentAttempt } from './payment-attempt.entity.js';
import { Settlement } from './settlement.js';

/** The gateway says that something about a payment changed: it is asked how the payment stands, and that is settled. */
@Injectable()
export class PaymentNews {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    private readonly settlement: Settlement,
  ) {}

  /**
   * A gateway object that no attempt knows is left alone: it is either not ours, or was made a moment ago by a request
   * that has not stored its id yet, and which learns the outcome itself.
   */
  async refresh(gateway: string, providerPayment: string, actor: string): Promise<void> {
    const attempt = await this.database.repository(PaymentAttempt).findOneBy({ gateway, providerPayment });
    if (!attempt) return;
    const observed = await this.settlement.observe(attempt.id); // before asking: see settle
    const outcome = await this.gateways.of(gateway).readPayment(providerPayment);
    if (outcome.status === 'unknown')
      throw new Error(`The gateway did not say how ${providerPayment} stands: ${outcome.reason}`);
    await this.settlement.settle(observed, outcome, actor);
  }
}
