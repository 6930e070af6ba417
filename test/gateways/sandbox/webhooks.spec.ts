import { afterEach, describe, expect, it } from '@jest/globals';
import { charge, openAccount, refusal, savedCard } from './gateway.js';
import { receiveWebhooks, SECRET } from './webhook-receiver.js';

const receivers: Awaited<ReturnType<typeof receiveWebhooks>>[] = [];
const receiving = async (...given: Parameters<typeof receiveWebhooks>) => {
  const receiver = await receiveWebhooks(...given);
  receivers.push(receiver);
  return receiver;
};
afterEach(() => receivers.splice(0).forEach((receiver) => receiver.close()));

describe('webhooks', () => {
  it('arrive in order, signed over the bytes that were sent', async () => {
    const account = openAccount();
    const saved = await savedCard(account);
    const receiver = await receiving(account);

    await charge(account, saved);
    await receiver.settled();

    expect(receiver.types()).toEqual([
      'payment_intent.created',
      'charge.succeeded',
      'payment_intent.succeeded',
    ]);
    for (const { body, signature } of receiver.received) {
      expect(account.stripe.webhooks.constructEvent(body, signature, SECRET).object).toBe('event');
      expect(() =>
        account.stripe.webhooks.constructEvent(
          body.replace('succeeded', 'failed').replace('created', ''),
          signature,
          SECRET,
        ),
      ).toThrow();
    }
  });

  it('go to every endpoint that wants them, each with its own secret', async () => {
    const account = openAccount();
    const everything = await receiving(account);
    const { secret, id } = await account.stripe.webhookEndpoints.create({
      url: everything.url.replace('/webhooks', '/other'),
      enabled_events: ['customer.deleted'],
    });

    const customer = await account.stripe.customers.create();
    await account.stripe.customers.del(customer.id);
    await everything.settled();

    const bySecret = (wanted: string) =>
      everything.received.filter(({ body, signature }) => {
        try {
          return Boolean(account.stripe.webhooks.constructEvent(body, signature, wanted));
        } catch {
          return false;
        }
      });
    expect(bySecret(SECRET)).toHaveLength(2);
    expect(bySecret(secret!).map(({ event }) => event.type)).toEqual(['customer.deleted']);
    expect(await account.stripe.webhookEndpoints.retrieve(id)).not.toHaveProperty('secret');
    await account.stripe.webhookEndpoints.del(id);
    expect((await account.stripe.webhookEndpoints.list()).data).toHaveLength(1);
  });

  it('are sent again, later and later, until they are taken', async () => {
    const account = openAccount();
    const receiver = await receiving(account, (count) => (count < 3 ? 500 : 200));

    await account.stripe.customers.create();
    await receiver.settled();
    const undelivered = await account.stripe.events.list({ delivery_success: false });
    await account.control('POST /_sandbox/clock', { advance: '2s' });
    await receiver.settled();
    await account.control('POST /_sandbox/clock', { advance: '10s' });
    await receiver.settled();

    expect(undelivered.data[0]).toMatchObject({ type: 'customer.created', pending_webhooks: 1 });
    expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(1);
    const { data } = await account.control('GET /_sandbox/deliveries');
    expect(data[0].status).toBe('delivered');
    expect(data[0].attempts.map(({ status }: { status: number }) => status)).toEqual([500, 500, 200]);
    expect((await account.stripe.events.list({ delivery_success: false })).data).toEqual([]);
  });

  it('are all listed, the oldest first, part by part', async () => {
    const account = openAccount();
    const receiver = await receiving(account);
    for (const name of ['Ada', 'Bea', 'Cleo']) await account.stripe.customers.create({ name });
    const wait = await receiver.settled();

    const first = await account.control('GET /_sandbox/events?from=0&limit=2');
    const second = await account.control('GET /_sandbox/events?from=2&limit=2');

    expect(wait).toEqual({ is_done: true });
    expect([first, second].map(({ data }) => data.map(({ id }: { id: string }) => id))).toEqual([
      receiver.received.slice(0, 2).map(({ event }) => event.id),
      receiver.received.slice(2).map(({ event }) => event.id),
    ]);
    expect(receiver.received).toHaveLength(3);
  });

  it('can be sent again on request, to those who listen for it', async () => {
    const account = openAccount();
    const receiver = await receiving(account);
    const { url } = receiver;
    await account.stripe.webhookEndpoints.create({ url, enabled_events: ['customer.deleted'] });
    const left = await account.stripe.webhookEndpoints.create({ url, enabled_events: ['*'] });
    await account.stripe.webhookEndpoints.update(left.id, { disabled: true });
    await account.stripe.customers.create();
    await receiver.settled();

    await account.control(`POST /_sandbox/events/${receiver.received[0]!.event.id}/resend`, {});
    await receiver.settled();

    expect(new Set(receiver.received.map(({ event }) => event.id)).size).toBe(1);
    expect(receiver.received).toHaveLength(2);
  });

  it.each([
    ['dropped', { does: 'drop_webhook' }, ['customer.deleted']],
    ['doubled', { does: 'double_webhook' }, ['customer.created', 'customer.created', 'customer.deleted']],
    ['overtaken', { does: 'reorder_webhook', delay_ms: 60_000 }, ['customer.deleted', 'customer.created']],
    ['late', { does: 'delay_webhook', delay_ms: 60_000 }, ['customer.deleted', 'customer.created']],
  ])('can be %s', async (_, fault, expected) => {
    const account = openAccount();
    const receiver = await receiving(account);
    await account.control('POST /_sandbox/faults', { ...fault, on: 'customer.created' });

    const customer = await account.stripe.customers.create();
    await account.stripe.customers.del(customer.id);
    await receiver.settled();
    await account.control('DELETE /_sandbox/faults'); // what was held back goes out
    await receiver.settled();

    expect(receiver.types()).toEqual(expected);
  });

  it('can bear a stale or a future timestamp, rightly signed', async () => {
    const account = openAccount();
    const receiver = await receiving(account);
    const fault = { does: 'shift_webhook_timestamp', on: '*' };
    await account.control('POST /_sandbox/faults', { ...fault, shift_seconds: -301 });
    await account.control('POST /_sandbox/faults', { ...fault, shift_seconds: 3_600 });

    await account.stripe.customers.create();
    await account.stripe.customers.create();
    await receiver.settled();

    const now = Math.floor(Date.now() / 1000);
    const ages = receiver.received.map(({ signature }) => now - Number(/t=(\d+)/.exec(signature)![1]));
    expect(ages[0]).toBeGreaterThanOrEqual(301);
    expect(ages[1]).toBeLessThan(-3_500);
  });

  it('can arrive before the answer to the call that caused them', async () => {
    const account = openAccount();
    const saved = await savedCard(account);
    const receiver = await receiving(account);
    await account.control('POST /_sandbox/faults', {
      does: 'webhooks_before_answer',
      on: 'POST /v1/payment_intents',
    });

    await charge(account, saved);

    expect(receiver.types()).toContain('payment_intent.succeeded');
  });

  it('list for thirty days, newest first, from any event on', async () => {
    const account = openAccount();
    const saved = await savedCard(account);
    const [last] = (await account.stripe.events.list({ limit: 1 })).data;

    const paid = await charge(account, saved);
    const missed = await account.stripe.events.list({
      ending_before: last!.id,
      types: ['payment_intent.succeeded'],
    });
    await account.control('POST /_sandbox/clock', { advance: '31d' });

    expect(missed.data.map(({ data }) => (data.object as { id: string }).id)).toEqual([paid.id]);
    expect((await account.stripe.events.list()).data).toEqual([]);
    expect((await refusal(account.stripe.events.retrieve('evt_unknown'))).statusCode).toBe(404);
  });
});
