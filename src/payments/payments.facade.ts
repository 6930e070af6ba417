import { Injectable } from '@nestjs/common';
import { OutboxRelay } from './event/outbox.relay.js';
import { PaymentOperations } from './payment/payment-operations.service.js';
import { paymentView } from './payment/payment.entity.js';
import { PaymentsService } from './payment/payments.service.js';
import type {
  ChargeRequest,
  ChargeResult,
  Payment,
  Payments,
  PaymentsListener,
  Requester,
} from './payments.contract.js';

/** What the contract's `Payments` resolves to when payments run in this process. */
@Injectable()
export class PaymentsFacade implements Payments {
  readonly #payments: PaymentsService;
  readonly #operations: PaymentOperations;
  readonly #relay: OutboxRelay;

  constructor(payments: PaymentsService, operations: PaymentOperations, relay: OutboxRelay) {
    this.#payments = payments;
    this.#operations = operations;
    this.#relay = relay;
  }

  async charge(request: ChargeRequest): Promise<ChargeResult> {
    const { payment, replayed } = await this.#payments.charge(request);
    return { payment: paymentView(payment), replayed };
  }

  async cancel(paymentId: string, requester: Requester): Promise<ChargeResult> {
    const { payment, replayed } = await this.#operations.cancel(paymentId, requester);
    return { payment: paymentView(payment), replayed };
  }

  async repeatOf(requester: Requester): Promise<Payment | null> {
    const earlier = await this.#payments.repeatOf(requester);
    return earlier && paymentView(await this.#payments.whenSettled(earlier));
  }

  async read(paymentId: string, payerId?: string): Promise<Payment> {
    return paymentView(await this.#payments.find(paymentId, payerId));
  }

  subscribe(listenerName: string, listener: PaymentsListener): void {
    this.#relay.subscribe(listenerName, listener);
  }
}
