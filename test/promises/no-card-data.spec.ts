import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type Answer } from '../support/api.js';
import { everyRow } from '../support/databases.js';
import { invoiceFor, payerIdOf, savedCard } from '../support/given.js';
import { endPrograms, environmentBeside, freePort, Program } from '../support/programs.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const CARD = '4242424242424242';
const GROUPED = '4242 4242 4242 4242';

let tokenkeep: Tokenkeep;
let program: Program;
let callers: Record<'payer' | 'finance' | 'service', Api>;
let ids: { card: string; invoice: string };
beforeAll(async () => {
  tokenkeep = await startTokenkeep({ environment: { WORKERS: 'off' } });
  const port = await freePort();
  const environment = { ...environmentBeside(tokenkeep), PORT: String(port), LOG_LEVEL: 'trace' };
  program = await Program.start('main.js', process.env['TEST_FOLDER']!, environment, port);
  const here = async (role: string) => Api.signIn(program.url, role, `some-${role}`);
  callers = { payer: await here('payer'), finance: await here('finance'), service: await here('service') };
  const card = await savedCard(tokenkeep, callers.payer);
  ids = { card: card.id, invoice: (await invoiceFor(tokenkeep, callers.payer)).id };
});
afterAll(async () => {
  await endPrograms();
  await tokenkeep.stop();
});

describe('a card number', () => {
  const bodies: [string, 'payer' | 'finance' | 'service', () => string, () => Record<string, unknown>][] = [
    [
      'setup intent',
      'payer',
      () => '/v1/setup-intents',
      () => ({ type: 'card', flow: 'redirect', returnUrl: 'x' }),
    ],
    [
      'payment of an invoice',
      'payer',
      () => `/v1/invoices/${ids.invoice}/payments`,
      () => ({ paymentMethodId: ids.card, returnUrl: 'x' }),
    ],
    [
      'invoice',
      'finance',
      () => '/v1/invoices',
      () => ({
        payerId: 'p',
        kind: 'fee',
        description: 'x',
        amountMinor: 1,
        currency: 'USD',
        dueOn: '2027-01-01',
      }),
    ],
    [
      'payment',
      'service',
      () => '/v1/payments',
      () => ({
        payerId: payerIdOf(callers.payer),
        paymentMethodId: ids.card,
        amountMinor: 1,
        currency: 'USD',
        obligation: 'x',
        capture: 'manual',
      }),
    ],
    ['development token', 'payer', () => '/dev/tokens', () => ({ subject: 'x', role: 'payer' })],
  ];

  it.each(bodies)('in any field of a %s is refused, and the field is named', async (_, role, path, right) => {
    for (const field of [...Object.keys(right()), 'cardNumber'])
      for (const value of [
        CARD,
        GROUPED,
        Number(CARD),
        `paid by ${CARD}, thanks`,
        [CARD],
        { number: CARD },
      ]) {
        const answer = await callers[role].postOnce(path(), { ...right(), [field]: value });

        expectRejection(answer);
        expect(answer.body.errors[0].path).toMatch(new RegExp(`^${field}`));
      }
  });

  it.each(bodies)('as the name of a field of a %s is refused', async (_, role, path, right) => {
    expectRejection(await callers[role].postOnce(path(), { ...right(), [CARD]: true }));
  });

  it('in escaped or full-width digits is refused', async () => {
    const escaped = [...CARD].map((digit) => `\\u003${digit}`).join('');
    const wide = [...CARD].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join('');

    for (const text of [escaped, wide]) {
      const body = `{"type":"card","flow":"embedded","returnUrl":"${text}"}`;
      expectRejection(await callers.payer.post('/v1/setup-intents', body));
    }
  });

  it.each([
    ['a path', `/v1/payments/${CARD}`],
    ['a path in groups', `/v1/payment-methods/${encodeURIComponent(GROUPED)}`],
    ['a path that leads nowhere', `/v1/cards/${CARD}`],
    ['a path outside of /v1', `/cards/${CARD}`],
    ['a query', `/v1/payments?cursor=${CARD}`],
    ['a query in groups', `/v1/payments?note=${GROUPED.replaceAll(' ', '+')}`],
    ['the name of a query', `/v1/payments?${CARD}=1`],
  ])('in %s is refused', async (_, path) => {
    expectRejection(await callers.payer.get(path));
  });

  it.each(['idempotency-key', 'user-agent', 'referer', 'x-note', 'accept-language', 'cookie'])(
    'in the header %s is refused',
    async (name) => {
      const body = { type: 'card', flow: 'embedded' };

      const answer = await callers.payer.post('/v1/setup-intents', body, { headers: { [name]: CARD } });

      expectRejection(answer);
      expect(answer.body.detail).toContain(name);
    },
  );

  it('in a body that cannot be read is not repeated', async () => {
    for (const body of [`{"number":"${CARD}"`, CARD, `"${CARD}"`, `{"n":1,"n":"${CARD}","n":2}`])
      expectRejection(await callers.payer.post('/v1/setup-intents', body));
    const asForm = callers.payer.send('POST', '/v1/setup-intents', `number=${CARD}`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(await textOf(asForm)).not.toContain(CARD);
    expect(await textOf(callers.payer.get(`/v1/payments/%zz${CARD}`))).not.toContain(CARD);
  });

  it('in a token that is none, or in a webhook without signature, is not kept', async () => {
    const headers = { authorization: `Bearer ${CARD}` };
    await callers.payer.send('GET', '/v1/payments', undefined, { headers });

    const answer = await callers.payer.post('/v1/webhooks/stripe', { id: CARD, data: { number: CARD } });

    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).not.toContain(CARD);
  });

  it('is in no table, no log line of ours and none of PostgreSQL after all of the above', async () => {
    const rows = await everyRow(tokenkeep.database);
    await program.end('SIGTERM');
    const postgresLog = await readFile(join(process.env['TEST_POSTGRES_FOLDER']!, 'postgres.log'), 'utf8');

    expect(rows.length).toBeGreaterThan(10);
    expect(program.output).toContain('"path":"/v1/setup-intents"'); // it was listening
    for (const place of [...rows, program.output, postgresLog]) {
      expect(digitsOf(place)).not.toContain(CARD);
    }
  });

  it('is not taken for one when it is an id, an amount, a day or a random key', async () => {
    const invoice = await (
      await tokenkeep.as('finance')
    ).post(
      '/v1/invoices',
      {
        payerId: 'payer-17',
        kind: 'fee',
        description: 'Term 2026-2027, 17.5 credits, phone +49 30 901820',
        amountMinor: 99_999_999,
        currency: 'USD',
        dueOn: '2027-01-31',
      },
      {
        idempotencyKey: `${Date.now()}-${randomUUID()}`,
        headers: { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-4242424242424242-01' },
      },
    );

    expect(invoice.status).toBe(201);
  });
});

function expectRejection(answer: Answer): void {
  expect([answer.status, answer.body.code]).toEqual([422, 'card_data_rejected']);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(digitsOf(JSON.stringify([answer.body, [...answer.headers]]))).not.toContain(CARD);
}

async function textOf(answer: Promise<Answer>): Promise<string> {
  return JSON.stringify((await answer).body);
}

/** However it was grouped. */
function digitsOf(text: string): string {
  return text.replace(/(?<=\d)(%20|[\s._+-])(?=\d)/g, '');
}
