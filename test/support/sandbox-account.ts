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

  /** Does what the payer would do on the gateway's own page. */
  async completeSetup(
    setup: { redirectUrl: string | null; clientSecret: string | null },
    paymentMethod = 'pm_card_visa',
    more: { verification?: 'instant' } = {},
  ): Promise<void> {
    const [kind, id] = setup.redirectUrl
      ? ['checkout-sessions', /cs_test_\w+/.exec(setup.redirectUrl)?.[0]]
      : ['setup-intents', setup.clientSecret?.split('_secret_')[0]];
    const action = setup.redirectUrl ? 'complete' : 'confirm';
    const done = await this.call('POST', `/_sandbox/${kind}/${id}/${action}`, {
      payment_method: paymentMethod,
      ...more,
    });
    if (done.next_action?.type === 'verify_with_microdeposits')
      return void (await this.control(`/_sandbox/microdeposits/${done.id}`, { amounts: [32, 45] }));
    const isAsked = done.status === 'open' || done.status === 'requires_action';
    if (isAsked) await this.authenticate(done.setup_intent ?? done.id, 'succeed');
  }

  /** Told in Stripe's words, or with credentials in Adyen's. */
  async addWebhookEndpoint(
    url: string,
    secret: string,
    credentials: { username?: string; password?: string } = {},
  ): Promise<void> {
    await this.call('POST', '/_sandbox/webhook-endpoints', { url, secret, ...credentials });
  }

  /** What was really done at the gateway, from its own append-only ledger. */
  async ledger(): Promise<Body[]> {
    return (await this.call('GET', '/_sandbox/ledger')).data;
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

  /** What the payer answers on the bank's page. `id` is the intent that waits for them. */
  async authenticate(id: string, outcome: 'succeed' | 'fail'): Promise<{ returnTo: string | null }> {
    const { return_to: returnTo } = await this.control(`/_sandbox/authentications/${id}`, { outcome });
    return { returnTo };
  }

  /** Waits until every webhook made so far was delivered or given up. */
  async deliveriesDone(): Promise<void> {
    await this.call('POST', '/_sandbox/deliveries/wait');
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
