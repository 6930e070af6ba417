import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { Api, type Body } from '../support/api.js';
import { eventually, invoiceFor, savedCard, untilSettled } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const SECRETS = [1, 2, 3].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`) as [
  string,
  string,
  string,
];

let tokenkeep: Tokenkeep;
let ada: Api;
let card: Body;
let files: { known: string; signing: string };
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tokenkeep-events-'));
  files = { known: join(folder, 'known'), signing: join(folder, 'signing') };
  await writeFile(files.known, SECRETS[0]);
  await writeFile(files.signing, SECRETS[0]);
  tokenkeep = await startTokenkeep({
    shape: 'process',
    environment: { PAYMENTS_EVENTS_SECRETS_FILE: files.known },
    aloneEnvironment: { PAYMENTS_EVENTS_SECRETS_FILE: files.signing },
  });
  ada = await tokenkeep.as('payer');
  card = await savedCard(tokenkeep, ada);
});
afterAll(() => tokenkeep.stop());

async function paid(): Promise<Body> {
  const invoice = await invoiceFor(tokenkeep, ada);
  const { body } = await ada.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id });
  expect(body.status).toBe('succeeded');
  return { invoice, payment: body };
}

const isPaid = ({ invoice }: Body): Promise<Body> =>
  eventually(
    async () => (await ada.get(`/v1/invoices/${invoice.id}`)).body,
    ({ status }) => status === 'paid',
  );

const undelivered = () =>
  tokenkeep.sql<{ id: string; tries: number; underWay: boolean }>(
    `SELECT id, tries, due_at > clock_timestamp() + interval '50 s' AS "underWay" FROM payments.outbox_message WHERE delivered_at IS NULL ORDER BY position`,
  );

const applied = async (eventId: string) =>
  (await tokenkeep.sql(`SELECT FROM app.received_event WHERE event_id = $1`, [eventId])).length;

/** The events of their success, once all events are delivered. */
async function delivered(payments: Body[]): Promise<string[]> {
  const ids = payments.map(({ id }) => id as string);
  await eventually(undelivered, (messages) => messages.length === 0);
  const messages = await tokenkeep.sql<{ id: string }>(
    `SELECT id FROM payments.outbox_message WHERE aggregate_id = ANY ($1) AND type = 'payment.succeeded'`,
    [ids],
  );
  return messages.map(({ id }) => id);
}

/** As if the application had never heard of them. `triesBefore` failed. */
async function tellAgain(eventIds: string[], triesBefore = 0): Promise<void> {
  await tokenkeep.sql(`DELETE FROM app.received_event WHERE event_id = ANY ($1)`, [eventIds]);
  await tokenkeep.sql(
    `UPDATE payments.outbox_message SET delivered_at = NULL, due_at = now(), tries = $2 WHERE id = ANY ($1)`,
    [eventIds, triesBefore],
  );
}

async function posts(): Promise<number> {
  const metrics = await (await fetch(`${tokenkeep.url}/metrics`)).text();
  const counts = metrics.matchAll(
    /^http_request_duration_seconds_count\{.*"\/link\/v1\/events".*\} (\d+)$/gm,
  );
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** What payments would send of an event, signed as somebody says. */
async function send(
  event: Record<string, unknown> & { id: string },
  {
    secret = SECRETS[0],
    at = new Date(),
    body = JSON.stringify({ version: 1, ...event }),
    id = event.id,
  } = {},
): Promise<number> {
  const { status } = await fetch(`${tokenkeep.url}/link/v1/events`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, JSON.stringify({ version: 1, ...event })),
    },
    body,
  });
  return status;
}

describe('the application, told of events by payments that run alone', () => {
  it('is told in the metrics of both how the way between them is', async () => {
    await isPaid(await paid());

    const here = await (await fetch(`${tokenkeep.url}/metrics`)).text();
    const there = await (await fetch(`${tokenkeep.alone!.url}/metrics`)).text();

    expect(here).toMatch(
      /^payments_link_call_duration_seconds_count\{(?=.*call="charge")(?=.*outcome="answered").*\} [1-9]/m,
    );
    expect(here).toMatch(/^payments_link_breaker_open 0$/m);
    expect(there).toMatch(/^application_events_total\{outcome="taken"\} [1-9]/m);
    expect(there).toMatch(/^outbox_messages_waiting \d+$/m);
  });

  it('marks an invoice as paid, by the same listeners as in one process', async () => {
    const order = await paid();

    expect((await isPaid(order)).paymentId).toBe(order.payment.id);
    await eventually(undelivered, (messages) => messages.length === 0);
  });

  it('applies an event once, however often it comes', async () => {
    const order = await paid();
    await isPaid(order);
    const [message] = await tokenkeep.sql<Body>(
      `SELECT id, type, payload FROM payments.outbox_message WHERE aggregate_id = $1 AND type = 'payment.succeeded'`,
      [order.payment.id],
    );
    const notices = () => tokenkeep.sql(`SELECT FROM app.notice WHERE kind = 'receipt'`);
    const before = (await notices()).length;

    const { id, type, payload } = message!;
    const answers = [await send({ id, type, occurredAt: new Date().toISOString(), ...payload })];
    await tokenkeep.cli('outbox', 'redeliver', '--since', order.payment.createdAt);
    await eventually(undelivered, (messages) => messages.length === 0);

    expect(answers).toEqual([204]);
    expect(await notices()).toHaveLength(before);
    expect(await applied(id)).toBe(1);
  });

  it('believes only the secret, fresh, over these very bytes', async () => {
    const event = {
      id: '01980f2e-6a4c-7d1b-9a55-3f0f5f0c9a11',
      type: 'payer.erased',
      payerId: 'nobody',
      standIn: 'x',
    };
    const minutes = (count: number) => new Date(Date.now() + count * 60_000);
    const changed = JSON.stringify({ version: 1, ...event, payerId: 'ada' });

    const answers = [
      await send(event, { secret: SECRETS[2] }),
      await send(event, { at: minutes(-6) }),
      await send(event, { at: minutes(6) }),
      await send(event, { body: changed }),
      await send(event, { id: 'another' }),
      await send({ ...event, version: 2 }),
    ];
    const unsigned = await ada.post('/link/v1/events', event);

    expect(answers).toEqual([400, 400, 400, 400, 400, 400]);
    expect([unsigned.status, unsigned.body.code]).toEqual([400, 'webhook_signature_invalid']);
    expect(await send(event)).toBe(204);
  });

  it('takes no body that is larger than any event', async () => {
    const event = {
      id: '01980f2e-6a4c-7d1b-9a55-3f0f5f0c9a12',
      type: 'payer.erased',
      payerId: 'x'.repeat(300_000),
    };

    expect(await send(event)).toBe(413);
  });

  it('goes on with others while it cannot apply one, and applies that one when it can', async () => {
    await tokenkeep.sql(
      `ALTER TABLE app.received_event ADD CONSTRAINT poison CHECK (event_id IS NULL) NOT VALID`,
    );
    const stuck = await paid();
    await eventually(
      undelivered,
      (messages) => messages.some(({ tries }) => tries > 0) && messages.every(({ underWay }) => !underWay), // refused already
    );
    await tokenkeep.sql(
      `UPDATE payments.outbox_message SET due_at = now() + interval '55 s' WHERE delivered_at IS NULL`, // it was tried for long
    );
    await tokenkeep.sql(`ALTER TABLE app.received_event DROP CONSTRAINT poison`);
    const other = await paid();

    await isPaid(other);
    expect((await undelivered()).length).toBeGreaterThan(0);
    await tokenkeep.cli('outbox', 'retry');
    await isPaid(stuck);
    const [attempt] = await tokenkeep.sql<Body>(
      `SELECT http_status FROM payments.event_attempt WHERE endpoint_id IS NULL ORDER BY attempted_at LIMIT 1`,
    );
    expect(attempt).toEqual({ http_status: 500 });
  });

  it('is told of events together that are due together', async () => {
    const orders = await Promise.all(Array.from({ length: 6 }, paid));
    const eventIds = await delivered(orders.map(({ payment }) => payment));
    const before = await posts();

    await tellAgain(eventIds);
    await eventually(undelivered, (messages) => messages.length === 0);

    expect((await posts()) - before).toBe(1);
    expect(await Promise.all(eventIds.map(applied))).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('applies the others of a post when it cannot apply one, and only that one comes again', async () => {
    const orders = await Promise.all(Array.from({ length: 4 }, paid));
    const eventIds = await delivered(orders.map(({ payment }) => payment));
    const [stuck, ...others] = eventIds as [string, ...string[]];
    await tokenkeep.sql(
      `ALTER TABLE app.received_event ADD CONSTRAINT poison CHECK (event_id <> '${stuck}') NOT VALID`,
    );

    await tellAgain(eventIds);
    const left = await eventually(
      undelivered,
      (messages) => messages.length === 1 && messages.every(({ underWay }) => !underWay),
    );
    const refused = await tokenkeep.sql<Body>(
      `SELECT DISTINCT message_id AS id, http_status FROM payments.event_attempt WHERE message_id = ANY ($1)`,
      [eventIds],
    );
    await tokenkeep.sql(`ALTER TABLE app.received_event DROP CONSTRAINT poison`);
    await tokenkeep.cli('outbox', 'retry');
    await eventually(undelivered, (messages) => messages.length === 0);

    expect(left.map(({ id }) => id)).toEqual([stuck]);
    expect(refused).toEqual([{ id: stuck, http_status: 500 }]);
    expect(await Promise.all(others.map(applied))).toEqual([1, 1, 1]);
    expect(await applied(stuck)).toBe(1);
  });

  it('is told alone of what it did not take before, so that this holds up no other', async () => {
    const orders = await Promise.all(Array.from({ length: 3 }, paid));
    const eventIds = await delivered(orders.map(({ payment }) => payment));
    const before = await posts();

    await tellAgain(eventIds, 1);
    await eventually(undelivered, (messages) => messages.length === 0);

    expect((await posts()) - before).toBe(3);
    expect(await Promise.all(eventIds.map(applied))).toEqual([1, 1, 1]);
  });

  it('applies each event of a post for itself, wherever in it the one is that it cannot apply', async () => {
    const event = { type: 'payment.created', occurredAt: new Date().toISOString() };
    const payment = { payerId: 'nobody', obligation: 'tests:17', status: 'processing' };
    const [first, second, third] = [1, 2, 3].map((it) => `01980f2e-6a4c-7d1b-9a55-3f0f5f0c9a2${it}`);
    const events = [
      { ...event, id: first, payment: null },
      { ...event, id: second, payment },
      { ...event, id: third, payment },
    ];
    const post = { id: '01980f2e-6a4c-7d1b-9a55-3f0f5f0c9a20', events };
    const changed = JSON.stringify({ version: 1, ...post, events: events.slice(1) });

    expect(await send(post, { secret: SECRETS[2] })).toBe(400);
    expect(await send(post, { body: changed })).toBe(400);
    expect(await applied(second!)).toBe(0);
    expect(await send(post)).toBe(500);
    expect(await Promise.all([first, second, third].map((id) => applied(id!)))).toEqual([0, 1, 1]);
    expect(await send({ ...post, events: events.slice(1) })).toBe(204);
    expect(await applied(second!)).toBe(1);
  });

  it('loses no event while its secret is exchanged', async () => {
    const exchange = async (file: string, text: string) => {
      await writeFile(file, text);
      process.emit('SIGHUP');
    };

    await exchange(files.known, `${SECRETS[1]},${SECRETS[0]}`);
    await exchange(files.signing, SECRETS[1]);
    await isPaid(await paid());
    await exchange(files.known, SECRETS[1]);
    await isPaid(await paid());

    expect(await send({ id: '01980f2e-6a4c-7d1b-9a55-3f0f5f0c9a13', type: 'payer.erased' })).toBe(400);
    expect(await tokenkeep.sql(`SELECT FROM payments.event_attempt WHERE http_status = 400`)).toEqual([]);
  });

  it('that was away for hours hears of everything, in order, and once', async () => {
    const { payment } = await paid();
    await untilSettled(tokenkeep);
    await eventually(undelivered, (messages) => messages.length === 0);
    const finance = await tokenkeep.as('finance');
    const atPayments = new Api(tokenkeep.alone!.url, finance.subject, finance.token);
    const refund = (amountMinor: number) =>
      atPayments.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor });

    await tokenkeep.stopApplication();
    for (const amountMinor of [100, 200, 300]) expect((await refund(amountMinor)).status).toBe(201);
    const waiting = await eventually(undelivered, (messages) => messages.some(({ tries }) => tries > 0));
    await tokenkeep.sql(
      `UPDATE payments.outbox_message SET due_at = now() + interval '9 min' WHERE delivered_at IS NULL AND tries > 0`,
    );
    const back = await startTokenkeep({
      beside: tokenkeep,
      shape: 'process',
      port: Number(new URL(tokenkeep.url).port),
      environment: { PAYMENTS_EVENTS_SECRETS_FILE: files.known },
    });
    await tokenkeep.sql(`UPDATE payments.outbox_message SET due_at = now() WHERE id = $1`, [waiting[0]!.id]);
    await eventually(undelivered, (messages) => messages.length === 0);
    await back.stop();

    const heard = await tokenkeep.sql<{ id: string }>(
      `SELECT event_id AS id FROM app.received_event WHERE listener = 'billing' AND event_id = ANY ($1) ORDER BY received_at`,
      [waiting.map(({ id }) => id)],
    );
    expect(waiting.length).toBeGreaterThanOrEqual(6); // each refund: on its way, and arrived
    expect(heard.map(({ id }) => id)).toEqual(waiting.map(({ id }) => id));
  });
});
