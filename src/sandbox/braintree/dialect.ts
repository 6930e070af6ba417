import type { Dialect } from '../wire/dialect.js';
import { StripeError } from '../wire/errors.js';
import { randomLetters } from '../state/ids.js';
import { BraintreeError, refusalOf } from './errors.js';

/** https://developer.paypal.com/braintree/graphql/integration_guides/idempotency: keys do the same thing for 30 days. */
const KEYS_KEPT_MS = 30 * 86_400_000;

/** https://developer.paypal.com/braintree/docs/reference/overview; every key pair names the account of the Stripe key alike. */
export const BRAINTREE: Dialect = {
  prefixes: ['/merchants/'],

  authenticate: (sandbox, request) => {
    const [scheme, given = ''] = (request.headers.authorization ?? '').split(' ');
    const [publicKey = '', privateKey] = Buffer.from(given, 'base64').toString().split(':');
    const [, name] = /^bt_public_test_([A-Za-z0-9_-]{1,100})$/.exec(publicKey) ?? [];
    if (scheme !== 'Basic' || !name || privateKey !== `bt_private_test_${name}`)
      throw new StripeError(401, { type: 'invalid_request_error', message: 'Unauthorized' }, false, false);
    return { account: sandbox.accountOfKey(`sk_test_${name}`), isBrowser: false };
  },

  requestId: () => randomLetters(32).toLowerCase(),

  keyOf: ({ body }) => {
    const { transaction } = (body ?? {}) as { transaction?: Record<string, unknown> };
    return typeof transaction?.['api_request_key'] === 'string' ? transaction['api_request_key'] : null;
  },

  writeHeaders: (_request, reply, id) => {
    reply.header('content-type', 'application/xml; charset=utf-8').header('x-request-id', id);
  },

  markReplay: () => undefined, // Braintree does not say that an answer was given before

  refusal: (error) => {
    if (error instanceof BraintreeError) return { status: 422, body: refusalOf(error) };
    if (error.status === 401 || error.status === 404) return { status: error.status, body: '' };
    const isInFlight = error.status === 409;
    const told = isInFlight
      ? new BraintreeError('915233', 'api_request_key', 'API request key is in flight')
      : new BraintreeError('915232', 'api_request_key', 'API request key was used for another request');
    return { status: 422, body: refusalOf(told) };
  },

  badBody: (status) => `<html><body><h1>${status}</h1></body></html>`,

  keysKeptMs: KEYS_KEPT_MS,
};
