import type { Types } from '@adyen/api-library';
import type adyen from '@adyen/api-library';
import type { GatewayMethod, MethodOutcome } from '../saving.js';
import { isTokenGone } from './adyen.errors.js';

type Checkout = InstanceType<typeof adyen.CheckoutAPI>;

/** Stored payment details can be used together with their shopper's reference only: the two are one token to us. */
export function tokenOf(shopperReference: string, storedPaymentMethodId: string): string {
  return `${shopperReference}/${storedPaymentMethodId}`;
}

export function tokenNamed({ token, customer }: { token: string; customer: string | null }): string | null {
  return customer && tokenOf(customer, token);
}

export function partsOf(token: string): { shopperReference: string; storedPaymentMethodId: string } {
  const at = token.lastIndexOf('/');
  return { shopperReference: token.slice(0, at), storedPaymentMethodId: token.slice(at + 1) };
}

/** A US bank account in requests, lists and notifications; a card is `scheme`. https://docs.adyen.com/payment-methods/ach-direct-debit */
export const BANK_DEBIT = 'ach';

export function typeAtAdyen(type: GatewayMethod['type']): string {
  return type === 'card' ? 'scheme' : BANK_DEBIT;
}

/** https://docs.adyen.com/development-resources/paymentmethodvariant, in the words that we show. */
const BRANDS: Record<string, string> = { mc: 'mastercard', cup: 'unionpay' };

/** Display metadata of a saved method; everything else of it stays with Adyen. */
export function methodOf(
  shopperReference: string,
  stored: Types.checkout.StoredPaymentMethodResource,
): GatewayMethod {
  const common = {
    providerToken: tokenOf(shopperReference, stored.id ?? ''),
    providerCustomer: shopperReference,
    lastFour: stored.lastFour ?? '0000',
    bankName: null, // of an account it tells no bank
    fingerprint: null, // the same card of the same shopper gets the same token
  };
  if (stored.type === BANK_DEBIT)
    return { ...common, type: 'us_bank_account', cardBrand: null, expiryMonth: null, expiryYear: null };
  return {
    ...common,
    type: 'card',
    cardBrand: BRANDS[stored.brand ?? ''] ?? stored.brand ?? null,
    expiryMonth: Number(stored.expiryMonth) || null,
    expiryYear: Number(stored.expiryYear) || null,
  };
}

/** The method as it stands at Adyen: one of those that are stored for its shopper. */
export async function readMethod(checkout: Checkout, account: string, token: string): Promise<MethodOutcome> {
  const { shopperReference, storedPaymentMethodId } = partsOf(token);
  const stored = (await storedMethods(checkout, account, shopperReference)).find(
    (it) => it.id === storedPaymentMethodId,
  );
  if (!stored) return { status: 'unusable', reason: 'detached_at_gateway', method: null };
  return { status: 'usable', method: methodOf(shopperReference, stored) };
}

/** https://docs.adyen.com/api-explorer/Checkout/72/get/storedPaymentMethods */
export async function storedMethods(
  checkout: Checkout,
  account: string,
  shopperReference: string,
): Promise<Types.checkout.StoredPaymentMethodResource[]> {
  const listed = await checkout.RecurringApi.getTokensForStoredPaymentDetails(shopperReference, account);
  return listed.storedPaymentMethods ?? [];
}

/** One that is already gone is success. */
export async function detach(checkout: Checkout, account: string, token: string): Promise<void> {
  const { shopperReference, storedPaymentMethodId } = partsOf(token);
  try {
    await checkout.RecurringApi.deleteTokenForStoredPaymentDetails(
      storedPaymentMethodId,
      shopperReference,
      account,
    );
  } catch (error) {
    if (!isTokenGone(error)) throw error;
  }
}

/** Adyen keeps no record of a shopper but what is stored for them. */
export async function forgetCustomer(
  checkout: Checkout,
  account: string,
  shopperReference: string,
): Promise<void> {
  for (const { id } of await storedMethods(checkout, account, shopperReference))
    if (id) await detach(checkout, account, tokenOf(shopperReference, id));
}
