import { describe, expect, it } from '@jest/globals';
import Stripe from 'stripe';
import { openAccount, refusal, savedCard } from './gateway.js';

const account = openAccount();
const { hostname, port } = new URL(account.address);

const ask = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(account.address + path, { ...init, headers });

describe('a key', () => {
  it('opens its own account and no other', async () => {
    const other = openAccount();
    const customer = await account.stripe.customers.create();

    const foreign = await refusal(other.stripe.customers.retrieve(customer.id));
    const [mine, theirs] = await Promise.all([
      account.stripe.accounts.retrieveCurrent(),
      other.stripe.accounts.retrieveCurrent(),
    ]);

    expect(foreign).toMatchObject({ statusCode: 404, code: 'resource_missing' });
    expect(mine.id).toMatch(/^acct_\w{16}$/);
    expect(theirs.id).not.toBe(mine.id);
  });

  it.each([undefined, 'sk_live_something', 'rk_test_something', 'nonsense'])(
    'is refused when it is %s',
    async (key) => {
      const answer = await ask('/v1/customers', key ? { authorization: `Bearer ${key}` } : {});

      expect(answer.status).toBe(401);
      expect(((await answer.json()) as { error: object }).error).toMatchObject({
        type: 'invalid_request_error',
      });
    },
  );

  it('may come as the user name, as curl sends it', async () => {
    const basic = Buffer.from(`${account.key}:`).toString('base64');

    expect((await ask('/v1/customers', { authorization: `Basic ${basic}` })).status).toBe(200);
  });

  it('that is publishable sees an intent by its client secret, and nothing else', async () => {
    const { stripe } = account;
    const saved = await savedCard(account);
    const intent = await stripe.paymentIntents.create({ amount: 500, currency: 'usd', ...saved });
    const publishable = { authorization: `Bearer ${account.publishableKey}` };

    const listed = await ask('/v1/customers', publishable);
    const withoutSecret = await ask(`/v1/payment_intents/${intent.id}`, publishable);
    const wrongSecret = await ask(
      `/v1/payment_intents/${intent.id}?client_secret=pi_x_secret_y`,
      publishable,
    );
    const seen = await ask(
      `/v1/payment_intents/${intent.id}?client_secret=${intent.client_secret}`,
      publishable,
    );

    expect([listed.status, withoutSecret.status, wrongSecret.status, seen.status]).toEqual([
      403, 400, 400, 200,
    ]);
    expect(Object.keys((await seen.json()) as object)).not.toEqual(
      expect.arrayContaining(['customer', 'metadata']),
    );
  });
});

describe('wrong input', () => {
  const { stripe } = account;

  it.each([
    ['an unknown parameter', { nonsense: '1' }, 'parameter_unknown', 'nonsense'],
    ['an unknown nested parameter', { 'card[colour]': 'red' }, 'parameter_unknown', 'card'],
    ['text for a number', { amount: 'ten', currency: 'usd' }, 'parameter_invalid_integer', 'amount'],
    ['a missing parameter', { amount: '500' }, 'parameter_missing', 'currency'],
    [
      'an empty parameter',
      { amount: '500', currency: 'usd', customer: '' },
      'parameter_invalid_empty',
      'customer',
    ],
    ['a decimal amount', { amount: '5.00', currency: 'usd' }, 'parameter_invalid_integer', 'amount'],
  ])('such as %s is refused', async (_, form, code, param) => {
    const answer = await ask(
      '/v1/payment_intents',
      { authorization: `Bearer ${account.key}` },
      { method: 'POST', body: new URLSearchParams(form) },
    );

    expect(answer.status).toBe(400);
    const { error } = (await answer.json()) as { error: Record<string, string> };
    expect(error).toMatchObject({ type: 'invalid_request_error', code, param });
    expect(error.doc_url).toContain('https://docs.stripe.com/error-codes/');
  });

  it('such as an unknown address is refused in the same shape', async () => {
    const answer = await ask('/v1/nothing', { authorization: `Bearer ${account.key}` });

    expect(answer.status).toBe(404);
    expect(((await answer.json()) as { error: { message: string } }).error.message).toContain(
      'Unrecognized request URL (GET: /v1/nothing)',
    );
  });

  it('such as a wrong expansion is refused', async () => {
    const intent = await stripe.paymentIntents.create({ amount: 500, currency: 'usd' });

    const error = await refusal(stripe.paymentIntents.retrieve(intent.id, { expand: ['status'] }));

    expect(error.message).toContain('cannot be expanded');
  });

  it('never brings the sandbox down', async () => {
    const headers = { authorization: `Bearer ${account.key}` };
    const bodies = ['%', 'a[b]=1&a=2', '__proto__[x]=1', 'x'.repeat(10_000), '[]=1', 'expand=latest_charge'];

    const statuses = [];
    for (const body of bodies) {
      const type = { 'content-type': 'application/x-www-form-urlencoded' };
      statuses.push((await ask('/v1/customers', { ...headers, ...type }, { method: 'POST', body })).status);
    }
    const json = { ...headers, 'content-type': 'application/json' };
    statuses.push((await ask('/_sandbox/clock', json, { method: 'POST', body: '{' })).status);

    expect(statuses.every((status) => status === 200 || status === 400)).toBe(true);
    expect((await stripe.customers.list({ limit: 1 })).object).toBe('list');
  });

  it('is told with a request id, and the version that was asked for', async () => {
    const other = new Stripe(account.key, {
      host: hostname,
      port,
      protocol: 'http',
      apiVersion: '2026-10-28.endive',
    });

    const error = await refusal(other.customers.retrieve('cus_unknown'));

    expect(error.requestId).toMatch(/^req_\w{14}$/);
    expect(error.headers['stripe-version']).toBe('2026-10-28.endive');
  });
});
