import { badBody } from '../faults/bad-answers.js';
import { API_VERSION } from '../state/changes.js';
import { randomLetters } from '../state/ids.js';
import { authenticate } from './authentication.js';
import { type Dialect, header, keyInHeader } from './dialect.js';
import { errorBody } from './executing.js';

/** https://docs.stripe.com/api */
export const STRIPE: Dialect = {
  prefixes: ['/v1/'],
  authenticate,
  requestId: () => `req_${randomLetters(14)}`,
  keyOf: keyInHeader,
  writeHeaders: (request, reply, id, key) => {
    reply.header('request-id', id);
    reply.header('stripe-version', header(request, 'stripe-version') ?? API_VERSION);
    reply.header('content-type', 'application/json');
    if (key) reply.header('idempotency-key', key);
  },
  markReplay: (reply, originalRequest) =>
    void reply.header('idempotent-replayed', 'true').header('original-request', originalRequest),
  refusal: (error) => ({ status: error.status, body: errorBody(error) }),
  badBody,
  keysKeptMs: null,
};
