import { AdyenError } from './dialect.js';
import type { Amount } from './names.js';
import type { Json } from './route.js';

/** https://docs.adyen.com/development-resources/currency-codes */
export function amountOf(body: Json, { mayBeZero = false } = {}): Amount {
  const { value, currency } = (body['amount'] ?? {}) as Partial<Amount>;
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency))
    throw new AdyenError(422, '138', 'Unsupported currency specified');
  if (typeof value !== 'number' || !Number.isInteger(value) || value < (mayBeZero ? 0 : 1))
    throw new AdyenError(422, '137', 'Invalid amount specified');
  return { value, currency };
}
