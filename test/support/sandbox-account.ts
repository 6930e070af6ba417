import { randomBytes } from 'node:crypto';
import type { Body } from './api.js';

/** One account at the sandbox gateway, asked as its owner and as its judge would. */
export class SandboxAccount {
  readonly secretKey: string;
  readonly publishableKey: string;

  constructor(
    readonly address: string,
    name = randomBytes(8).toString('hex'),
  ) {
    this.secretKey = `sk_test_${name}`;
    this.publishableKey = `pk_test_${name}`;
  }

  /** Does what the payer would do on the gateway's own page, or in its fields; the query that their browser brings from there, if any. */
  async completeSetup(
    setup: { redirectUrl: string | null; clientSecret: string | null },
    paymentMethod = 'pm_card_visa',
    more: { verification?: 'instant' | 'deposits' } = {},
  ): Promise<string | undefined> {
    const session = /cs_test_\w+/.exec(setup.redirectUrl ?? setup.clientSecret ?? '')?.[0];
    const [intent] = setup.clientSecret?.split('_secret_') ?? [];
    if (!session && intent === setup.clientSecret) return this.typedInto(paymentMethod, more);
    const what = session ? `checkout-sessions/${session}/complete` : `setup-intents/${intent}/confirm`;
    const done = await this.call('POST', `/_sandbox/${what}`, { payment_method: paymentMethod, ...more });
    if (more.verification === 'deposits') return undefined; // the payer has yet to tell what arrived
    if (done.next_action?.type === 'verify_with_microdeposits')
      await this.control(`/_sandbox/microdeposits/${done.id}`, { amounts: [32, 45] });
    else if (done.status === 'open' || done.status === 'requires_action')
      await this.authenticate(done.setup_intent ?? done.id, 'succeed');
    return done.returned;
  }

  /** Braintree's fields give a nonce for what was typed, which has to be brought along. */
  private async typedInto(paymentMethod: string, more: object): Promise<string> {
    const { nonce } = await this.control('/_sandbox/nonces', { payment_method: paymentMethod, ...more });
    return `payment_method_nonce=${nonce}`;
  }

  /** Told in Stripe's words, with credentials in Adyen's, or with a public key in Braintree's. */
  async addWebhookEndpoint(
    url: string,
    secret: string,
    credentials: { username?: string; password?: string; public_key?: string } = {},
  ): Promise<void> {
    await this.call('POST', '/_sandbox/webhook-endpoints', { url, secret, ...credentials });
  }

  /** What was really done at the gateway, from its own append-only ledger. */
  async ledger(): Promise<Body[]> {
    return (await this.call('GET', '/_sandbox/ledger')).data;
  }

  /** What was done for one payment of ours, by whatever name the gateway was told it. */
  async ledgerOf(paymentId: string): Promise<Body[]> {
    const ledger = await this.ledger();
    const isOfIt = ({ metadata }: Body) =>
      Object.values(metadata).some((value) => String(value).startsWith(paymentId));
    const own = new Set(ledger.filter(isOfIt).map((it) => it.payment_intent));
    return ledger.filter((entry) => own.has(entry.payment_intent));
  }

  /** The ledger's tries to be paid for one payment of ours, by whatever name the gateway was told it, the newest first. */
  async paymentsOf(paymentId: string): Promise<Body[]> {
    const intents: Body[] = (await this.call('GET', '/v1/payment_intents?limit=100')).data;
    return intents.filter(({ metadata }) =>
      Object.values(metadata).some((value) => String(value).startsWith(paymentId)),
    );
  }

  /** The money that was taken, one entry for each successful charge. */
  async charges(): Promise<Body[]> {
    return (await this.ledger()).filter((entry) => entry.type === 'charge.succeeded');
  }

  /** Something goes wrong at the gateway: the next matching call, or as often as `times` says. */
  async breaks(fault: { does: string; on: string; [more: string]: unknown }): Promise<void> {
    await this.control('/_sandbox/faults', fault);
  }

  /** No event of this account reaches anybody until the faults are cleared. */
  async keepsWebhooksBack(): Promise<void> {
    await this.breaks({ does: 'drop_webhook', on: '*', times: 1_000_000 });
  }

  async worksAgain(): Promise<void> {
    await this.call('DELETE', '/_sandbox/faults');
  }

  /** What the gateway calls the methods that are saved under its customer. */
  async tokensOf(customer: string, gateway: string): Promise<string[]> {
    if (gateway === 'adyen') {
      const which = `merchantAccount=SandboxECOM&shopperReference=${customer}`;
      const headers = { 'x-api-key': this.secretKey.replace('sk_', 'AQE_') };
      const known = await this.send('GET', `/v72/storedPaymentMethods?${which}`, undefined, headers);
      return known.storedPaymentMethods.map(({ id }: Body) => id as string);
    }
    const methods = await this.methodsOf(customer);
    return methods.map(({ id, metadata }) => (gateway === 'braintree' ? metadata.token : id) as string);
  }

  /** The ledger's methods that are saved under the gateway's customer, the newest first: to Adyen that is but a reference of ours. */
  async methodsOf(customer: string): Promise<Body[]> {
    const customers: Body[] = (await this.call('GET', '/v1/customers?limit=100')).data;
    const own = customers.find((it) => [it.id, it.metadata.shopper_reference].includes(customer));
    return own ? (await this.call('GET', `/v1/customers/${own.id}/payment_methods?limit=100`)).data : [];
  }

  /** How often this call has arrived, named as for a fault. */
  async callsOf(what: string): Promise<number> {
    const [method, path] = what.split(' ') as [string, string];
    const isMeant = new RegExp(`^${path.replaceAll('*', '[^/]+')}$`);
    const { data } = await this.call('GET', '/_sandbox/requests');
    return data.filter((it: Body) => it.method === method && isMeant.test(it.path)).length;
  }

  /** What the payer answers on the bank's page. `id` is the intent that waits for them. */
  async authenticate(id: string, outcome: 'succeed' | 'fail'): Promise<{ returnTo: string | null }> {
    const { return_to: returnTo } = await this.control(`/_sandbox/authentications/${id}`, { outcome });
    return { returnTo };
  }

  /** Waits until every webhook made so far was delivered or given up. */
  async deliveriesDone(): Promise<void> {
    while (!(await this.call('POST', '/_sandbox/deliveries/wait')).is_done);
  }

  /** A call of Stripe's own API, or of the sandbox's control API. */
  async call(method: string, path: string, form?: Record<string, string>): Promise<Body> {
    return this.send(method, path, form && new URLSearchParams(form), {});
  }

  /** A call of the control API that needs more than text. */
  private control(path: string, body: object): Promise<Body> {
    return this.send('POST', path, JSON.stringify(body), { 'content-type': 'application/json' });
  }

  private async send(
    method: string,
    path: string,
    content: string | URLSearchParams | undefined,
    headers: Record<string, string>,
  ): Promise<Body> {
    const answer = await fetch(this.address + path, {
      method,
      headers: { authorization: `Bearer ${this.secretKey}`, ...headers },
      body: content,
    });
    const body: Body = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(body)}`);
    return body;
  }
}
