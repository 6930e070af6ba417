import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, Api, Body } from '../support/api.js';
import { eventually, invoiceFor, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const OLD_SECRET = `whsec_${randomBytes(12).toString('hex')}`;

/** Stripe's own ways of signing and telling. What holds for every gateway's news: test/flows/webhooks. */
let tokenkeep: Tokenkeep;
beforeAll(async () => {
  const newest = `whsec_${randomBytes(12).toString('hex')}`;
  tokenkeep = await startTokenkeep({
    gateway: 'stripe',
    environment: { STRIPE_WEBHOOK_SECRETS: `${newest},${OLD_SECRET}` },
    webhookSecret: newest,
  });
});
afterEach(() => tokenkeep.sandbox.worksAgain());
afterAll(() => tokenkeep.stop());

describe('an event that a gateway may not have sent', () => {
  it.each<[string, (body: string) => Record<string, string>]>([
    ['no signature', () => ({})],
    ['an empty signature', () => ({ 'stripe-signature': '' })],
    ['nonsense for a signature', () => ({ 'stripe-signature': 't=now,v1=right' })],
    ['a signature with somebody else’s secret', (body) => signed(body, { secret: 'whsec_guess' })],
    ['a signature of another body', (body) => signed(`${body} `)],
    [
      'a signature that was cut off',
      (body) => ({ 'stripe-signature': signed(body)['stripe-signature'].slice(0, -2) }),
    ],
    ['no time', (body) => ({ 'stripe-signature': signed(body)['stripe-signature'].replace(/t=\d+,/, '') })],
    [
      'another time than the one that was signed',
      (body) => ({
        'stripe-signature': signed(body, { ageSeconds: 10 })['stripe-signature'].replace(
          /t=\d+/,
          `t=${now()}`,
        ),
      }),
    ],
    [
      'a weaker scheme',
      (body) => ({ 'stripe-signature': signed(body)['stripe-signature'].replace('v1=', 'v0=') }),
    ],
    ['a time five minutes ago', (body) => signed(body, { ageSeconds: 301 })],
    ['a time in an hour', (body) => signed(body, { ageSeconds: -3_600 })],
  ])('is refused and forgotten: %s', async (_, headers) => {
    const body = textOf(eventAbout({}));

    const answer = await post(body, headers(body));

    expect([answer.status, answer.body.code]).toEqual([400, 'webhook_signature_invalid']);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(await stored(body)).toEqual([]);
  });

  it('is refused when its JSON was written anew on the way, although it says the same', async () => {
    const body = textOf(eventAbout({}));

    const answer = await post(JSON.stringify(JSON.parse(body)), signed(body));

    expect(answer.status).toBe(400);
    expect(await stored(body)).toEqual([]);
  });

  it('is refused when it is no JSON, although the signature is right', async () => {
    const answer = await post('{"id":', signed('{"id":'));

    expect(answer.status).toBe(400);
  });
});

describe('an event that the gateway sent', () => {
  it.each([
    ['the newest secret', 0],
    ['the secret before', 1],
  ])('is taken when it is signed with %s', async (_, which) => {
    const body = textOf(eventAbout({}));
    const secret = [tokenkeep.webhookSecret, OLD_SECRET][which]!;

    const answer = await post(body, signed(body, { secret }));

    expect(answer.status).toBe(200);
    expect(await stored(body)).toHaveLength(1);
  });

  it('is taken when one of its signatures is right, as while a secret is being changed', async () => {
    const body = textOf(eventAbout({}));
    const wrong = signed(body, { secret: 'whsec_next' })['stripe-signature'];
    const right = signed(body)['stripe-signature'].split(',')[1];

    expect((await post(body, { 'stripe-signature': `${wrong},${right}` })).status).toBe(200);
  });

  it('is taken shortly before it is too old', async () => {
    const body = textOf(eventAbout({}));

    expect((await post(body, signed(body, { ageSeconds: 290 }))).status).toBe(200);
  });

  it('is kept byte for byte, sealed, for an operator to look at', async () => {
    const body = textOf(eventAbout({ description: 'clé \u2028 17.0' })).replaceAll('  ', '\t');

    await post(body, signed(body));

    const [event] = await stored(body);
    expect((await tokenkeep.cli('webhooks', 'show', event.id)).stdout).toBe(`${body}\n`);
    const [{ readable }] = (await tokenkeep.sql<{ readable: boolean }>(
      `SELECT position(convert_to('clé', 'UTF8') in body) > 0 AS readable FROM payments.webhook_event WHERE id = $1`,
      [event.id],
    )) as [{ readable: boolean }];
    expect(readable).toBe(false);
  });

  it('is only a hint: what it claims is not believed', async () => {
    const { payer, payment, intent } = await waitingPayment();
    const lie = { ...intent, status: 'succeeded', amount_received: intent.amount };
    const body = textOf(eventAbout(lie, 'payment_intent.succeeded'));

    await post(body, signed(body));
    await isProcessed(body);

    expect((await payer.get(`/v1/payments/${payment.id}`)).body.status).toBe('requires_action');
  });

  it('of a kind that we do not know is kept and acknowledged', async () => {
    const body = textOf(eventAbout({ object: 'treasury.unheard_of' }, 'treasury.unheard_of.created'));

    const answer = await post(body, signed(body));

    expect(answer.status).toBe(200);
    expect(await isProcessed(body)).toMatchObject({
      type: 'treasury.unheard_of.created',
      status: 'processed',
    });
  });

  it.each([
    ['payment_intent', 'payment_intent.succeeded'],
    ['setup_intent', 'setup_intent.succeeded'],
    ['checkout.session', 'checkout.session.completed'],
  ])('about somebody else’s %s changes nothing', async (object, type) => {
    const before = await tokenkeep.sql('SELECT id, status, version FROM payments.payment ORDER BY id');
    const foreign = { id: `foreign_${randomUUID()}`, object, mode: 'setup', status: 'succeeded' };
    const body = textOf(eventAbout(foreign, type));

    await post(body, signed(body));

    expect(await isProcessed(body)).toMatchObject({ status: 'processed' });
    expect(await tokenkeep.sql('SELECT id, status, version FROM payments.payment ORDER BY id')).toEqual(
      before,
    );
  });

  it('without an object is kept and acknowledged', async () => {
    const body = textOf({ ...eventAbout({}), data: { object: {} } });

    expect((await post(body, signed(body))).status).toBe(200);
    expect(await isProcessed(body)).toMatchObject({ status: 'processed' });
  });
});

describe('an event that cannot be applied', () => {
  it('is applied once the gateway answers again', async () => {
    const { payer, invoice, intent } = await waitingPayment();
    await tokenkeep.sandbox.breaks({
      does: 'answer_503',
      on: `GET /v1/payment_intents/${intent.id}`,
      times: 2,
    });

    await tokenkeep.sandbox.authenticate(intent.id, 'succeed');

    await isPaid(payer, invoice);
  });
});

/** Stripe's events, as far as anybody reads them. */
function eventAbout(object: Body, type = 'payment_intent.created'): Body {
  return {
    id: `evt_${randomUUID()}`,
    object: 'event',
    type,
    created: now(),
    livemode: false,
    data: { object },
  };
}

/** Not how JSON.stringify would write it again. */
function textOf(event: Body): string {
  return JSON.stringify(event, null, 2);
}

function signed(body: string, { secret = tokenkeep.webhookSecret, ageSeconds = 0 } = {}) {
  const at = now() - ageSeconds;
  const signature = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
  return { 'stripe-signature': `t=${at},v1=${signature}` };
}

async function post(body: string, headers: Record<string, string>, gateway = 'stripe'): Promise<Answer> {
  const answer = await fetch(`${tokenkeep.url}/v1/webhooks/${gateway}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body,
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

function stored(body: string): Promise<Body[]> {
  return tokenkeep.sql(
    `SELECT id, type, status, tries, last_error, due_at,
            extract(epoch FROM clock_timestamp() - received_at) AS seconds
       FROM payments.webhook_event WHERE provider_event_id = $1`,
    [idOf(body)],
  );
}

function isProcessed(body: string): Promise<Body> {
  return eventually(
    async () => (await stored(body))[0],
    (row) => row?.status === 'processed',
  );
}

function idOf(body: string): string {
  const event: Body = JSON.parse(body);
  return event.id;
}

/** A payment that waits for the payer, and the gateway's object behind it. */
async function waitingPayment(): Promise<{ payer: Api; invoice: Body; payment: Body; intent: Body }> {
  const payer = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, payer, 'pm_card_authenticationRequiredSetupForOffSession');
  const invoice = await invoiceFor(tokenkeep, payer);
  const { body: payment } = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, {
    paymentMethodId: card.id,
  });
  const [attempt] = await tokenkeep.sql<{ id: string }>(
    'SELECT provider_payment AS id FROM payments.payment_attempt WHERE payment_id = $1',
    [payment.id],
  );
  const intent = await tokenkeep.sandbox.call('GET', `/v1/payment_intents/${attempt?.id}`);
  return { payer, invoice, payment, intent };
}

function isPaid(payer: Api, invoice: Body): Promise<Body> {
  return eventually(
    async () => (await payer.get(`/v1/invoices/${invoice.id}`)).body,
    (it) => it.status === 'paid',
  );
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
