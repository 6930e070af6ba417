import { type Dialect, header, keyInHeader } from '../wire/dialect.js';
import { StripeError } from '../wire/errors.js';
import { randomLetters } from '../state/ids.js';
import { pspOf } from './names.js';

/** https://docs.adyen.com/development-resources/api-idempotency: keys are remembered for at least 7 days. */
const KEYS_KEPT_MS = 7 * 86_400_000;
const KEY_LENGTH_MAX = 64;

/** A refusal in Adyen's words. https://docs.adyen.com/development-resources/error-codes */
export class AdyenError extends StripeError {
  constructor(
    status: number,
    readonly errorCode: string,
    message: string,
    readonly errorType: 'validation' | 'security' | 'internal' = 'validation',
  ) {
    super(status, { type: 'invalid_request_error', message }, false, true);
  }
}

/** https://docs.adyen.com/api-explorer/Checkout/72/overview; every API key names the account of the Stripe key alike. */
export const ADYEN: Dialect = {
  prefixes: ['/v72/', '/ca/services/'],

  authenticate: (sandbox, request) => {
    const key = request.headers['x-api-key'];
    const [, name] = /^AQE_test_([A-Za-z0-9_-]{1,200})$/.exec(typeof key === 'string' ? key : '') ?? [];
    if (!name) throw new AdyenError(401, '000', 'HTTP Status Response - Unauthorized', 'security');
    return { account: sandbox.accountOfKey(`sk_test_${name}`), isBrowser: false };
  },

  requestId: () => pspOf(randomLetters(16)),
  keyOf: keyInHeader,

  writeHeaders: (request, reply, id, key) => {
    if (key && key.length > KEY_LENGTH_MAX)
      throw new AdyenError(422, '704', 'The idempotency key is longer than 64 characters');
    reply.header('pspreference', id).header('content-type', 'application/json');
    if (key) reply.header('idempotency-key', header(request, 'idempotency-key')!);
  },

  markReplay: () => undefined, // Adyen does not say that an answer was given before

  refusal: (error) => {
    const { errorCode, errorType, status } =
      error instanceof AdyenError
        ? error
        : // The same key at work already, or used for something else.
          { errorCode: '704', errorType: 'validation', status: 422 };
    const message = error instanceof AdyenError ? error.message : 'request already processed or in progress';
    return { status, body: JSON.stringify({ status, errorCode, message, errorType }) };
  },

  badBody: (status) =>
    status === 502 || status === 503
      ? `<html><body><h1>${status}</h1></body></html>`
      : JSON.stringify({ status, errorCode: '905', message: 'Payment error', errorType: 'internal' }),

  keysKeptMs: KEYS_KEPT_MS,
};

export function notFound(errorCode: string, message: string): AdyenError {
  return new AdyenError(422, errorCode, message);
}
