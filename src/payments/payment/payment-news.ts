import { Injectable } from '@nestjs/common';
import { PaymentsDatabase } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import { Gateways } from '../gateway/gateways.js';
import { PaymentAttempt } from './payment-attempt.entity.js';
import { assertStillAgrees } from './outcome-mismatch.js';
import { isFinal } from './payment-status.js';
import { PaymentRecord, paymentView } from './payment.entity.js';
import type { Observed } from './payment-writer.js';
import { type Known, Settlement } from './settlement.js';

/** The gateway says that something about a payment changed: it is asked how the payment stands, and that is settled. */
@Injectable()
export class PaymentNews {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    private readonly settlement: Settlement,
    private readonly events: Events,
  ) {}

  /**
   * A gateway object that no attempt knows is left alone: it is either not ours, or was made a moment ago by a request
   * that has not stored its id yet, and which learns the outcome itself.
   */
  async refresh(gateway: string, providerPayment: string, actor: string): Promise<void> {
    const observed = await this.settlement.observeAtGateway(gateway, providerPayment);
    if (!observed || isFinal(observed.payment.status)) return; // what comes after, a refund or a dispute, has events of its own
    await this.settle(observed, await this.read(gateway, providerPayment), actor);
  }

  /**
   * The news is of the payment itself: where news is all that tells, it also holds for one that is final.
   * @throws OutcomeMismatch when that one's money went another way
   */
  async hear(gateway: string, providerPayment: string, actor: string): Promise<void> {
    const observed = await this.settlement.observeAtGateway(gateway, providerPayment);
    if (!observed) return;
    const isOver = isFinal(observed.payment.status);
    if (isOver && this.gateways.of(gateway).capabilities.readsPayments) return; // its books can be asked instead
    const outcome = await this.read(gateway, providerPayment);
    if (isOver) assertStillAgrees(observed.payment, outcome);
    else await this.settle(observed, outcome, actor);
  }

  /** As both stood before the asking. */
  private async settle(observed: Observed, outcome: Known, actor: string): Promise<void> {
    const settled = await this.settlement.settle(observed, outcome, actor);
    const isAlive = outcome.status === 'unconfirmed' && outcome.failure !== null && !isFinal(settled.status);
    if (isAlive) throw new Error(`${outcome.providerPayment} was declined and could not be ended yet`); // this news comes once
  }

  private async read(gateway: string, providerPayment: string): Promise<Known> {
    const outcome = await this.gateways.of(gateway).readPayment(providerPayment);
    if (outcome.status === 'unknown')
      throw new Error(`The gateway did not say how ${providerPayment} stands: ${outcome.reason}`);
    return outcome;
  }

  /** A card network suspects fraud: told to neighbours once, so that a person can refund before it becomes a dispute. */
  async suspectFraud(gateway: string, providerWarning: string, actor: string): Promise<void> {
    const providerPayment = await this.gateways.of(gateway).readFraudWarning(providerWarning);
    if (!providerPayment) return;
    const attempt = await this.database.repository(PaymentAttempt).findOneBy({ gateway, providerPayment });
    if (!attempt) return;
    await this.database.transaction(async (tx) => {
      const [, count] = await tx.query<[unknown, number]>(
        `UPDATE payments.payment SET fraud_suspected_at = clock_timestamp() WHERE id = $1 AND fraud_suspected_at IS NULL`,
        [attempt.paymentId],
      );
      if (count === 0) return;
      const payment = await tx.findOneByOrFail(PaymentRecord, { id: attempt.paymentId });
      await this.events.record(tx, {
        actor,
        action: 'payment.fraud_suspected',
        target: { type: 'payment', id: payment.id },
        change: {},
        publish: { type: 'payment.fraud_suspected', payload: { payment: paymentView(payment) } },
      });
    });
    this.events.published();
  }
}
