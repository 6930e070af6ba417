import type { Changes } from '../state/changes.js';
import { newId } from '../state/ids.js';
import type { Challenge, NextAction, PaymentIntent, SetupIntent } from '../state/resources.js';

/**
 * https://docs.stripe.com/payments/3d-secure/authentication-flow: with a return address the payer is sent to the
 * issuer's page; without one, or when the caller says that Stripe.js is there, Stripe.js shows it.
 */
export function openChallenge(
  changes: Changes,
  intent: PaymentIntent | SetupIntent,
  { returnUrl, useStripeSdk, origin }: { returnUrl?: string; useStripeSdk?: boolean; origin: string },
): { challenge: Challenge; nextAction: NextAction } {
  const challenge: Challenge = changes.save({
    id: newId('auth'),
    object: 'sandbox.authentication',
    intent: intent.id,
    status: 'open',
    returnUrl: returnUrl ?? null,
    isForStripeJs: useStripeSdk ?? false,
  });
  const url = `${origin}/authentications/${challenge.id}`;
  const nextAction: NextAction =
    returnUrl && !useStripeSdk
      ? { type: 'redirect_to_url', redirect_to_url: { return_url: returnUrl, url } }
      : {
          type: 'use_stripe_sdk',
          use_stripe_sdk: { type: 'three_d_secure_redirect', stripe_js: url, source: challenge.id },
        };
  return { challenge, nextAction };
}
