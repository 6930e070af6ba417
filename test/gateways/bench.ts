import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Capabilities } from '../../src/payments/gateway/capabilities.js';
import type {
  ChargeAttempt,
  Gateway,
  GatewayOutcome,
  HeardEvent,
} from '../../src/payments/gateway/gateway.js';
import type { GatewayMethod, SetupOutcome, StartedSetup } from '../../src/payments/gateway/saving.js';
import { PaymentsConfig } from '../../src/payments/payments.config.js';
import { Configuration } from '../../src/platform/configuration/configuration.js';
import type { Body } from '../support/api.js';
import { SandboxAccount } from '../support/sandbox-account.js';

/** How one gateway is set up for the behaviour that all of them share. */
export interface GatewayUnderTest {
  capabilities: Capabilities;
  /** The adapter over the gateway's own SDK, for this account. `heard` is all that its webhooks have said. */
  open: (account: SandboxAccount, heard: readonly HeardEvent[]) => Gateway;
  /** Where the account's webhooks go. */
  addWebhookEndpoint: (account: SandboxAccount, url: string) => Promise<void>;
  /** The calls of its API that faults are asked for, by what they do. */
  calls: { charge: string; refund: string };
  /** The small deposits that its sandbox sends to every account; unset where it sends none. */
  deposits?: [number, number];
  /** What it calls the bank of every test account; unset where it names none. */
  bankName?: string;
  /** How long it takes until money can be given back; at once where it is not said. */
  settlesAfter?: string;
  /** A delivery that says something else than was signed; by default its amount is another. */
  forged?: (body: Buffer) => Buffer;
}

export interface Delivery {
  body: Buffer;
  headers: IncomingHttpHeaders;
}

export interface Setup {
  started: StartedSetup;
  providerCustomer: string;
  /** The payer gives a card to the gateway, and is back. */
  complete(testMethod?: string, more?: { verification?: 'instant' | 'deposits' }): Promise<void>;
  read(): Promise<SetupOutcome>;
}

export type KnownOutcome = Exclude<GatewayOutcome, { status: 'unknown' }>;

/** How long an answer may take here: one that a fault withholds is given up soon. */
export const TIMEOUT_MS = 500;
const BACK = 'http://127.0.0.1:3000/back';

/** What an adapter is configured with: it asks once, and does not wait long. */
export function configured(environment: Record<string, string>): PaymentsConfig {
  const patience = { GATEWAY_TIMEOUT_MS: String(TIMEOUT_MS), GATEWAY_RETRIES: '0' };
  return Configuration.read([PaymentsConfig], { ...patience, ...environment }).of(PaymentsConfig);
}

/** An account of its own at the gateway, the adapter under test, and somebody who listens to its webhooks. */
export class Bench {
  private constructor(
    readonly gateway: Gateway,
    readonly account: SandboxAccount,
    readonly underTest: GatewayUnderTest,
    /** As they arrived. */
    readonly deliveries: Delivery[],
    /** What they said, each delivery read once. */
    readonly heard: HeardEvent[],
    readonly close: () => void,
  ) {}

  static async open(underTest: GatewayUnderTest): Promise<Bench> {
    const { open, addWebhookEndpoint } = underTest;
    const account = new SandboxAccount(process.env['TEST_SANDBOX_URL']!);
    const deliveries: Delivery[] = [];
    const heard: HeardEvent[] = [];
    const gateway = open(account, heard);
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const delivery = { body: Buffer.concat(chunks), headers: request.headers };
        deliveries.push(delivery);
        void gateway.verifyWebhook(delivery.body, delivery.headers).then((events) => {
          heard.push(...(events ?? []));
          response.end();
        });
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    await addWebhookEndpoint(account, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return new Bench(gateway, account, underTest, deliveries, heard, () => {
      server.closeAllConnections();
      server.close();
      gateway.close();
    });
  }

  /** Everything that the gateway had to say has arrived. */
  async told(): Promise<void> {
    await this.account.deliveriesDone();
  }

  async startSetup(type: GatewayMethod['type'] = 'card'): Promise<Setup> {
    const payerId = randomUUID();
    const setupIntentId = randomUUID();
    const providerCustomer = await this.gateway.createCustomer({ payerId, key: `${payerId}:customer` });
    const flow = this.gateway.capabilities.flows[0]!;
    const started = await this.gateway.startSetup({
      setupIntentId,
      payerId,
      providerCustomer,
      type,
      flow,
      mandateText: 'You allow us to charge this.',
      returnUrl: BACK,
      key: `${setupIntentId}:setup`,
    });
    let outcome: SetupOutcome | null = null;
    return {
      started,
      providerCustomer,
      complete: async (testMethod, more) => {
        const returned = await this.account.completeSetup(started, testMethod, more);
        const brought = Object.fromEntries(new URLSearchParams(returned));
        await this.told();
        outcome = await this.gateway.setupReturned(started.providerSetup, flow, brought);
      },
      read: async () => outcome ?? this.gateway.readSetup(started.providerSetup, flow),
    };
  }

  /** The payer saves a method on the gateway's own page. */
  async saved(
    testMethod = 'pm_card_visa',
    type: GatewayMethod['type'] = 'card',
  ): Promise<GatewayMethod & { atBank: string }> {
    const setup = await this.startSetup(type);
    await setup.complete(testMethod, { verification: 'instant' });
    const outcome = await setup.read();
    if (outcome.status !== 'succeeded') throw new Error(`The setup is ${JSON.stringify(outcome)}`);
    const { data } = await this.account.call('GET', '/v1/setup_intents');
    const { method } = outcome;
    return {
      ...method,
      providerCustomer: method.providerCustomer ?? setup.providerCustomer,
      atBank: data[0].payment_method,
    };
  }

  /** A charge of the method as our payments would ask for it. */
  attempt(method: GatewayMethod, wanted: Partial<ChargeAttempt> = {}): ChargeAttempt {
    return {
      id: randomUUID(),
      paymentId: randomUUID(),
      begunAt: new Date(),
      payerId: randomUUID(),
      obligation: `invoice:${randomUUID()}`,
      amountMinor: 1999,
      currency: 'USD',
      providerToken: method.providerToken,
      providerCustomer: method.providerCustomer!,
      methodType: method.type,
      capture: 'automatic',
      returnUrl: null,
      ...wanted,
    };
  }

  async prepared(attempt: ChargeAttempt): Promise<string> {
    const prepared = await this.gateway.prepare(attempt);
    if (prepared.status !== 'prepared') throw new Error(`Not prepared: ${JSON.stringify(prepared)}`);
    return prepared.providerPayment;
  }

  async charge(attempt: ChargeAttempt): Promise<KnownOutcome> {
    const providerPayment = await this.prepared(attempt);
    const outcome = await this.gateway.confirm(attempt, providerPayment, `${attempt.id}:confirm`);
    await this.told();
    return known(outcome);
  }

  /** A charge of a card just saved, of which all is known. */
  async charged(wanted: Partial<ChargeAttempt> = {}, testMethod?: string): Promise<KnownOutcome> {
    return this.charge(this.attempt(await this.saved(testMethod), wanted));
  }

  /** What recovery does with a charge whose outcome was lost: it asks, and where nothing is known it sends the same again. */
  async recovered(attempt: ChargeAttempt, providerPayment: string): Promise<KnownOutcome> {
    await this.told();
    const found = known(await this.gateway.readPayment(providerPayment));
    if (found.status !== 'unconfirmed' || found.failure) return found;
    const outcome = await this.gateway.confirm(attempt, providerPayment, `${attempt.id}:confirm`);
    await this.told();
    return known(outcome);
  }

  /** What the gateway's own ledger says that was taken for a payment of ours. */
  async taken(paymentId: string): Promise<Body[]> {
    const isTaking = (entry: Body) => ['charge.succeeded', 'charge.captured'].includes(entry.type);
    return (await this.ledgerOf(paymentId)).filter(isTaking);
  }

  ledgerOf(paymentId: string): Promise<Body[]> {
    return this.account.ledgerOf(paymentId);
  }

  /** A charge of which money can be given back. */
  async settled(wanted: Partial<ChargeAttempt> = {}, testMethod?: string): Promise<KnownOutcome> {
    const charged = await this.charged(wanted, testMethod);
    const { settlesAfter } = this.underTest;
    if (settlesAfter) await this.account.call('POST', '/_sandbox/clock', { advance: settlesAfter });
    return charged;
  }

  /** The payer's bank takes a charge back. */
  async disputed(how: Record<string, string> = {}): Promise<{ providerPayment: string; atBank: string }> {
    const { providerPayment, paymentId } = await this.charged();
    const [{ charge }] = await this.taken(paymentId!);
    await this.atBank(`charges/${charge}/dispute`, { reason: 'product_not_received', ...how });
    const { data } = await this.account.call('GET', '/v1/disputes');
    return { providerPayment, atBank: data[0].id };
  }

  /** Something that this gateway sends news of. */
  async makeNews(): Promise<void> {
    if (this.gateway.capabilities.tellsOf.includes('payment')) await this.charged();
    else await this.disputed();
    await this.told();
  }

  /** What the bank, the card network or the issuer does without being asked. */
  atBank(path: string, body: Record<string, string> = {}): Promise<Body> {
    return this.account.call('POST', `/_sandbox/${path}`, body);
  }

  /** The payer answers on the bank's page, and comes back from it with what it puts into the address. */
  async answersBank(providerPayment: string, outcome: 'succeed' | 'fail'): Promise<void> {
    const { data } = await this.account.call('GET', '/v1/payment_intents');
    const { return_to: address } = await this.atBank(`authentications/${data[0].id}`, { outcome });
    await this.gateway.returned(providerPayment, Object.fromEntries(new URL(address).searchParams));
    await this.told();
  }

  /** Whether it was told of this thing. */
  hasHeard(providerId: string): boolean {
    return this.heard.some(({ event }) => event.subject?.providerId === providerId);
  }

  /** The latest news about something of this kind, as the inbox would read it. */
  latest(kind: NonNullable<HeardEvent['event']['subject']>['kind']): string {
    const subject = this.heard.findLast(({ event }) => event.subject?.kind === kind)?.event.subject;
    if (!subject) throw new Error(`Nothing was heard of a ${kind}`);
    return subject.providerId;
  }
}

export const ON_SESSION = { returnUrl: BACK };

export function known(outcome: GatewayOutcome): KnownOutcome {
  if (outcome.status === 'unknown') throw new Error(`The gateway did not say: ${outcome.reason}`);
  return outcome;
}

export async function all<T>(listed: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of listed) items.push(item);
  return items;
}
