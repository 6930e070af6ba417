import Stripe from 'stripe';
import type { GatewayMethod, MethodOutcome } from '../saving.js';
import { failureOf } from './stripe.declines.js';
import { isAlreadyDetached } from './stripe.errors.js';
import { idOf } from './stripe.mapping.js';

/** Display metadata of a saved method; everything else of it stays with Stripe. */
export function methodOf(method: Stripe.PaymentMethod): GatewayMethod {
  const common = { providerToken: method.id, providerCustomer: idOf(method.customer) };
  const nothing = { cardBrand: null, expiryMonth: null, expiryYear: null, bankName: null };
  if (method.card) {
    const { brand, last4, exp_month, exp_year, fingerprint } = method.card;
    return {
      ...common,
      ...nothing,
      type: 'card',
      cardBrand: brand,
      lastFour: last4,
      expiryMonth: exp_month,
      expiryYear: exp_year,
      fingerprint: fingerprint ?? null,
    };
  }
  if (method.us_bank_account) {
    const { last4, bank_name, fingerprint } = method.us_bank_account;
    return {
      ...common,
      ...nothing,
      type: 'us_bank_account',
      lastFour: last4 ?? '0000',
      bankName: bank_name,
      fingerprint,
    };
  }
  throw new Error(`Stripe saved a payment method of a type that was not asked for: ${method.type}`);
}

/** The method as it stands at Stripe. A detached one can still be read, and belongs to no customer any more. */
export async function readMethod(stripe: Stripe, providerToken: string): Promise<MethodOutcome> {
  try {
    const found = await stripe.paymentMethods.retrieve(providerToken);
    const method = methodOf(found);
    if (!found.customer) return { status: 'unusable', reason: 'detached_at_gateway', method };
    // https://docs.stripe.com/payments/ach-direct-debit/blocked-bank-accounts
    const blocked = found.us_bank_account?.status_details?.blocked;
    if (!blocked) return { status: 'usable', method };
    const reason = failureOf({ code: blocked.reason ?? undefined }).methodReason ?? 'account_closed';
    return { status: 'unusable', reason, method };
  } catch (error) {
    const isGone = error instanceof Stripe.errors.StripeInvalidRequestError && error.statusCode === 404;
    if (!isGone) throw error;
    return { status: 'unusable', reason: 'token_invalid', method: null };
  }
}

export async function createCustomer(
  stripe: Stripe,
  payerId: string,
  idempotencyKey: string,
): Promise<string> {
  const { id } = await stripe.customers.create({ metadata: { payer_id: payerId } }, { idempotencyKey });
  return id;
}

/** Stripe detaches what was saved under it, and forgets what we had it note. */
export async function forgetCustomer(stripe: Stripe, providerCustomer: string): Promise<void> {
  try {
    await stripe.customers.del(providerCustomer);
  } catch (error) {
    if (!isAlreadyDetached(error)) throw error;
  }
}
