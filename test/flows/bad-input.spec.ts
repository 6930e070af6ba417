import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  randomUUID,
  sign,
} from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, Api, Body } from '../support/api.js';
import { invoiceFor, payerIdOf, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
let payer: Api;
let finance: Api;
let service: Api;
let invoice: Body;
let card: Body;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  payer = await tokenkeep.as('payer');
  finance = await tokenkeep.as('finance');
  service = await tokenkeep.as('service');
  invoice = await invoiceFor(tokenkeep, payer);
  card = await savedCard(tokenkeep, payer);
});
afterAll(() => tokenkeep.stop());

/** Whatever is sent in the tests below; no answer may say it again. */
const ECHO = 'repeat-after-me';

describe('a body that is none', () => {
  it.each([
    ['broken JSON', `{"type":"${ECHO}`, 400, 'malformed_body'],
    ['JSON with a comment', `{"type":"card"} // ${ECHO}`, 400, 'malformed_body'],
    ['NaN', '{"amountMinor":NaN}', 400, 'malformed_body'],
    ['an empty body', '', 400, 'validation_failed'],
    ['an empty object', '{}', 400, 'validation_failed'],
    ['an empty list', '[]', 400, 'validation_failed'],
    ['a list', `[{"type":"${ECHO}"}]`, 400, 'validation_failed'],
    ['a list in a list', '[[]]', 400, 'validation_failed'],
    ['null', 'null', 400, 'validation_failed'],
    ['a number', '17', 400, 'validation_failed'],
    ['a text', `"${ECHO}"`, 400, 'validation_failed'],
    ['true', 'true', 400, 'validation_failed'],
    ['deep nesting', '['.repeat(20_000) + ']'.repeat(20_000), 400, 'malformed_body'],
    ['more than a request needs', JSON.stringify({ type: 'x'.repeat(70_000) }), 413, 'body_too_large'],
    ['megabytes', JSON.stringify({ type: 'x'.repeat(2_000_000) }), 413, 'body_too_large'],
  ])('%s is refused on every route that takes a body', async (_, body, status, code) => {
    for (const [caller, path] of [
      [payer, '/v1/setup-intents'],
      [payer, `/v1/invoices/${invoice.id}/payments`],
      [finance, '/v1/invoices'],
      [service, '/v1/payments'],
    ] as const) {
      const answer = await send(caller, path, body);

      expectRefusal(answer, status, code);
    }
    if (status !== 413) expectRefusal(await send(payer, '/dev/tokens', body), status, code);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/xml'])(
    'a body as %s is refused',
    async (type) => {
      for (const path of ['/v1/setup-intents', '/dev/tokens']) {
        const answer = await payer.send('POST', path, 'type=card&flow=embedded', {
          headers: { 'content-type': type },
        });

        expectRefusal(answer, 415, 'unsupported_media_type');
      }
    },
  );
});

describe('a body that is large', () => {
  it('is refused when it is announced, before it is sent, and so before it takes memory', async () => {
    const { port } = new URL(tokenkeep.url);
    const socket = connect(Number(port), '127.0.0.1').setEncoding('utf8');
    socket.write(
      'POST /v1/invoices HTTP/1.1\r\nhost: tokenkeep\r\ncontent-type: application/json\r\ncontent-length: 70000\r\n\r\n',
    );

    const [answer] = (await once(socket, 'data')) as [string];
    socket.destroy();

    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"body_too_large"');
  });

  it('is read to the end where files are sent', async () => {
    const file = { kind: 'receipt', contentType: 'application/pdf', contentBase64: 'A'.repeat(400_000) };

    const answer = await finance.post(`/v1/disputes/${randomUUID()}/evidence`, { files: [file] });

    expectRefusal(answer, 404, 'not_found');
  });
});

const ORDER = { payerId: 'payer-somebody', amountMinor: 900, currency: 'USD', obligation: 'deposit 17' };

describe('a field that is wrong', () => {
  it.each<[string, unknown]>([
    ['amountMinor', 0],
    ['amountMinor', -1],
    ['amountMinor', 1.5],
    ['amountMinor', 1e21],
    ['amountMinor', Number.MAX_SAFE_INTEGER],
    ['amountMinor', '12'],
    ['amountMinor', null],
    ['amountMinor', [900]],
    ['amountMinor', true],
    ['amountMinor', { value: 900 }],
    ['currency', 'usd'],
    ['currency', 'Usd'],
    ['currency', 'US'],
    ['currency', 'USDX'],
    ['currency', 'USD\n'],
    ['currency', ['USD']],
    ['currency', null],
    ['paymentMethodId', 17],
    ['paymentMethodId', ECHO],
    ['paymentMethodId', { id: ECHO }],
    ['payerId', ''],
    ['payerId', ['payer']],
    ['payerId', 'x'.repeat(101)],
    ['obligation', ''],
    ['obligation', {}],
    ['obligation', 'x'.repeat(201)],
    ['capture', 'later'],
    ['capture', false],
    ['discount', ECHO],
    ['status', 'succeeded'],
    ['caller', ECHO],
    ['__proto__', { capture: 'manual' }],
    ['constructor', { prototype: { capture: 'manual' } }],
    ['toString', ECHO],
  ])('%s = %j is refused by name', async (field, value) => {
    const fields = Object.entries({ ...ORDER, paymentMethodId: card.id });
    const body = fields.filter(([name]) => name !== field).concat([[field, value]]);
    const text = `{${body.map(([name, it]) => `${JSON.stringify(name)}:${JSON.stringify(it)}`).join(',')}}`;

    const answer = await send(service, '/v1/payments', text);

    expectRefusal(answer, 400, 'validation_failed');
    expect(answer.body.errors.map((it: Body) => it.path)).toContain(field);
    expect({}).not.toHaveProperty('capture');
  });

  it.each(['XXX', 'XTS', 'XAU', 'DEM', 'ZZZ'])('the currency %s is refused', async (currency) => {
    const order = { ...ORDER, currency, paymentMethodId: card.id };

    expectRefusal(await service.postOnce('/v1/payments', order), 400, 'validation_failed');
  });

  it.each(['payerId', 'paymentMethodId', 'amountMinor', 'currency', 'obligation'])(
    '%s must not be left out',
    async (field) => {
      const order: Body = { ...ORDER, paymentMethodId: card.id };
      delete order[field];

      const answer = await service.postOnce('/v1/payments', order);

      expectRefusal(answer, 400, 'validation_failed');
      expect(answer.body.errors.map((it: Body) => it.path)).toEqual(expect.arrayContaining([field]));
    },
  );

  it.each([
    { type: 'card' },
    { flow: 'redirect' },
    { type: 'cash', flow: 'redirect' },
    { type: 'card', flow: ECHO },
    { type: 'card', flow: 'redirect' },
    { type: 'card', flow: 'redirect', returnUrl: 17 },
    { type: 'card', flow: 'redirect', returnUrl: `http://127.0.0.1:3000/${'x'.repeat(2_000)}` },
    { type: 'card', flow: 'embedded', payerId: 'payer-ada' },
  ])('a setup of %j is refused', async (setup) => {
    expectRefusal(await payer.post('/v1/setup-intents', setup), 400, 'validation_failed');
  });

  it('a text with a null character is refused, as the database could not keep it', async () => {
    const order = {
      ...ORDER,
      obligation: 'deposit \u0000 17',
      paymentMethodId: card.id,
      payerId: payerIdOf(payer),
    };

    expectRefusal(await service.postOnce('/v1/payments', order), 400, 'validation_failed');
  });
});

describe('an address that leads nowhere', () => {
  it.each([
    ['GET', '/v1'],
    ['GET', `/v1/${ECHO}`],
    ['GET', '/v1/payment-methods/'],
    ['GET', '/v1/payments/17'],
    ['GET', `/v1/payment-methods/${ECHO}`],
    ['GET', "/v1/invoices/'%20OR%201=1--"],
    ['GET', '/v1/invoices/..%2f..%2fetc%2fpasswd'],
    ['GET', `/v1/setup-intents/${'x'.repeat(150)}`],
    ['GET', `/v1/setup-intents/${'x'.repeat(5_000)}`],
    ['DELETE', '/v1/payment-methods/00000000-0000-0000-0000-000000000000'],
    ['PUT', '/v1/payment-methods/not-an-id/default'],
    ['POST', '/v1/setup-intents/not-an-id/completions'],
    ['GET', '/v1/payments/%00'],
  ])('%s %s is not there', async (method, path) => {
    expectRefusal(await payer.send(method, path), 404, 'not_found');
  });

  it('an address that cannot be decoded is refused', async () => {
    expectRefusal(await payer.get(`/v1/payments/%zz${ECHO}`), [400, 404], ['malformed_body', 'not_found']);
  });

  it.each([
    ['PATCH', '/v1/payment-methods'],
    ['DELETE', '/v1/payments'],
    ['PUT', '/v1/invoices'],
    ['POST', '/v1/payment-methods'],
    ['GET', '/v1/webhooks/stripe'],
    ['DELETE', '/health/live'],
  ])('%s %s is no way to call it', async (method, path) => {
    expectRefusal(await payer.send(method, path), [404, 405], ['not_found', 'method_not_allowed']);
  });
});

describe('a page that is none', () => {
  it.each([
    'limit=0',
    'limit=-1',
    'limit=101',
    'limit=abc',
    'limit=1.5',
    'limit=',
    'limit=1&limit=2',
    'limit[a]=1',
    `cursor=${ECHO}`,
    'cursor=',
    'cursor=1&cursor=2',
    `order=${ECHO}`,
  ])('?%s is refused on every list', async (query) => {
    for (const path of ['/v1/payment-methods', '/v1/invoices', '/v1/payments'])
      expectRefusal(await payer.get(`${path}?${query}`), 400, 'validation_failed');
  });

  it('after the last one is empty, also for a cursor that nobody gave out', async () => {
    const { status, body } = await payer.get('/v1/invoices?cursor=00000000-0000-7000-8000-000000000000');

    expect([status, body]).toEqual([200, { data: [], nextCursor: null }]);
  });
});

describe('a token that is none', () => {
  const now = Math.floor(Date.now() / 1000);
  const right = () => ({
    ...(JSON.parse(Buffer.from(payer.token.split('.')[1]!, 'base64url').toString()) as object),
  });

  it.each<[string, () => string]>([
    ['nothing', () => ''],
    ['no bearer token', () => `Basic ${Buffer.from('ada:word').toString('base64')}`],
    ['two tokens', () => `Bearer ${payer.token} ${payer.token}`],
    ['nonsense', () => `Bearer ${ECHO}`],
    ['three parts of nonsense', () => 'Bearer a.b.c'],
    ['one that has expired', () => tokenOf({ ...right(), exp: now - 3_600 })],
    ['one that never expires', () => tokenOf({ ...right(), exp: undefined })],
    ['one that is not valid yet', () => tokenOf({ ...right(), nbf: now + 3_600 })],
    ['one for another audience', () => tokenOf({ ...right(), aud: 'https://elsewhere.example' })],
    ['one for no audience', () => tokenOf({ ...right(), aud: undefined })],
    ['one of another issuer', () => tokenOf({ ...right(), iss: 'https://evil.example' })],
    ['one of nobody', () => tokenOf({ ...right(), sub: undefined })],
    ['one signed by somebody else', () => tokenOf(right(), { key: FOREIGN_KEY })],
    [
      'one that brings its own key',
      () => tokenOf(right(), { key: FOREIGN_KEY, header: { jwk: FOREIGN_JWK } }),
    ],
    ['one that nobody signed', () => `Bearer ${encoded({ alg: 'none' })}.${encoded(right())}.`],
    ['one signed with our public key as a secret', () => tokenOf(right(), { header: { alg: 'HS256' } })],
    ['one whose claims were changed', () => changed({ roles: ['finance'] })],
    ['one that was cut off', () => `Bearer ${payer.token.slice(0, -5)}`],
  ])('%s opens nothing', async (_, authorization) => {
    const headers = { authorization: authorization() };

    for (const path of ['/v1/payment-methods', '/v1/invoices', '/v1/payments'])
      expectRefusal(await payer.send('GET', path, undefined, { headers }), 401, 'unauthenticated');
  });

  it('in its right form opens what its role may open', async () => {
    const headers = { authorization: tokenOf(right()) };

    expect((await payer.send('GET', '/v1/payments', undefined, { headers })).status).toBe(200);
  });

  it.each<[string, object]>([
    ['no role', { roles: [] }],
    ['an unknown role', { roles: ['root'] }],
    ['a role in the wrong form', { roles: { payer: true } }],
    ['no claim for roles', { roles: undefined }],
    ['the role of a payer and no payer', { roles: ['payer'], payer_id: undefined }],
    ['the role of a payer and an empty payer', { roles: ['payer'], payer_id: '' }],
    ['the role of a payer and a list of payers', { roles: ['payer'], payer_id: ['payer-ada'] }],
  ])('with %s opens no cards', async (_, claims) => {
    const headers = { authorization: tokenOf({ ...right(), ...claims }) };

    expectRefusal(await payer.send('GET', '/v1/payment-methods', undefined, { headers }), 403, 'forbidden');
  });

  it('with the role of a payer and no payer is told so, whatever it asks for', async () => {
    const headers = { authorization: tokenOf({ ...right(), payer_id: undefined }) };

    for (const path of ['/v1/invoices', '/v1/payments', '/v1/plans', `/v1/payments/${randomUUID()}`])
      expectRefusal(await payer.send('GET', path, undefined, { headers }), 403, 'forbidden');
  });
});

describe('a role that is another', () => {
  it.each([
    ['finance', 'POST', '/v1/setup-intents'],
    ['service', 'GET', '/v1/payment-methods'],
    ['finance', 'GET', '/v1/payment-methods'],
    ['ops', 'GET', '/v1/payments'],
    ['auditor', 'GET', '/v1/invoices'],
    ['payer', 'POST', '/v1/invoices'],
    ['payer', 'POST', '/v1/payments'],
    ['service', 'GET', '/v1/payments'],
  ])('%s may not %s %s', async (role, method, path) => {
    const caller = await tokenkeep.as(role);

    expectRefusal(await caller.send(method, path, method === 'POST' ? {} : undefined), 403, 'forbidden');
  });

  it.each([
    { subject: 'ada', role: 'root' },
    { subject: 'ada' },
    { subject: 'Ada; DROP TABLE', role: 'payer' },
    { subject: 17, role: 'payer' },
    { subject: 'ada', role: ['payer', 'finance'] },
    { subject: 'ada', role: 'payer', payerId: 'payer-ben' },
  ])('no development token is given for %j', async (wish) => {
    expectRefusal(await payer.post('/dev/tokens', wish), 400, 'validation_failed');
  });
});

/** Every refusal has the same form, and says nothing that it was told. */
function expectRefusal(answer: Answer, status: number | number[], code: string | string[]): void {
  expect(status instanceof Array ? status : [status]).toContain(answer.status);
  expect(code instanceof Array ? code : [code]).toContain(answer.body.code);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({
    type: `urn:tokenkeep:problem:${answer.body.code}`,
    title: expect.any(String),
    status: answer.status,
    detail: expect.stringMatching(/\.$/),
    requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
  });
  expect(JSON.stringify(answer.body)).not.toContain(ECHO);
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(answer.headers.get('content-security-policy')).toMatch(/default-src/);
  expect(answer.headers.get('x-powered-by')).toBeNull();
}

function send(caller: Api, path: string, body: string): Promise<Answer> {
  return caller.send('POST', path, body, { idempotencyKey: randomUUID() });
}

const { privateKey: FOREIGN_KEY, publicKey: FOREIGN_PUBLIC } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
});
const FOREIGN_JWK = FOREIGN_PUBLIC.export({ format: 'jwk' });

/** Our development key, which only the tests and the operating system's owner of its file can read. */
function ourKey() {
  const file = join(process.env['TEST_FOLDER']!, 'development-key.json');
  return createPrivateKey({ key: JSON.parse(readFileSync(file, 'utf8')) as JsonWebKey, format: 'jwk' });
}

function tokenOf(
  claims: object,
  { key = ourKey(), header = {} }: { key?: KeyObject; header?: object } = {},
): string {
  const content = `${encoded({ alg: 'ES256', typ: 'at+jwt', ...header })}.${encoded(claims)}`;
  if ('alg' in header && header.alg === 'HS256') return `Bearer ${content}.${hmacWithPublicKey(content)}`;
  const signature = sign('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' });
  return `Bearer ${content}.${signature.toString('base64url')}`;
}

function hmacWithPublicKey(content: string): string {
  const pem = createPublicKey(ourKey()).export({ type: 'spki', format: 'pem' });
  return createHmac('sha256', pem).update(content).digest('base64url');
}

function changed(claims: object): string {
  const [header, payload, signature] = payer.token.split('.');
  const original = JSON.parse(Buffer.from(payload!, 'base64url').toString()) as object;
  return `Bearer ${header}.${encoded({ ...original, ...claims })}.${signature}`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
