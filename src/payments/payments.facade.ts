import { Injectable } from '@nestjs/common';
import { OutboxRelay } from './event/outbox.relay.js';
import { PaymentMethodUses } from './payment-method/payment-method-uses.service.js';
import { PaymentMethodViews } from './payment-method/payment-method-views.js';
import { PaymentMethods } from './payment-method/payment-methods.service.js';
import { PaymentOperations } from './payment/payment-operations.service.js';
import { paymentView } from './payment/payment.entity.js';
import { PaymentsService } from './payment/payments.service.js';
import type {
  ChargeRequest,
  ChargeResult,
  Payment,
  PaymentMethod,
  PaymentMethodUse,
  Payments,
  PaymentsListener,
  Requester,
} from './payments.contract.js';

/** What the contract's `Payments` does when payments run in this process; others see it through payments.door.ts. */
@Injectable()
export class PaymentsFacade implements Payments {
  readonly #payments: PaymentsService;
  readonly #operations: PaymentOperations;
  readonly #methods: PaymentMethods;
  readonly #uses: PaymentMethodUses;
  readonly #views: PaymentMethodViews;
  readonly #relay: OutboxRelay;

  constructor(
    payments: PaymentsService,
    operations: PaymentOperations,
    methods: PaymentMethods,
    uses: PaymentMethodUses,
    views: PaymentMethodViews,
    relay: OutboxRelay,
  ) {
    this.#payments = payments;
    this.#operations = operations;
    this.#methods = methods;
    this.#uses = uses;
    this.#views = views;
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

  async paymentMethods(payerId: string): Promise<PaymentMethod[]> {
    return (await this.#methods.all(payerId)).map((method) => this.#views.of(method));
  }

  async paymentMethod(id: string, payerId: string): Promise<PaymentMethod> {
    return this.#views.of(await this.#methods.find(payerId, id));
  }

  declareUse(use: PaymentMethodUse): Promise<void> {
    return this.#uses.declare(use);
  }

  endUse(name: string): Promise<void> {
    return this.#uses.end(name);
  }

  subscribe(listenerName: string, listener: PaymentsListener): void {
    this.#relay.subscribe(listenerName, (event) => listener(event));
  }
}
