import Stripe from 'stripe';
import { openAccount } from '../sandbox/gateway.js';

/**
 * What Stripe documents, one test per behaviour with its address. A judge built by the same people as what it judges can
 * share their misunderstandings, so the same file runs against Stripe's test mode when a key is given: `npm run test:live`.
 */
const liveKey = process.env.STRIPE_TEST_KEY;
if (liveKey && !liveKey.startsWith('sk_test_')) {
  throw new Error(
    'STRIPE_TEST_KEY must be a secret key of test mode (sk_test_...): these tests make charges.',
  );
}

if (!liveKey && process.env.npm_lifecycle_event === 'test:live') {
  throw new Error('npm run test:live asks Stripe itself: set STRIPE_TEST_KEY to a secret key of test mode.');
}

export const isLive = Boolean(liveKey);
const sandbox = openAccount(process.env.TEST_SANDBOX_URL ?? 'http://127.0.0.1:4010');
export const stripe = liveKey ? new Stripe(liveKey, { maxNetworkRetries: 2 }) : sandbox.stripe;

/** `as const` would make the list read-only, which the SDK does not take. */
const card: 'card'[] = ['card'];
export const CARD_ONLY = { allowed_payment_method_types: card };
export const ORDER = { amount: 1999, currency: 'usd', ...CARD_ONLY };
export const BACK = 'https://example.com/back';

/** A word that no earlier run has used, at Stripe neither. */
export const unique = (word: string): string => `${word}-${crypto.randomUUID()}`;

type Refusal = Stripe.errors.StripeError & {
  payment_intent?: Stripe.PaymentIntent;
  setup_intent?: Stripe.SetupIntent;
};

export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  return call.then(
    () => {
      throw new Error('Expected a refusal.');
    },
    (error: Refusal) => error,
  );
}

/** Some things take time: at Stripe it is waited for, at the sandbox the clock is put forward. */
export async function eventually<T>(
  ask: () => Promise<T | undefined>,
  { seconds, advance }: { seconds: number; advance: string } = { seconds: 60, advance: '10s' },
): Promise<T> {
  if (!isLive) await sandbox.control('POST /_sandbox/clock', { advance });
  const until = Date.now() + seconds * 1_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (!isLive || Date.now() > until) throw new Error(`Nothing came within ${seconds} s.`);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

/** A customer with a card that was set up for charges while the payer is away. */
export async function savedCard(card = 'pm_card_visa') {
  const customer = await stripe.customers.create({ description: 'stripe-facts' });
  const setup = await stripe.setupIntents.create({
    ...CARD_ONLY,
    customer: customer.id,
    payment_method: card,
    confirm: true,
  });
  return { customer: customer.id, payment_method: setup.payment_method as string };
}
