import type { BraintreeSdk, SavedCard } from 'braintree';
import type { GatewayMethod, MethodOutcome } from '../saving.js';
import { isNotFound } from './braintree.errors.js';

/** https://developer.paypal.com/braintree/docs/reference/response/credit-card/node#card_type, in the words that we show. */
const BRANDS: Record<string, string> = {
  'American Express': 'amex',
  'China UnionPay': 'unionpay',
  'Diners Club': 'diners',
  MasterCard: 'mastercard',
  UnionPay: 'unionpay',
};

/** Display metadata of a saved method; everything else of it stays with Braintree. */
export function methodOf(card: SavedCard): GatewayMethod {
  return {
    providerToken: card.token,
    providerCustomer: card.customerId,
    type: 'card',
    cardBrand: BRANDS[card.cardType ?? ''] ?? card.cardType?.toLowerCase() ?? null,
    lastFour: card.last4,
    expiryMonth: Number(card.expirationMonth) || null,
    expiryYear: Number(card.expirationYear) || null,
    bankName: null,
    fingerprint: card.uniqueNumberIdentifier ?? null,
  };
}

/** Null when Braintree does not know the token, or not any more. */
export async function findCard(sdk: BraintreeSdk, token: string): Promise<SavedCard | null> {
  try {
    return await sdk.paymentMethod.find(token);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return null;
  }
}

/** What was removed at Braintree leaves no trace there. */
export async function readMethod(sdk: BraintreeSdk, token: string): Promise<MethodOutcome> {
  const card = await findCard(sdk, token);
  if (!card) return { status: 'unusable', reason: 'detached_at_gateway', method: null };
  return { status: 'usable', method: methodOf(card) };
}

/** One that is already gone is success. */
export async function unlessGone(removal: () => Promise<void>): Promise<void> {
  try {
    await removal();
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
