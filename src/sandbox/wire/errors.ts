import type { PaymentIntent, PaymentMethod, SetupIntent } from '../state/resources.js';

/** The fields of Stripe's error object, https://docs.stripe.com/api/errors. */
export interface ErrorBody {
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  message: string;
  code?: string;
  decline_code?: string;
  advice_code?: string;
  network_decline_code?: string;
  param?: string;
  charge?: string;
  doc_url?: string;
  payment_method?: PaymentMethod;
  payment_method_type?: string;
  payment_intent?: PaymentIntent;
  setup_intent?: SetupIntent;
}

/** An answer in Stripe's error shape. */
export class StripeError extends Error {
  constructor(
    readonly status: number,
    readonly body: ErrorBody,
    /** A declined card changes its intent: what the call did so far is kept although it answers with an error. */
    readonly keepsChanges = false,
    /** Refused before the endpoint began to execute, so an idempotency key does not remember it. */
    readonly isStored = true,
  ) {
    super(body.message);
    if (body.code && !body.doc_url) {
      body.doc_url = `https://docs.stripe.com/error-codes/${body.code.replaceAll('_', '-')}`;
    }
  }
}

export function invalidRequest(message: string, code?: string, param?: string, status = 400): StripeError {
  return new StripeError(status, {
    type: 'invalid_request_error',
    message,
    ...(code && { code }),
    ...(param && { param }),
  });
}

/** Refused while reading parameters. https://docs.stripe.com/api/idempotent_requests: such answers are not stored. */
export function invalidParameter(message: string, code: string, param: string): StripeError {
  return new StripeError(400, { type: 'invalid_request_error', message, code, param }, false, false);
}

export function resourceMissing(kind: string, id: string, param = 'id'): StripeError {
  return invalidRequest(`No such ${kind.replaceAll('_', '')}: '${id}'`, 'resource_missing', param, 404);
}

export function authenticationError(message: string, code?: string): StripeError {
  return new StripeError(
    401,
    { type: 'invalid_request_error', message, ...(code && { code }) },
    false,
    false,
  );
}
