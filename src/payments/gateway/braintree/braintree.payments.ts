import type { BraintreeSdk, Transaction } from 'braintree';
import type { BraintreeConfig } from '../braintree.config.js';
import type { ChargeAttempt } from '../gateway.js';
import { toBraintreeAmount } from './braintree.mapping.js';
import { askedBy } from './braintree.references.js';

/** A currency is that of a merchant account; null where there is none for it, or the amount cannot be written. */
export function moneyOf(
  { amountMinor, currency }: { amountMinor: number; currency: string },
  { BRAINTREE_MERCHANT_ACCOUNTS }: BraintreeConfig,
): { amount: string; merchantAccountId: string } | null {
  const amount = toBraintreeAmount(amountMinor, currency);
  const merchantAccountId = merchantAccountOf(currency, BRAINTREE_MERCHANT_ACCOUNTS);
  return amount && merchantAccountId ? { amount, merchantAccountId } : null;
}

export function merchantAccountOf(currency: string, accounts: readonly string[]): string | undefined {
  return accounts.find((it) => it.startsWith(`${currency}:`))?.slice(currency.length + 1);
}

/**
 * A charge of a saved method. `apiRequestKey` is the SDK's since 3.37.0: the same key does the same thing at most once.
 * https://developer.paypal.com/braintree/docs/reference/request/transaction/sale/node and
 * https://developer.paypal.com/braintree/graphql/integration_guides/idempotency
 */
export function saleOf(
  { providerToken, methodType, capture, returnUrl }: ChargeAttempt,
  money: NonNullable<ReturnType<typeof moneyOf>>,
  orderId: string,
  apiRequestKey: string,
): object {
  return {
    ...money,
    orderId,
    apiRequestKey,
    paymentMethodToken: providerToken,
    // The payer is away; banks are not told.
    ...(!returnUrl && methodType === 'card' && { transactionSource: 'unscheduled' }),
    options: { submitForSettlement: capture === 'automatic' },
  };
}

/** The sales that carry this order id; refunds carry their own. */
export async function salesOf(sdk: BraintreeSdk, orderId: string): Promise<Transaction[]> {
  return (await withOrderId(sdk, orderId)).filter(({ type }) => type === 'sale');
}

export async function withOrderId(sdk: BraintreeSdk, orderId: string): Promise<Transaction[]> {
  const found: Transaction[] = [];
  for await (const transaction of sdk.transaction.search((search) => search.orderId().is(orderId)))
    found.push(transaction as Transaction);
  return found;
}

/** Nothing documents how soon a search finds a new transaction; minutes are more than enough for any index. */
const FOUND_WITHIN_MS = 15 * 60_000;
/** A first try leaves within moments after its name was given. */
const FIRST_TRY_MS = 30_000;

/** That a search finds nothing means that there is nothing, this long after the charge was begun. */
export function isSearchTrusted(reference: string): boolean {
  return ageOf(reference) > FOUND_WITHIN_MS;
}

/** It may have been sent before. */
export function mayBeRepeated(reference: string): boolean {
  return ageOf(reference) > FIRST_TRY_MS;
}

function ageOf(reference: string): number {
  return Date.now() - (askedBy(reference)?.begunAt.getTime() ?? 0);
}
