import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
beforeAll(async () => {
  tokenkeep = await startTokenkeep({ environment: { WORKERS: 'off' } });
});
afterAll(() => tokenkeep.stop());

describe('every answer', () => {
  it.each<[string, number, string, RequestInit]>([
    ['of a probe', 200, '/health/live', {}],
    ['without a token', 401, '/v1/payments', {}],
    ['at an address that is none', 404, '/v1/nothing', {}],
    ['at an address that cannot be read', 404, '/v1/%zz', {}],
    ['to a form', 415, '/dev/tokens', { method: 'POST', body: new URLSearchParams({ a: 'b' }) }],
    ['to broken JSON', 400, '/dev/tokens', { method: 'POST', body: '{', headers: JSON_TYPE() }],
    ['to too much', 413, '/dev/tokens', { method: 'POST', body: ' '.repeat(2 ** 21), headers: JSON_TYPE() }],
    ['to card data', 422, '/v1/payments?a=4242424242424242', {}],
    [
      'to an event without signature',
      400,
      '/v1/webhooks/stripe',
      { method: 'POST', body: '{}', headers: JSON_TYPE() },
    ],
    ['with the description of the API', 200, '/openapi.json', {}],
  ])('%s lets a browser do nothing with it', async (_, status, path, request) => {
    const { status: answered, headers } = await fetch(tokenkeep.url + path, request);

    expect(answered).toBe(status);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    for (const name of ['server', 'x-powered-by', 'access-control-allow-origin'])
      expect(headers.has(name)).toBe(false);
  });

  it.each(['/', '/docs'])(
    'with the page %s names what the page may load, and nobody may frame it',
    async (path) => {
      const { status, headers } = await fetch(tokenkeep.url + path);

      expect(status).toBe(200);
      expect(headers.get('content-security-policy')).toMatch(
        /default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/,
      );
    },
  );
});

function JSON_TYPE(): Record<string, string> {
  return { 'content-type': 'application/json' };
}
