import type { Account } from '../state/account.js';
import { derivedLetters } from '../state/ids.js';
import type { PaymentMethod } from '../state/resources.js';

/** The one merchant account that every account of the sandbox has. */
export const MERCHANT_ACCOUNT = 'SandboxECOM';

export interface Amount {
  value: number;
  currency: string;
}

/** What a request to change a payment came to, told by webhook: Adyen only ever answers "received". */
export interface Modification {
  id: string;
  object: 'adyen.modification';
  eventCode: 'CAPTURE' | 'CANCELLATION' | 'TECHNICAL_CANCEL' | 'REFUND';
  success: boolean;
  reason: string;
  reference: string;
  amount: Amount;
  intent: string | null;
}

/** Adyen's references are 16 capital letters and digits; here they follow from the object's own id. */
export function pspOf(id: string): string {
  const known = references.get(id);
  if (known) return known;
  const reference = derivedLetters(24, 'psp', id).toUpperCase().slice(0, 16);
  references.set(id, reference);
  return reference;
}
const references = new Map<string, string>();

/** The object of this reference among those of one kind. */
export function byPsp<T extends { id: string }>(objects: readonly T[], reference: unknown): T | undefined {
  return objects.find(({ id }) => pspOf(id) === reference);
}

/** https://docs.adyen.com/development-resources/paymentmethodvariant */
const BRANDS: Record<string, string> = { mastercard: 'mc', diners: 'diners', unionpay: 'cup' };

export function brandOf(brand: string): string {
  return BRANDS[brand] ?? brand;
}

/** What a method is in a notification: a card's brand, or the way that its money is taken. */
export function variantOf(method: PaymentMethod | undefined): string {
  return method?.type === 'us_bank_account' ? 'ach' : brandOf(method?.card?.brand ?? '');
}

/** Its type in a request, and among those that are stored. https://docs.adyen.com/payment-methods/payment-method-types */
export function typeOf({ type }: PaymentMethod): 'scheme' | 'ach' {
  return type === 'us_bank_account' ? 'ach' : 'scheme';
}

export function shopperOf(account: Account, customer: string | null): string {
  return account.find('customer', customer ?? '')?.metadata?.['shopper_reference'] ?? '';
}
