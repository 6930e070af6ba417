import type { PaymentsEvent, PaymentsListener } from '../payments.contract.js';

/** Who in the application listens; payments' events come over the network to one of its instances. */
export class RemoteListeners {
  readonly #listeners = new Map<string, PaymentsListener>();

  subscribe(name: string, listener: PaymentsListener): void {
    if (this.#listeners.has(name)) throw new Error(`A listener named ${name} has subscribed already`);
    this.#listeners.set(name, listener);
  }

  /** Rejects when one of them does: then the event comes again, and each applies it once. */
  async tell(event: PaymentsEvent): Promise<void> {
    for (const listener of this.#listeners.values()) await listener(event);
  }
}
