import type { PaymentsEvent, PaymentsListener } from '../payments.contract.js';

/** Who in the application listens; payments' events come over the network to one of its instances. */
export class RemoteListeners {
  readonly #listeners = new Map<string, PaymentsListener>();

  subscribe(name: string, listener: PaymentsListener): void {
    if (this.#listeners.has(name)) throw new Error(`A listener named ${name} has subscribed already`);
    this.#listeners.set(name, listener);
  }

  /**
   * Rejects when one of them does, after all are done: then the events come again, one by one, and each is applied once. No two
   * of them are of one payment, so they need no order.
   */
  async tell(events: readonly PaymentsEvent[]): Promise<void> {
    const told = await Promise.allSettled(events.map((event) => this.tellOne(event)));
    const failed = told.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed) throw failed.reason;
  }

  private async tellOne(event: PaymentsEvent): Promise<void> {
    for (const listener of this.#listeners.values()) await listener(event);
  }
}
