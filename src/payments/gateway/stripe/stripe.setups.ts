import Stripe from 'stripe';
import type {
  DepositProof,
  SetupFlow,
  SetupOutcome,
  SetupRequest,
  StartedSetup,
  VerificationOutcome,
} from '../saving.js';
import { methodOf } from './stripe.methods.js';
import { idOf } from './stripe.mapping.js';

/** The gateway's own page, to which the payer's browser is sent. https://docs.stripe.com/payments/checkout/save-and-reuse */
export async function hostedPage(
  stripe: Stripe,
  { setupIntentId, payerId, providerCustomer, type, returnUrl, mandateText, key }: SetupRequest,
): Promise<StartedSetup> {
  const metadata = { setup_intent_id: setupIntentId, payer_id: payerId };
  const session = await stripe.checkout.sessions.create(
    {
      mode: 'setup',
      customer: providerCustomer,
      allowed_payment_method_types: [type],
      success_url: withQuery(returnUrl!, { setup_intent: setupIntentId }),
      cancel_url: withQuery(returnUrl!, { setup_intent: setupIntentId, cancelled: 'true' }),
      custom_text: { submit: { message: mandateText } },
      metadata,
      setup_intent_data: { metadata },
    },
    { idempotencyKey: key },
  );
  return {
    providerSetup: session.id,
    redirectUrl: session.url,
    clientSecret: null,
    publishableKey: null,
    showsMandate: true,
  };
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
    showsMandate: false,
  };
}

/** How a setup stands: of the hosted page, or of our page's fields. */
export async function readSetup(
  stripe: Stripe,
  providerSetup: string,
  flow: SetupFlow,
): Promise<SetupOutcome> {
  if (flow === 'embedded')
    return setupOutcomeOf(await stripe.setupIntents.retrieve(providerSetup, { expand: ['payment_method'] }));
  const session = await stripe.checkout.sessions.retrieve(providerSetup, {
    expand: ['setup_intent.payment_method'],
  });
  if (session.status === 'expired') return { status: 'ended', reason: 'expired' };
  const intent = session.setup_intent;
  if (!intent || typeof intent === 'string') return { status: 'incomplete', reason: 'open', refusal: null };
  const outcome = setupOutcomeOf(intent);
  if (session.status === 'complete' || outcome.status === 'incomplete') return outcome;
  return { status: 'incomplete', reason: 'open', refusal: null };
}

/** What became of saving a method. https://docs.stripe.com/payments/setup-intents */
function setupOutcomeOf(intent: Stripe.SetupIntent): SetupOutcome {
  const { payment_method: method, status, next_action: next, last_setup_error: failure } = intent;
  if (status === 'canceled') return { status: 'ended', reason: intent.cancellation_reason ?? 'cancelled' };
  const ended = failure?.code && VERIFICATION_ENDED[failure.code];
  if (status === 'requires_payment_method' && ended) return { status: 'ended', reason: ended };
  if (status === 'succeeded' && method && typeof method !== 'string' && !method.customer)
    return { status: 'ended', reason: 'detached_at_gateway' }; // before we had heard of it
  if (status === 'succeeded' && method && typeof method !== 'string')
    return { status: 'succeeded', method: methodOf(method), providerMandate: idOf(intent.mandate) };
  const deposits = status === 'requires_action' ? next?.verify_with_microdeposits : undefined;
  if (deposits && method && typeof method !== 'string')
    return {
      status: 'verifying',
      method: methodOf(method),
      ask: deposits.microdeposit_type === 'descriptor_code' ? 'descriptor_code' : 'amounts',
      depositsOn: new Date(deposits.arrival_date * 1000),
    };
  const isCard = failure?.type === 'card_error';
  return {
    status: 'incomplete',
    reason: status,
    refusal: isCard ? (failure.decline_code ?? failure.code ?? 'refused') : null,
  };
}

/** https://docs.stripe.com/payments/ach-direct-debit/set-up-payment: what is left is to begin anew. */
const VERIFICATION_ENDED: Record<string, string> = {
  payment_method_microdeposit_verification_attempts_exceeded: 'verification_failed',
  payment_method_microdeposit_failed: 'verification_failed',
  payment_method_microdeposit_verification_timeout: 'verification_expired',
};

export async function verifySetup(
  stripe: Stripe,
  providerSetup: string,
  flow: SetupFlow,
  proof: DepositProof,
): Promise<VerificationOutcome> {
  const intent = await setupIntentOf(stripe, providerSetup, flow);
  if (!intent) return 'closed';
  try {
    await stripe.setupIntents.verifyMicrodeposits(
      intent,
      proof.kind === 'amounts' ? { amounts: proof.amountsMinor } : { descriptor_code: proof.descriptorCode },
    );
    return 'verified';
  } catch (error) {
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
    return /_mismatch$|_amounts_invalid$/.test(error.code ?? '') ? 'mismatch' : 'closed';
  }
}

export async function cancelSetup(
  stripe: Stripe,
  providerSetup: string,
  flow: SetupFlow,
): Promise<SetupOutcome> {
  try {
    if (flow === 'redirect') await stripe.checkout.sessions.expire(providerSetup);
    else await stripe.setupIntents.cancel(providerSetup, { cancellation_reason: 'abandoned' });
  } catch (error) {
    // It has ended meanwhile, one way or the other: then that is how it stands.
    if (!(error instanceof Stripe.errors.StripeInvalidRequestError)) throw error;
  }
  return readSetup(stripe, providerSetup, flow);
}

async function setupIntentOf(stripe: Stripe, providerSetup: string, flow: SetupFlow): Promise<string | null> {
  if (flow === 'embedded') return providerSetup;
  return idOf((await stripe.checkout.sessions.retrieve(providerSetup)).setup_intent);
}

function withQuery(address: string, query: Record<string, string>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}
