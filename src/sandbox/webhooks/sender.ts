import { Agent, request as httpRequest } from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';
import { type Notification, notificationOf } from '../adyen/notifications.js';
import { formOf } from '../braintree/notifications.js';
import type { Fault } from '../faults/faults.js';
import type { Account } from '../state/account.js';
import { Changes, visible } from '../state/changes.js';
import type { Keeper } from '../state/keeper.js';
import type { Delivery, Event, WebhookEndpoint } from '../state/resources.js';
import { signatureHeader } from './signature.js';

/** Long enough for a receiver that stores the event before it answers; a stuck one holds up its own queue only. */
const ANSWER_TIMEOUT_MS = 10_000;

/**
 * Seconds until the next try, on the account's clock. Stripe tries for three days in live mode; here the first ones
 * come fast, because somebody sits in front of it. https://docs.stripe.com/webhooks#automatic-retries
 */
export const RETRY_AFTER_SECONDS = [1, 5, 30, 300, 3_600, 18_000, 36_000, 86_400, 86_400];

/** Long enough for the events of the same call, and of the next one, to overtake. */
const OVERTAKEN_AFTER_MS = 300;

/** One second older than the usual tolerance. https://docs.stripe.com/webhooks#replay-attacks */
const STALE_SECONDS = -301;

/** Sends events to endpoints: one at a time and in order for each endpoint, a failed one again later. */
export class WebhookSender {
  private readonly queues = new Map<string, { account: Account; waiting: string[]; isSending: boolean }>();
  private readonly agents = {
    http: new Agent({ keepAlive: true, maxSockets: 8 }),
    // A developer's certificate is signed by nobody, and what is sent is signed and worth nothing.
    https: new SecureAgent({ keepAlive: true, maxSockets: 8, rejectUnauthorized: false }),
  };
  private isStopped = false;
  /** What a fault does to a delivery that is on its way. */
  private readonly shiftSeconds = new Map<string, number>();
  private readonly copies = new Map<string, number>();

  constructor(private readonly keeper: Keeper) {}

  deliver(account: Account, deliveries: Delivery[]): void {
    for (const delivery of deliveries) {
      const fault = account.faults.ofWebhook(delivery.type);
      if (fault) this.misdeliver(account, delivery, fault);
      else this.enqueue(account, delivery);
    }
  }

  private enqueue(account: Account, delivery: Delivery): void {
    const queue = this.queueOf(account, delivery.endpoint);
    queue.waiting.push(delivery.id);
    if (!queue.isSending) void this.drain(queue);
  }

  private misdeliver(account: Account, delivery: Delivery, fault: Fault): void {
    if (fault.does === 'drop_webhook') {
      const changes = new Changes(account);
      changes.save<Delivery>({ ...delivery, status: 'dropped' });
      void this.keeper.commit(changes);
      return;
    }
    if (fault.does === 'shift_webhook_timestamp') {
      this.shiftSeconds.set(delivery.id, fault.shift_seconds ?? STALE_SECONDS);
    }
    if (fault.does === 'double_webhook') this.copies.set(delivery.id, fault.copies ?? 2);
    const holdMs = fault.delay_ms ?? (fault.does === 'reorder_webhook' ? OVERTAKEN_AFTER_MS : 0);
    if (holdMs > 0) void account.faults.hold(fault, holdMs).then(() => this.enqueue(account, delivery));
    else this.enqueue(account, delivery);
  }

  /** After a restart: what was on its way when the process ended. */
  resume(account: Account): void {
    const retries = new Set(account.all('sandbox.task').map((task) => task.subject));
    const pending = account
      .all('sandbox.delivery')
      .filter(({ status, id }) => status === 'pending' && !retries.has(id));
    this.deliver(account, pending);
  }

  /** Whether nothing waits to be sent for this account (what is to be retried later does not count), as soon as that is so. */
  async idle(account: Account, atMostMs = Infinity): Promise<boolean> {
    const end = Date.now() + atMostMs;
    const isBusy = (): boolean =>
      [...this.queues.values()].some(
        (queue) => queue.account === account && (queue.isSending || queue.waiting.length > 0),
      );
    while (isBusy() && !this.isStopped && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 5));
    return !isBusy();
  }

  stop(): void {
    this.isStopped = true;
    this.agents.http.destroy();
    this.agents.https.destroy();
  }

  private queueOf(account: Account, endpoint: string) {
    const known = this.queues.get(endpoint);
    if (known) return known;
    const queue = { account, waiting: [] as string[], isSending: false };
    this.queues.set(endpoint, queue);
    return queue;
  }

  private async drain(queue: { account: Account; waiting: string[]; isSending: boolean }): Promise<void> {
    queue.isSending = true;
    for (let id = queue.waiting.shift(); id !== undefined && !this.isStopped; id = queue.waiting.shift()) {
      try {
        await this.attempt(queue.account, id);
      } catch (error) {
        this.keeper.log({ webhook: id, error: String(error) });
      }
    }
    queue.isSending = false;
  }

  private async attempt(account: Account, id: string): Promise<void> {
    const delivery = account.find('sandbox.delivery', id);
    const event = delivery && account.find('event', delivery.event);
    const endpoint = delivery && account.find('webhook_endpoint', delivery.endpoint);
    if (!delivery || !event || !endpoint || delivery.status !== 'pending') return;

    const message = messageOf(account, event, endpoint, this.shiftSeconds.get(id) ?? 0);
    if (!message) return this.note(account, delivery, { status: 204 }); // the gateway says nothing of this
    let answer = await this.post(endpoint.url, message);
    for (let copy = 1; copy < (this.copies.get(id) ?? 1); copy++) {
      answer = await this.post(endpoint.url, message);
    }
    this.shiftSeconds.delete(id);
    this.copies.delete(id);
    if (this.isStopped) return;
    this.note(account, delivery, answer);
  }

  /** Writes down how the attempt went, and when to try again. */
  private note(
    account: Account,
    delivery: Delivery,
    answer: { status: number | null; error?: string },
  ): void {
    const changes = new Changes(account);
    const attempts = [...delivery.attempts, { at: new Date(account.nowMs()).toISOString(), ...answer }];
    const isDelivered = answer.status !== null && answer.status >= 200 && answer.status < 300;
    const retryAfter = RETRY_AFTER_SECONDS[attempts.length - 1];
    const status = isDelivered ? 'delivered' : retryAfter === undefined ? 'failed' : 'pending';
    changes.save({ ...delivery, attempts, status });
    if (status === 'pending') changes.schedule('webhook.retry', delivery.id, retryAfter!);
    // Not waited for: the next event may go out while this is written.
    this.keeper
      .commit(changes)
      .catch((error) => this.keeper.log({ delivery: delivery.id, error: String(error) }));
  }

  private post(
    url: string,
    { payload, headers: own }: Notification,
  ): Promise<{ status: number | null; error?: string }> {
    return new Promise((resolve) => {
      const isSecure = url.startsWith('https:');
      const send = isSecure ? httpsRequest : httpRequest;
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        'content-length': Buffer.byteLength(payload),
        ...own,
      };
      const agent = isSecure ? this.agents.https : this.agents.http;
      const call = send(url, { method: 'POST', headers, agent, timeout: ANSWER_TIMEOUT_MS }, (answer) => {
        answer.resume();
        answer.on('end', () => resolve({ status: answer.statusCode ?? null }));
        answer.on('error', (error) => resolve({ status: null, error: error.message }));
      });
      call.on('timeout', () => call.destroy(new Error('timed out')));
      call.on('error', (error) => resolve({ status: null, error: error.message }));
      call.end(payload);
    });
  }
}

/** The event in the words of the gateway that the endpoint listens to. */
function messageOf(
  account: Account,
  event: Event,
  endpoint: WebhookEndpoint,
  shiftSeconds: number,
): Notification | null {
  if (endpoint.sandbox.adyen) return notificationOf(account, event, endpoint);
  if (endpoint.sandbox.braintree) return formOf(account, event, endpoint);
  const payload = JSON.stringify(visible(event), null, 2);
  // The receiver compares the timestamp with its own clock, so it comes from the wall, not from the account.
  const seconds = Math.floor(Date.now() / 1000) + shiftSeconds;
  const headers = {
    'stripe-signature': signatureHeader(payload, endpoint.sandbox.secret, seconds),
    'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
  };
  return { payload, headers };
}
