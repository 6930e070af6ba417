import type { Changes } from '../state/changes.js';
import { derivedLetters } from '../state/ids.js';
import type { PaymentMethod } from '../state/resources.js';

/** The one merchant that every account of the sandbox has. */
export const MERCHANT_ID = 'sandboxmerchant';

/** Braintree's ids are some eight small letters and digits; here they follow from the object's own id. */
export function nameOf(id: string): string {
  const known = names.get(id);
  if (known) return known;
  const name = derivedLetters(24, 'bt', id).toLowerCase().slice(0, 12);
  names.set(id, name);
  return name;
}
const names = new Map<string, string>();

/** The object of this name among those of one kind. */
export function named<T extends { id: string }>(objects: readonly T[], name: string): T | undefined {
  return objects.find(({ id }) => nameOf(id) === name);
}

/** The saved card or bank account of this token. */
export function saved(changes: Changes, token: string): PaymentMethod | undefined {
  return changes
    .all('payment_method')
    .find(({ metadata, customer }) => customer !== null && metadata['token'] === token);
}

/** https://developer.paypal.com/braintree/docs/reference/response/credit-card/node#card_type */
const CARD_TYPES: Record<string, string> = {
  amex: 'American Express',
  diners: 'Diners Club',
  discover: 'Discover',
  jcb: 'JCB',
  mastercard: 'MasterCard',
  unionpay: 'China UnionPay',
  visa: 'Visa',
};

export function cardTypeOf(brand: string): string {
  return CARD_TYPES[brand] ?? 'Unknown';
}
