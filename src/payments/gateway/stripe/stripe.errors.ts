import Stripe from 'stripe';
import { GatewayUnavailable } from '../gateway.js';

/** Stripe looked at the request and refused it: nothing happened. Everything else that fails is unknown. */
export function isDefiniteNo(error: unknown): error is InstanceType<typeof Stripe.errors.StripeError> {
  return (
    error instanceof Stripe.errors.StripeInvalidRequestError || error instanceof Stripe.errors.StripeCardError
  );
}

export function isAlreadyDetached(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeInvalidRequestError &&
    (error.statusCode === 404 || /not attached/.test(error.message))
  );
}

export function unknown(error: unknown): { status: 'unknown'; reason: string } {
  return {
    status: 'unknown',
    reason:
      error instanceof Stripe.errors.StripeError ? `${error.type} ${error.code ?? ''}`.trim() : String(error),
  };
}

/** For calls that have no outcome of their own: no answer is `GatewayUnavailable`, a refusal is a bug of ours. */
export async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError) throw error;
    if (error instanceof Stripe.errors.StripeError)
      throw new GatewayUnavailable(`Stripe: ${error.type}`, { cause: error });
    throw error;
  }
}
