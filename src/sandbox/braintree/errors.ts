import { StripeError } from '../wire/errors.js';
import { xmlOf } from './xml.js';

/** A request that breaks a rule. https://developer.paypal.com/braintree/docs/reference/general/validation-errors/all/node */
export class BraintreeError extends StripeError {
  constructor(
    readonly code: string,
    readonly attribute: string,
    message: string,
    readonly of = 'transaction',
  ) {
    super(422, { type: 'invalid_request_error', message }, false, true);
  }
}

export class NotFound extends StripeError {
  constructor() {
    super(404, { type: 'invalid_request_error', message: 'Not Found' }, false, true);
  }
}

export function refusalOf({ code, attribute, message, of }: BraintreeError): string {
  const broken = { code, attribute, message };
  return xmlOf('api-error-response', { errors: { errors: [], [of]: { errors: [broken] } }, message });
}
