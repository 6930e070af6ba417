import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, Api, Body } from '../support/api.js';
import { CARD_SETUP, itWhere, theGateway } from '../support/gateways.js';
import { atTheGateway, eventually, inLedger, invoiceFor, payerIdOf, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
});
afterEach(() => tokenkeep.sandbox.worksAgain());
afterAll(() => tokenkeep.stop());

describe('saving a card', () => {
  itWhere('hasPage', 'sends the payer to the gateway’s own page and saves what they gave there', async () => {
    const payer = await tokenkeep.as('payer');
    await tokenkeep.sandbox.keepsWebhooksBack();

    const started = await startSetup(payer);
    const returned = await tokenkeep.sandbox.completeSetup(started.body, 'pm_card_visa');
    const completed = await complete(payer, started.body, returned);

    expect(started.status).toBe(201);
    expect(started.body).toMatchObject({ status: 'pending', clientSecret: null, publishableKey: null });
    expect(started.body.redirectUrl).toMatch(`${tokenkeep.sandbox.address}/`);
    expect(completed.status).toBe(201);
    expect(completed.body).toEqual({
      id: expect.any(String),
      type: 'card',
      status: 'active',
      isDefault: true,
      cardBrand: 'visa',
      lastFour: '4242',
      expiryMonth: expect.any(Number),
      expiryYear: expect.any(Number),
      bankName: null,
      attention: null,
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect((await payer.get(`/v1/setup-intents/${started.body.id}`)).body).toMatchObject({
      status: 'completed',
      paymentMethodId: completed.body.id,
    });
  });

  it('gives the gateway’s fields in our own page what they need', async () => {
    const payer = await tokenkeep.as('payer');
    await tokenkeep.sandbox.keepsWebhooksBack();

    const started = await startSetup(payer, { ...CARD_SETUP, flow: 'embedded' });
    const returned = await tokenkeep.sandbox.completeSetup(started.body, 'pm_card_mastercard');
    const completed = await complete(payer, started.body, returned);

    expect(started.status).toBe(201);
    expect(started.body).toMatchObject({
      redirectUrl: null,
      clientSecret: expect.any(String),
      gateway: theGateway.gateway,
    });
    expect(String(started.body.publishableKey)).toMatch(theGateway.publishableKey);
    expect(completed.status).toBe(201);
    expect(completed.body).toMatchObject({ cardBrand: 'mastercard', lastFour: '4444', status: 'active' });
  });

  it.each(theGateway.flows)(
    'says that it is not finished before the payer has finished (%s)',
    async (flow) => {
      const payer = await tokenkeep.as('payer');
      const { body: setup } = await startSetup(payer, { ...CARD_SETUP, flow });

      const early = await complete(payer, setup);

      expect(early.status).toBe(409);
      expect(early.body.code).toBe('setup_incomplete');
      expect(await listed(payer)).toEqual([]);
    },
  );

  it('lets the payer finish after having come back too early', async () => {
    const payer = await tokenkeep.as('payer');
    const { body: setup } = await startSetup(payer);
    await complete(payer, setup);

    const returned = await tokenkeep.sandbox.completeSetup(setup);
    const later = await complete(payer, setup, returned);

    expect([200, 201]).toContain(later.status);
    expect(await listed(payer)).toHaveLength(1);
  });

  itWhere(
    'savesByNews',
    'saves the card by the gateway’s event alone when the payer never comes back',
    async () => {
      const payer = await tokenkeep.as('payer');
      const { body: setup } = await startSetup(payer);

      await tokenkeep.sandbox.completeSetup(setup);

      const [card] = await eventually(
        () => listed(payer),
        (cards) => cards.length > 0,
      );
      expect(card).toMatchObject({ lastFour: '4242', isDefault: true });
      expect((await complete(payer, setup)).body.id).toBe(card.id);
    },
  );

  it('answers a second completion with the card that the first one saved', async () => {
    const payer = await tokenkeep.as('payer');
    await tokenkeep.sandbox.keepsWebhooksBack();
    const { body: setup } = await startSetup(payer);
    const returned = await tokenkeep.sandbox.completeSetup(setup);

    const first = await complete(payer, setup, returned);
    const second = await complete(payer, setup, returned);

    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body).toEqual(first.body);
    expect(await listed(payer)).toHaveLength(1);
  });

  it('saves one card when the payer comes back many times at once, beside the gateway’s event', async () => {
    const payer = await tokenkeep.as('payer');
    const { body: setup } = await startSetup(payer);
    const returned = await tokenkeep.sandbox.completeSetup(setup);

    const answers = await Promise.all(Array.from({ length: 8 }, () => complete(payer, setup, returned)));

    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(1);
    expect(await listed(payer)).toHaveLength(1);
  });

  it('saves a refused card under no circumstances', async () => {
    const payer = await tokenkeep.as('payer');
    const { body: setup } = await startSetup(payer);

    const returned = await tokenkeep.sandbox
      .completeSetup(setup, 'pm_card_chargeDeclined')
      .catch(() => undefined); // told on the page, or once the payer is back

    expect((await complete(payer, setup, returned)).body.code).toBe('setup_incomplete');
    expect(await listed(payer)).toEqual([]);
  });

  it('says that the gateway does not answer, and works once it does', async () => {
    const payer = await tokenkeep.as('payer');
    await tokenkeep.sandbox.breaks({ does: 'answer_503', on: theGateway.setups, times: 10 });

    const down = await startSetup(payer);
    await tokenkeep.sandbox.worksAgain();
    const up = await startSetup(payer);

    expect(down.status).toBe(503);
    expect(down.body.code).toBe('gateway_unavailable');
    expect(Number(down.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(up.status).toBe(201);
  });

  it.each([
    ['another host', 'https://evil.example/back'],
    ['scheme-relative', '//127.0.0.1:3000/back'],
    ['a look-alike subdomain', 'http://127.0.0.1.evil.example:3000/back'],
    ['a look-alike prefix', 'http://127.0.0.1:30000/back'],
    ['our address as the user of another host', 'http://127.0.0.1:3000@evil.example/back'],
    ['a user at our address', 'http://evil.example@127.0.0.1:3000/back'],
    ['a backslash that parsers read differently', 'http://127.0.0.1:3000\\@evil.example/back'],
    ['a script', 'javascript:alert(1)'],
    ['a script that begins with our address', 'javascript:http://127.0.0.1:3000/%0aalert(1)'],
    ['data', 'data:text/html,<script>alert(1)</script>'],
    ['another port', 'http://127.0.0.1:3001/back'],
    ['another scheme', 'https://127.0.0.1:3000/back'],
    ['a line break', 'http://127.0.0.1:3000/\r\nLocation: https://evil.example'],
    ['a path only', '/back'],
  ])('refuses to send the payer back to %s', async (_, returnUrl) => {
    const payer = await tokenkeep.as('payer');

    const { status, body } = await startSetup(payer, { ...CARD_SETUP, returnUrl });

    expect(status).toBe(400);
    expect(body.code).toBe('validation_failed');
    expect(JSON.stringify(body)).not.toContain(returnUrl);
  });

  itWhere('hasPage', 'refuses to send the payer away without an address to come back to', async () => {
    const payer = await tokenkeep.as('payer');

    const { status, body } = await startSetup(payer, { ...CARD_SETUP, returnUrl: '' });

    expect([status, body.code]).toEqual([400, 'validation_failed']);
  });
});

describe('the payer’s cards', () => {
  it('offers the first card first until the payer chooses another one', async () => {
    const payer = await tokenkeep.as('payer');
    const first = await savedCard(tokenkeep, payer);
    const second = await savedCard(tokenkeep, payer, 'pm_card_mastercard');

    const chosen = await payer.put(`/v1/payment-methods/${second.id}/default`);

    expect([first.isDefault, second.isDefault]).toEqual([true, false]);
    expect(chosen.status).toBe(200);
    expect(chosen.body).toEqual({ ...second, isDefault: true });
    expect((await listed(payer)).map(({ id, isDefault }) => [id, isDefault])).toEqual([
      [second.id, true],
      [first.id, false],
    ]);
  });

  it('has one default when two cards are chosen at the same moment', async () => {
    const payer = await tokenkeep.as('payer');
    const cards = [await savedCard(tokenkeep, payer), await savedCard(tokenkeep, payer)];

    const answers = await Promise.all(
      [...cards, ...cards].map(({ id }) => payer.put(`/v1/payment-methods/${id}/default`)),
    );

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await listed(payer)).filter(({ isDefault }) => isDefault)).toHaveLength(1);
  });

  it('come in pages, the newest first, each card once', async () => {
    const payer = await tokenkeep.as('payer');
    const saved = [];
    for (const card of ['pm_card_visa', 'pm_card_mastercard', 'pm_card_amex'])
      saved.unshift(await savedCard(tokenkeep, payer, card));

    const first = (await payer.get('/v1/payment-methods?limit=2')).body;
    const second = (await payer.get(`/v1/payment-methods?limit=2&cursor=${first.nextCursor}`)).body;
    const exact = (await payer.get('/v1/payment-methods?limit=3')).body;

    expect([...first.data, ...second.data]).toEqual(saved);
    expect(first.data).toHaveLength(2);
    expect(second.nextCursor).toBeNull();
    expect(exact).toEqual({ data: saved, nextCursor: null });
  });

  it('a removed card is gone here and at the gateway, pays nothing more, and may be removed again', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer);
    const there = await inLedger(tokenkeep, card);

    const removed = await payer.delete(`/v1/payment-methods/${card.id}`);
    const again = await payer.delete(`/v1/payment-methods/${card.id}`);
    const paid = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id });

    expect([removed.status, removed.body, again.status]).toEqual([204, '', 204]);
    expect(await listed(payer)).toEqual([]);
    expect((await payer.get(`/v1/payment-methods/${card.id}`)).status).toBe(404);
    expect((await payer.put(`/v1/payment-methods/${card.id}/default`)).status).toBe(404);
    expect([paid.status, paid.body.code]).toEqual([404, 'not_found']);
    expect(await tokenkeep.sandbox.charges()).toEqual([]);
    await eventually(
      () => tokenkeep.sandbox.call('GET', `/v1/payment_methods/${there}`),
      ({ customer }) => customer === null,
    );
  });

  it('is removed at the gateway later when the gateway does not answer now', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    await tokenkeep.sandbox.breaks({ does: 'answer_503', on: theGateway.detaches, times: 2 });

    const removed = await payer.delete(`/v1/payment-methods/${card.id}`);

    expect(removed.status).toBe(204);
    await eventually(
      () =>
        tokenkeep.sql<{ at: unknown }>(
          'SELECT detached_at AS at FROM payments.payment_method WHERE id = $1',
          [card.id],
        ),
      ([row]) => row?.at != null,
    );
  });
});

describe('what belongs to somebody else', () => {
  let victim: Api;
  let thief: Api;
  let theirs: { card: Body; pending: Body; completed: Body; invoice: Body; payment: Body };
  let own: { card: Body; invoice: Body };
  beforeAll(async () => {
    [victim, thief] = [await tokenkeep.as('payer'), await tokenkeep.as('payer')];
    const { body: completed } = await startSetup(victim);
    const returned = await tokenkeep.sandbox.completeSetup(completed);
    const { body: card } = await complete(victim, completed, returned);
    const [invoice, paid] = [await invoiceFor(tokenkeep, victim), await invoiceFor(tokenkeep, victim)];
    const charged = await victim.postOnce(`/v1/invoices/${paid.id}/payments`, { paymentMethodId: card.id });
    const { body: pending } = await startSetup(victim);
    theirs = { card, pending, completed, invoice, payment: charged.body };
    own = { card: await savedCard(tokenkeep, thief), invoice: await invoiceFor(tokenkeep, thief) };
  });

  it.each<[string, (id: string) => Promise<Answer>, () => string]>([
    ['reading a setup', (id) => thief.get(`/v1/setup-intents/${id}`), () => theirs.completed.id],
    [
      'completing a pending setup',
      (id) => thief.post(`/v1/setup-intents/${id}/completions`),
      () => theirs.pending.id,
    ],
    [
      'completing a finished setup',
      (id) => thief.post(`/v1/setup-intents/${id}/completions`),
      () => theirs.completed.id,
    ],
    ['reading a card', (id) => thief.get(`/v1/payment-methods/${id}`), () => theirs.card.id],
    ['choosing a card', (id) => thief.put(`/v1/payment-methods/${id}/default`), () => theirs.card.id],
    ['removing a card', (id) => thief.delete(`/v1/payment-methods/${id}`), () => theirs.card.id],
    ['reading an invoice', (id) => thief.get(`/v1/invoices/${id}`), () => theirs.invoice.id],
    [
      'paying an invoice',
      (id) => thief.postOnce(`/v1/invoices/${id}/payments`, { paymentMethodId: own.card.id }),
      () => theirs.invoice.id,
    ],
    [
      'paying with a card',
      (id) => thief.postOnce(`/v1/invoices/${own.invoice.id}/payments`, { paymentMethodId: id }),
      () => theirs.card.id,
    ],
    ['reading a payment', (id) => thief.get(`/v1/payments/${id}`), () => theirs.payment.id],
  ])('%s is answered exactly as if it did not exist', async (_, ask, foreignId) => {
    const foreign = await ask(foreignId());
    const unknown = await ask(randomUUID());
    const noId = await ask('nothing-like-an-id');

    expect(foreign.status).toBe(404);
    expect(foreign.body.code).toBe('not_found');
    expect(essence(foreign)).toEqual(essence(unknown));
    expect([400, 404]).toContain(noId.status);
  });

  it('shows none of it in lists, and leaves it as it was', async () => {
    const lists = await Promise.all(
      ['payment-methods', 'invoices', 'payments'].map((what) => thief.get(`/v1/${what}`)),
    );

    const seen = lists.flatMap(({ body }) => body.data.map((it: Body) => it.id));
    expect(seen.sort()).toEqual([own.card.id, own.invoice.id].sort());
    expect((await victim.get(`/v1/payment-methods/${theirs.card.id}`)).body).toEqual(theirs.card);
    expect((await victim.get(`/v1/invoices/${theirs.invoice.id}`)).body.status).toBe('open');
  });
});

describe('what nobody needs to know', () => {
  it('no answer holds the gateway’s token, its customer, or the fingerprint of the card', async () => {
    const payer = await tokenkeep.as('payer');
    const { body: setup } = await startSetup(payer);
    const returned = await tokenkeep.sandbox.completeSetup(setup);
    const completed = await complete(payer, setup, returned);
    const invoice = await invoiceFor(tokenkeep, payer);
    const card = completed.body.id;
    const stored = await atTheGateway(tokenkeep, card);
    const there = await inLedger(tokenkeep, completed.body);
    const answers = [
      completed,
      await payer.get('/v1/payment-methods'),
      await payer.get(`/v1/payment-methods/${card}`),
      await payer.put(`/v1/payment-methods/${card}/default`),
      await payer.get(`/v1/setup-intents/${setup.id}`),
      await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card }),
      await payer.get('/v1/payments'),
      await payer.delete(`/v1/payment-methods/${card}`),
    ];

    const { token, customer } = stored;
    const atGateway = await tokenkeep.sandbox.call('GET', `/v1/payment_methods/${there}`);
    const said = answers.map(({ body, headers }) => JSON.stringify([body, [...headers]])).join('\n');
    const ofGateway = customer !== payerIdOf(payer); // to one of them a payer is but our own id
    for (const secret of [token, atGateway.card.fingerprint, ...(ofGateway ? [customer] : [])]) {
      expect(secret).toEqual(expect.any(String));
      expect(said).not.toContain(secret);
    }
    expect(said).not.toMatch(/\b(pm|cus|pi|ch|seti|tok|src)_\w+/);
    expect(said).not.toMatch(/fingerprint|provider/i);
  });
});

function startSetup(payer: Api, request: object = CARD_SETUP): Promise<Answer> {
  return payer.post('/v1/setup-intents', request);
}

/** The payer is back, with what the gateway gave their browser, if anything. */
function complete(payer: Api, setup: Body, returned?: string): Promise<Answer> {
  return payer.post(`/v1/setup-intents/${setup.id}/completions`, returned && { returned });
}

async function listed(payer: Api): Promise<Body[]> {
  return (await payer.get('/v1/payment-methods')).body.data;
}

/** All of an answer that two strangers could compare. */
function essence({ status, headers, body }: Answer): unknown {
  return { status, type: headers.get('content-type'), body: { ...body, requestId: 'any' } };
}
