import type {
  ChargeRequest,
  ChargeResult,
  Payment,
  PaymentMethod,
  PaymentMethodUse,
  Payments,
  PaymentsListener,
  Requester,
} from '../payments.contract.js';
import type { PaymentsLink } from './payments-link.js';
import type { RemoteListeners } from './remote-listeners.js';

/** What the contract's `Payments` does when payments run in a process of their own; others see it through payments.door.ts. */
export class RemotePayments implements Payments {
  readonly #link: PaymentsLink;
  readonly #listeners: RemoteListeners;

  constructor(link: PaymentsLink, listeners: RemoteListeners) {
    this.#link = link;
    this.#listeners = listeners;
  }

  charge(request: ChargeRequest): Promise<ChargeResult> {
    return this.#link.tell('charge', request);
  }

  cancel(paymentId: string, { caller, idempotencyKey, input }: Requester): Promise<ChargeResult> {
    return this.#link.tell('cancel', { paymentId, caller, idempotencyKey, input });
  }

  async repeatOf({ caller, idempotencyKey, input }: Requester): Promise<Payment | null> {
    const asked = { caller, idempotencyKey, input };
    return (await this.#link.ask<{ payment: Payment | null }>('repeatOf', asked)).payment;
  }

  read(paymentId: string, payerId?: string): Promise<Payment> {
    return this.#link.ask('read', { paymentId, payerId });
  }

  async paymentMethods(payerId: string): Promise<PaymentMethod[]> {
    return (await this.#link.ask<{ data: PaymentMethod[] }>('paymentMethods', { payerId })).data;
  }

  paymentMethod(id: string, payerId: string): Promise<PaymentMethod> {
    return this.#link.ask('paymentMethod', { id, payerId });
  }

  async declareUse(use: PaymentMethodUse): Promise<void> {
    await this.#link.tell('declareUse', use);
  }

  async endUse(name: string): Promise<void> {
    await this.#link.tell('endUse', { name });
  }

  subscribe(listenerName: string, listener: PaymentsListener): void {
    this.#listeners.subscribe(listenerName, listener);
  }
}
