import { randomBytes } from 'node:crypto';

/** Whatever the gateway or the application answers: a trial reads what it expects, and says so when it is not there. */
// eslint is told nothing here: a wrong shape fails the trial, not the compiler.
export type Json = any;

/** One account at the sandbox gateway, as its owner and as the judge use it. */
export class GatewayAccount {
  readonly address: string;
  readonly name = randomBytes(8).toString('hex');
  readonly secretKey = `sk_test_${this.name}`;
  readonly publishableKey = `pk_test_${this.name}`;

  constructor(address: string) {
    this.address = address;
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
  async all(kind: 'payment_intents' | 'refunds' | 'disputes' | 'events'): Promise<Json[]> {
    const found: Json[] = [];
    for (let after = ''; ; after = `&starting_after=${found.at(-1).id}`) {
      const page = await this.call('GET', `/v1/${kind}?limit=100${after}`);
      found.push(...page.data);
      if (!page.has_more) return found;
    }
  }

  /** What the payer does on the gateway's own page. */
  async completeSetup(redirectUrl: string, card: string): Promise<void> {
    const session = /cs_test_\w+/.exec(redirectUrl)?.[0];
    const form = { payment_method: card };
    const after = await this.call('POST', `/_sandbox/checkout-sessions/${session}/complete`, form);
    if (after.status !== 'complete') await this.authenticate(after.setup_intent, 'succeed');
  }

  /** What the payer answers on the bank's page. */
  async authenticate(intent: string, outcome: 'succeed' | 'fail'): Promise<void> {
    await this.call('POST', `/_sandbox/authentications/${intent}`, { outcome });
  }

  async breaks(fault: { does: string; on: string; [more: string]: unknown }): Promise<void> {
    await this.call('POST', '/_sandbox/faults', fault);
  }

  async worksAgain(): Promise<void> {
    await this.call('DELETE', '/_sandbox/faults');
  }

  async addEndpoint(url: string, secret: string): Promise<void> {
    await this.call('POST', '/_sandbox/webhook-endpoints', { url, secret });
  }

  /** Waits until nothing is on its way. */
  async deliveriesDone(): Promise<void> {
    await this.call('POST', '/_sandbox/deliveries/wait', {});
  }

  async call(method: string, path: string, body?: object): Promise<Json> {
    const answer = await fetch(this.address + path, {
      method,
      headers: {
        authorization: `Bearer ${this.secretKey}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const json: Json = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(json)}`);
    return json;
  }
}
