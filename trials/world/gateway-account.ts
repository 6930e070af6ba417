import { randomBytes } from 'node:crypto';
import type { TrialGateway } from '../gateways/gateway.ts';
import { STRIPE } from '../gateways/stripe.ts';

/** Whatever the gateway or the application answers: a trial reads what it expects, and says so when it is not there. */
// eslint is told nothing here: a wrong shape fails the trial, not the compiler.
export type Json = any;

/** One account at the sandbox gateway, as its owner and as the judge use it. */
export class GatewayAccount {
  readonly address: string;
  readonly gateway: TrialGateway;
  readonly name = randomBytes(8).toString('hex');
  readonly secretKey = `sk_test_${this.name}`;
  readonly publishableKey = `pk_test_${this.name}`;

  constructor(address: string, gateway = STRIPE) {
    this.address = address;
    this.gateway = gateway;
  }

  /** What happened to money there, in the gateway's own words: append-only. */
  async ledger(): Promise<Json[]> {
    return (await this.call('GET', '/_sandbox/ledger')).data;
  }

  /** The latest calls that it answered, with their keys. */
  async requests(): Promise<Json[]> {
    return (await this.call('GET', '/_sandbox/requests')).data;
  }

  /** Everything of a kind, page by page, as Stripe lists it. */
  async all(kind: 'payment_intents' | 'refunds' | 'disputes' | 'events' | 'customers'): Promise<Json[]> {
    const found: Json[] = [];
    for (let after = ''; ; after = `&starting_after=${found.at(-1).id}`) {
      const page = await this.call('GET', `/v1/${kind}?limit=100${after}`);
      found.push(...page.data);
      if (!page.has_more) return found;
    }
  }

  /** What the payer does on the gateway's own page, or in its fields; what their browser brings from there, if anything. */
  async completeSetup(redirectUrl: string | null, card: string): Promise<{ returned: string } | undefined> {
    if (!redirectUrl) {
      const { nonce } = await this.call('POST', '/_sandbox/nonces', { payment_method: card });
      return { returned: `payment_method_nonce=${nonce}` };
    }
    const session = /cs_test_\w+/.exec(redirectUrl)?.[0];
    const form = { payment_method: card };
    const after = await this.call('POST', `/_sandbox/checkout-sessions/${session}/complete`, form);
    if (after.status !== 'complete')
      await this.call('POST', `/_sandbox/authentications/${after.setup_intent}`, { outcome: 'succeed' });
    return undefined;
  }

  /** The ledger's payment that is known here by this name: the newest, where there was more than one try. */
  async paymentNamed(name: string): Promise<Json> {
    if (this.gateway.calls.prepare) return this.call('GET', `/v1/payment_intents/${name}`); // made before it was named here
    const all = await this.all('payment_intents');
    const found = all.find((it) => this.gateway.payment(it, all)?.name === name);
    if (!found) throw new Error(`The gateway has no payment ${name}`);
    return found;
  }

  /** What the payer answers on the bank's page; what their browser brings back from there, where that matters. */
  async authenticate(
    payment: string,
    outcome: 'succeed' | 'fail',
  ): Promise<{ returned: string } | undefined> {
    // A look of ours would meet the fault that is meant for the application's.
    const id = this.gateway.calls.prepare ? payment : (await this.paymentNamed(payment)).id;
    const after = await this.call('POST', `/_sandbox/authentications/${id}`, { outcome });
    if (!this.gateway.calls.returned) return undefined;
    return { returned: new URL(after.return_to).search.slice(1) };
  }

  /** The payer's bank takes it back, all of it unless said. */
  async dispute(payment: string, amount?: number): Promise<Json> {
    const { latest_charge: charge } = await this.paymentNamed(payment);
    return this.call('POST', `/_sandbox/charges/${charge}/dispute`, { ...(amount && { amount }) });
  }

  /** What is saved for a payer, by what they are called at the gateway. */
  async savedUnder(name: string): Promise<Json[]> {
    const customer = await this.gateway.customer(this, name);
    return customer ? (await this.call('GET', `/v1/customers/${customer}/payment_methods`)).data : [];
  }

  /** Until money can be given back. */
  async settle(payment: string): Promise<void> {
    if (this.gateway.settle) await this.gateway.settle(this, await this.paymentNamed(payment));
  }

  async breaks(fault: { does: string; on: string; [more: string]: unknown }): Promise<void> {
    await this.call('POST', '/_sandbox/faults', fault);
  }

  async worksAgain(): Promise<void> {
    await this.call('DELETE', '/_sandbox/faults');
  }

  async addEndpoint(url: string, secret: string): Promise<void> {
    await this.call('POST', '/_sandbox/webhook-endpoints', { url, ...this.gateway.endpoint(this, secret) });
  }

  /** Waits until nothing is on its way. */
  async deliveriesDone(): Promise<void> {
    while (!(await this.call('POST', '/_sandbox/deliveries/wait', {})).is_done);
  }

  async call(method: string, path: string, body?: object, more: Record<string, string> = {}): Promise<Json> {
    const answer = await fetch(this.address + path, {
      method,
      headers: {
        authorization: `Bearer ${this.secretKey}`,
        ...(body && { 'content-type': 'application/json' }),
        ...more,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text.startsWith('<') ? text : JSON.parse(text);
  }
}
