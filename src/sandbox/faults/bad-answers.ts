import type { FastifyReply } from 'fastify';
import type { ErrorBody } from '../wire/errors.js';
import type { Fault } from './faults.js';

const STATUS: Partial<Record<Fault['does'], number>> = {
  answer_500: 500,
  answer_502: 502,
  answer_503: 503,
  answer_429: 429,
  answer_409: 409,
};

export function badStatusOf(fault: Fault | undefined): number | undefined {
  return fault && STATUS[fault.does];
}

/** https://docs.stripe.com/error-low-level: what Stripe, or something on the way to it, answers on a bad day. */
export function badBody(status: number): string {
  if (status === 502 || status === 503) {
    return `<html><body><h1>${status}</h1>The server is temporarily unable to answer.</body></html>`;
  }
  const errors: Record<number, ErrorBody> = {
    409: {
      type: 'invalid_request_error',
      code: 'lock_timeout',
      message:
        'This object cannot be accessed right now because another API request or Stripe process is currently accessing it. If you see this error intermittently, retry the request.',
    },
    429: {
      type: 'invalid_request_error',
      code: 'rate_limit',
      message:
        'Testmode request rate limit exceeded, the rate limits in testmode are lower than livemode. You can learn more about rate limits here https://stripe.com/docs/rate-limits.',
    },
    500: {
      type: 'api_error',
      message:
        'An unknown error occurred. If you have further questions, let us know at https://support.stripe.com/contact.',
    },
  };
  return JSON.stringify({ error: errors[status] });
}

export function markBad(reply: FastifyReply, status: number, fault: Fault): void {
  if (status === 502 || status === 503) reply.header('content-type', 'text/html');
  if (status === 429) {
    reply.header('retry-after', String(fault.retry_after_seconds ?? 1));
    reply.header('stripe-rate-limited-reason', 'global-rate');
  }
  // https://docs.stripe.com/error-low-level#should-retry: a stored 500 would only be given again.
  if (status === 500) reply.header('stripe-should-retry', 'false');
}

/** An answer that says something else than what happened. */
export function changedBody(body: string, set: Record<string, unknown>): string {
  return JSON.stringify({ ...(JSON.parse(body) as object), ...set });
}
