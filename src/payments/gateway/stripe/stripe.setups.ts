import type Stripe from 'stripe';
import type { SetupRequest, StartedSetup } from '../gateway.js';

/** The gateway's own page, to which the payer's browser is sent. https://docs.stripe.com/payments/checkout/save-and-reuse */
export async function hostedPage(
  stripe: Stripe,
  { setupIntentId, payerId, providerCustomer, type, returnUrl, key }: SetupRequest,
): Promise<StartedSetup> {
  const metadata = { setup_intent_id: setupIntentId, payer_id: payerId };
  const session = await stripe.checkout.sessions.create(
    {
      mode: 'setup',
      customer: providerCustomer,
      allowed_payment_method_types: [type],
      success_url: withQuery(returnUrl!, { setup_intent: setupIntentId }),
      cancel_url: withQuery(returnUrl!, { setup_intent: setupIntentId, cancelled: 'true' }),
      metadata,
      setup_intent_data: { metadata },
    },
    { idempotencyKey: key },
  );
  return { providerSetup: session.id, redirectUrl: session.url, clientSecret: null, publishableKey: null };
}

/** The gateway's fields in our page. https://docs.stripe.com/payments/save-and-reuse */
export async function embeddedFields(
  stripe: Stripe,
  publishableKey: string,
  { setupIntentId, payerId, providerCustomer, type, key }: SetupRequest,
): Promise<StartedSetup> {
  const intent = await stripe.setupIntents.create(
    {
      customer: providerCustomer,
      allowed_payment_method_types: [type],
      usage: 'off_session',
      metadata: { setup_intent_id: setupIntentId, payer_id: payerId },
    },
    { idempotencyKey: key },
  );
  return {
    providerSetup: intent.id,
    redirectUrl: null,
    clientSecret: intent.client_secret,
    publishableKey,
  };
}

function withQuery(address: string, query: Record<string, string>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}
