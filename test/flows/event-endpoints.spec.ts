import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api, Body } from '../support/api.js';
import { believes, EventReceiver } from '../support/event-receiver.js';
import { eventually, invoiceFor, payerIdOf, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

/** A private address that the configuration allows; 127.0.0.1 is one that it does not. */
const ALLOWED = '127.0.0.2';
const ENVIRONMENT = { EVENT_ENDPOINTS_PRIVATE_RANGES: ALLOWED };

let tokenkeep: Tokenkeep;
let ops: Api;
const receivers: EventReceiver[] = [];
beforeAll(async () => {
  tokenkeep = await startTokenkeep({ environment: ENVIRONMENT });
  ops = await tokenkeep.as('ops');
});
afterAll(async () => {
  await tokenkeep.stop();
  for (const receiver of receivers) await receiver.close();
});

async function receiver(): Promise<EventReceiver> {
  const opened = await new EventReceiver(ALLOWED).open();
  receivers.push(opened);
  return opened;
}

/** Somebody subscribes; gives the endpoint with its secret. */
async function endpointAt(url: string, more: object = {}): Promise<Body> {
  const { status, body } = await ops.post('/v1/event-endpoints', { url, ...more });
  expect([status, body.detail]).toEqual([201, undefined]);
  return body;
}

async function paid(payer?: Api): Promise<Body> {
  payer ??= await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, payer);
  const invoice = await invoiceFor(tokenkeep, payer, 8_000);
  return (await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id })).body;
}

const deliveriesOf = async ({ id }: Body, query = ''): Promise<Body[]> =>
  (await ops.get(`/v1/event-endpoints/${id}/deliveries?limit=100${query}`)).body.data;

/** All that waits is due: hours have gone by. */
const hoursPass = async (): Promise<void> => {
  await tokenkeep.sql(`UPDATE payments.event_endpoint SET paused_until = NULL`);
  await tokenkeep.sql(
    `UPDATE payments.event_delivery SET due_at = clock_timestamp() WHERE status = 'waiting'`,
  );
};

const arrived = (at: EventReceiver, payment: Body, count: number) =>
  eventually(
    async () => at.typesOf(payment.id),
    (types) => types.length >= count,
  );

describe('an event endpoint', () => {
  it('hears of a payment from its beginning to its end, in order and signed', async () => {
    const at = await receiver();
    const { secret } = await endpointAt(at.url, { description: 'the ledger' });

    const payment = await paid();

    expect(await arrived(at, payment, 2)).toEqual(['payment.created', 'payment.succeeded']);
    const [, last] = at.of(payment.id);
    expect(believes(secret, last!)).toBe(true);
    expect(last!.headers['webhook-id']).toBe(last!.event.id);
    expect(last!.event).toMatchObject({
      version: 1,
      type: 'payment.succeeded',
      payment: { id: payment.id, status: 'succeeded', amountMinor: 8_000, currency: 'USD' },
    });
  });

  it('hears of nothing but what it asked for', async () => {
    const at = await receiver();
    await endpointAt(at.url, { eventTypes: ['payment.succeeded'] });

    const payment = await paid();

    await arrived(at, payment, 1);
    expect(at.received.map(({ event }) => event.type)).toEqual(['payment.succeeded']);
  });

  it('shows its secret once, and the database holds it sealed', async () => {
    const at = await receiver();
    const { id, secret } = await endpointAt(at.url);

    const shown = await ops.get(`/v1/event-endpoints/${id}`);
    const [row] = await tokenkeep.sql<{ row: string }>(
      `SELECT to_jsonb(e)::text || encode(secret, 'escape') AS row FROM payments.event_endpoint e WHERE id = $1`,
      [id],
    );

    expect(shown.body).toMatchObject({ id, url: at.url, status: 'active' });
    expect(JSON.stringify(shown.body) + row!.row).not.toContain(secret);
  });

  it('gets each event once where several instances deliver', async () => {
    const at = await receiver();
    await endpointAt(at.url, { eventTypes: ['payment.created', 'payment.succeeded'] });
    const second = await startTokenkeep({ beside: tokenkeep, environment: ENVIRONMENT });

    const payments = await Promise.all([paid(), paid(), paid()]);
    for (const payment of payments) await arrived(at, payment, 2);
    await second.stop();

    for (const { id } of payments) expect(at.typesOf(id)).toEqual(['payment.created', 'payment.succeeded']);
  });

  it('is left with what it missed while it was away: everything comes, in order', async () => {
    const at = await receiver();
    const endpoint = await endpointAt(at.url, { eventTypes: ['payment.created', 'payment.succeeded'] });
    await at.close();
    const payment = await paid();
    const [first] = await eventually(
      () => deliveriesOf(endpoint),
      (all) => all.length === 2 && all.some((it) => it.attempts.length > 0),
    );
    expect(first).toMatchObject({ status: 'waiting', attempts: [] }); // the later one waits for the earlier
    expect((await ops.get(`/v1/event-endpoints/${endpoint.id}`)).body.failingSince).not.toBeNull();

    await at.open();
    await hoursPass();

    expect(await arrived(at, payment, 2)).toEqual(['payment.created', 'payment.succeeded']);
    const [, earlier] = await eventually(
      () => deliveriesOf(endpoint),
      (all) => all.every((it) => it.status === 'delivered'),
    );
    expect(earlier!.attempts).toMatchObject([
      { httpStatus: null, problem: 'ECONNREFUSED' },
      { httpStatus: 204, problem: null },
    ]);
  });

  it('that refuses one event gets all the others; the log keeps its words, without card data', async () => {
    const at = await receiver();
    const endpoint = await endpointAt(at.url, { eventTypes: ['payment.created', 'payment.succeeded'] });
    let poison = '';
    at.answer = ({ payment, type }) => {
      if (type === 'payment.created') poison ||= payment.id;
      const number = ['4242', '4242', '4242', '4242'].join(' ');
      return payment.id === poison ? { status: 500, body: `no place for ${number}` } : { status: 200 };
    };

    const refused = await paid();
    const other = await paid();

    expect(await arrived(at, other, 2)).toEqual(['payment.created', 'payment.succeeded']);
    expect(at.typesOf(refused.id)).not.toContain('payment.succeeded');
    const waiting = await eventually(
      () => deliveriesOf(endpoint, '&status=waiting'),
      (all) => all.at(-1)?.attempts.length > 0, // the others may arrive while this answer is written down
    );
    expect(waiting.at(-1)!.attempts[0]).toMatchObject({
      httpStatus: 500,
      answer: 'no place for [card number removed]',
    });
  });

  it('is left alone for as long as it asks, with every event', async () => {
    const at = await receiver();
    const endpoint = await endpointAt(at.url, { eventTypes: ['payment.succeeded'] });
    at.answer = () => ({ status: 503, headers: { 'retry-after': '1800' } });

    await arrived(at, await paid(), 1);
    const [waiting] = await eventually(
      () => deliveriesOf(endpoint),
      ([first]) => first?.attempts.length === 1,
    );

    const waits = Date.parse(waiting!.nextTryAt) - Date.parse(waiting!.attempts[0].attemptedAt);
    expect(Math.round(waits / 60_000)).toBe(30);
    const [paused] = await tokenkeep.sql<{ minutes: number }>(
      `SELECT round(extract(epoch FROM paused_until - clock_timestamp()) / 60)::int AS minutes
         FROM payments.event_endpoint WHERE id = $1`,
      [endpoint.id],
    );
    expect(paused).toEqual({ minutes: 30 });
  });

  it('is given up on after the last try, and gets it when somebody sends it again', async () => {
    const at = await receiver();
    const endpoint = await endpointAt(at.url, { eventTypes: ['payment.succeeded'] });
    at.answer = () => ({ status: 503 });
    const payment = await paid();
    await arrived(at, payment, 1);
    await tokenkeep.sql(`UPDATE payments.event_delivery SET tries = 9 WHERE endpoint_id = $1`, [endpoint.id]);
    await hoursPass();
    const [given] = await eventually(
      () => deliveriesOf(endpoint, '&status=failed'),
      (all) => all.length === 1,
    );
    at.answer = () => ({ status: 200 });

    const { body } = await ops.post(`/v1/event-endpoints/${endpoint.id}/resends`, {
      eventIds: [given!.eventId],
    });

    expect(body).toEqual({ count: 1 });
    await eventually(
      () => deliveriesOf(endpoint, '&status=delivered'),
      (all) => all.length === 1,
    );
    expect(new Set(at.of(payment.id).map(({ event }) => event.id)).size).toBe(1); // the same id each time
  });

  it('is sent what happened before it was there, by a command', async () => {
    const payment = await paid();
    const at = await receiver();
    const endpoint = await endpointAt(at.url, { eventTypes: ['payment.created', 'payment.succeeded'] });

    const said = await tokenkeep.cli('endpoints', 'resend', endpoint.id, '--since', payment.createdAt);

    expect(said.stdout).toMatch(/^[1-9]\d* will be sent again\.$/m);
    expect(await arrived(at, payment, 2)).toEqual(['payment.created', 'payment.succeeded']);
  });

  it('changes its secret without losing an event', async () => {
    const at = await receiver();
    const { id, secret: old } = await endpointAt(at.url, { eventTypes: ['payment.succeeded'] });

    const { body } = await ops.post(`/v1/event-endpoints/${id}/secret-rotations`, { overlapHours: 1 });
    const during = await paid();
    await arrived(at, during, 1);
    await tokenkeep.sql(
      `UPDATE payments.event_endpoint SET previous_secret_until = now() - interval '1 s' WHERE id = $1`,
      [id],
    );
    const after = await paid();
    await arrived(at, after, 1);

    const believed = [during, after].map((payment) =>
      [old, body.secret].map((secret: string) => believes(secret, at.of(payment.id)[0]!)),
    );
    expect(believed).toEqual([
      [true, true],
      [false, true],
    ]);
  });

  it('that took nothing for days is disabled, and somebody is told', async () => {
    const at = await receiver();
    const endpoint = await endpointAt(at.url, { eventTypes: ['payment.succeeded'] });
    at.answer = () => ({ status: 500 });
    await arrived(at, await paid(), 1);
    await eventually(
      async () => (await ops.get(`/v1/event-endpoints/${endpoint.id}`)).body,
      ({ failingSince }) => failingSince !== null,
    );
    await tokenkeep.sql(
      `UPDATE payments.event_endpoint SET failing_since = now() - interval '6 days' WHERE id = $1`,
      [endpoint.id],
    );
    await hoursPass();

    const { body } = await eventually(
      () => ops.get(`/v1/event-endpoints/${endpoint.id}`),
      (answer) => answer.body.status === 'disabled',
    );

    expect(body.disabledReason).toBe('failing');
    expect((await tokenkeep.cli('attention')).stdout).toContain(endpoint.id);
    expect(await (await fetch(`${tokenkeep.url}/metrics`)).text()).toMatch(
      /^event_endpoints\{status="disabled"\} [1-9]/m,
    );
    const [entry] = await tokenkeep.sql<{ actor: string }>(
      `SELECT actor FROM payments.audit_entry WHERE action = 'event_endpoint.disabled' AND target_id = $1`,
      [endpoint.id],
    );
    expect(entry).toEqual({ actor: 'event deliveries' });
    expect((await ops.post(`/v1/event-endpoints/${endpoint.id}/resends`, { isFailed: true })).body.code).toBe(
      'event_endpoint_disabled',
    );
    at.answer = () => ({ status: 200 });
    await ops.post(`/v1/event-endpoints/${endpoint.id}/enablements`);
    expect(
      (await ops.post(`/v1/event-endpoints/${endpoint.id}/resends`, { isFailed: true })).body.count,
    ).toBe(1);
  });

  it('that says it is gone is disabled at once', async () => {
    const at = await receiver();
    const endpoint = await endpointAt(at.url);
    at.answer = () => ({ status: 410 });

    await paid();

    await eventually(
      async () => (await ops.get(`/v1/event-endpoints/${endpoint.id}`)).body,
      (it) => it.disabledReason === 'gone',
    );
  });

  it('hears of a payer who is erased, before payments forget who it was', async () => {
    const at = await receiver();
    const endpoint = await endpointAt(at.url, { eventTypes: ['payer.erased'] });
    await at.close();
    const payer = await tokenkeep.as('payer');
    await savedCard(tokenkeep, payer);
    const payerId = payerIdOf(payer);
    const erasures = (status: string) =>
      tokenkeep.sql(`SELECT FROM payments.payer_erasure WHERE status = $1`, [status]);

    await tokenkeep.cli('payers', 'erase', payerId, '--wait', '0');
    await eventually(
      () => erasures('told'),
      (open) => open.length === 1,
    );
    await eventually(
      () => deliveriesOf(endpoint),
      ([first]) => first?.attempts.length > 0, // in vain, and now the endpoint is left alone for a while
    );
    await at.open();
    await hoursPass();

    const [told] = await eventually(
      async () => at.received,
      (all) => all.length > 0,
    );
    expect(told!.event).toMatchObject({ type: 'payer.erased', payerId });
    await eventually(
      () => erasures('done'),
      (done) => done.length === 1,
    );
  });
});

describe('an address for events', () => {
  it.each([
    'http://127.0.0.1:4000/',
    'http://2130706433/', // 127.0.0.1 as one number
    'https://10.1.2.3/',
    'https://169.254.169.254/latest/meta-data', // where clouds tell of their credentials
    'https://[::1]/',
    'https://[::ffff:10.1.2.3]/',
    'https://[fd00::1]/',
    'ftp://example.edu/',
    'https://name:password@example.edu/',
    'events',
  ])('%s is refused', async (url) => {
    const { status, body } = await ops.post('/v1/event-endpoints', { url });

    expect([status, body.code]).toEqual([400, 'validation_failed']);
  });

  it('whose name leads to a private one gets nothing, and says why', async () => {
    const at = await new EventReceiver('127.0.0.1').open();
    receivers.push(at);
    const endpoint = await endpointAt(at.url.replace('127.0.0.1', 'localhost'));

    await paid();

    const [delivery] = await eventually(
      () => deliveriesOf(endpoint),
      (all) => all.some((it) => it.attempts.length > 0),
    ).then((all) => all.filter((it) => it.attempts.length > 0));
    expect(delivery!.attempts[0]).toMatchObject({ httpStatus: null, problem: 'address_refused' });
    expect(at.received).toEqual([]);
    await ops.post(`/v1/event-endpoints/${endpoint.id}/disablements`);
  });

  it('that sends elsewhere is not followed', async () => {
    const [at, elsewhere] = [await receiver(), await receiver()];
    const endpoint = await endpointAt(at.url);
    at.answer = () => ({ status: 307, headers: { location: elsewhere.url } });

    await arrived(at, await paid(), 1);

    expect(elsewhere.received).toEqual([]);
    await ops.post(`/v1/event-endpoints/${endpoint.id}/disablements`);
  });
});
