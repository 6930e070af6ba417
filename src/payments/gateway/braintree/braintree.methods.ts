import type { BankVerification, BraintreeSdk, SavedBankAccount, SavedMethod } from 'braintree';
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
export function methodOf(saved: SavedMethod): GatewayMethod {
  const common = { providerToken: saved.token, providerCustomer: saved.customerId, lastFour: saved.last4 };
  if (isBankAccount(saved))
    return {
      ...common,
      type: 'us_bank_account',
      cardBrand: null,
      expiryMonth: null,
      expiryYear: null,
      bankName: saved.bankName ?? null,
      fingerprint: null, // Braintree numbers cards only
    };
  return {
    ...common,
    type: 'card',
    cardBrand: BRANDS[saved.cardType ?? ''] ?? saved.cardType?.toLowerCase() ?? null,
    expiryMonth: Number(saved.expirationMonth) || null,
    expiryYear: Number(saved.expirationYear) || null,
    bankName: null,
    fingerprint: saved.uniqueNumberIdentifier ?? null,
  };
}

/** https://developer.paypal.com/braintree/docs/guides/ach/server-side/node */
export const MICRO_TRANSFERS = 'micro_transfers';

export function isBankAccount(saved: SavedMethod): saved is SavedBankAccount {
  return 'routingNumber' in saved;
}

/** Who vouches for it: its owner, where they were asked, else its bank; undefined where nobody was asked. */
export function verificationOf({ verifications }: SavedBankAccount): BankVerification | undefined {
  return verifications.find((it) => it.verificationMethod === MICRO_TRANSFERS) ?? verifications[0];
}

/** Null when Braintree does not know the token, or not any more. */
export async function findMethod(sdk: BraintreeSdk, token: string): Promise<SavedMethod | null> {
  try {
    return await sdk.paymentMethod.find(token);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return null;
  }
}

/** What was removed at Braintree leaves no trace there. */
export async function readMethod(sdk: BraintreeSdk, token: string): Promise<MethodOutcome> {
  const saved = await findMethod(sdk, token);
  if (!saved) return { status: 'unusable', reason: 'detached_at_gateway', method: null };
  return { status: 'usable', method: methodOf(saved) };
}

/** One that is already gone is success. */
export async function unlessGone(removal: () => Promise<void>): Promise<void> {
  try {
    await removal();
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
