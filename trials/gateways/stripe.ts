import { createHmac, randomBytes } from 'node:crypto';
import type { Json } from '../world/gateway-account.ts';
import type { TrialGateway } from './gateway.ts';

const say =
  (facts: object) =>
  (answer: string): string =>
    JSON.stringify({ ...(JSON.parse(answer) as object), ...facts });

export const STRIPE: TrialGateway = {
  name: 'stripe',
  flow: 'redirect',
  calls: {
    prepare: 'POST /v1/payment_intents',
    confirm: 'POST /v1/payment_intents/*/confirm',
    read: 'GET /v1/payment_intents/*',
    end: 'POST /v1/payment_intents/*/cancel',
    capture: 'POST /v1/payment_intents/*/capture',
    cancel: 'POST /v1/payment_intents/*/cancel',
    refund: 'POST /v1/refunds',
    customer: 'POST /v1/customers',
    startSetup: 'POST /v1/checkout/sessions',
    readSetup: 'GET /v1/checkout/sessions/*',
    completeSetup: 'GET /v1/checkout/sessions/*',
    detach: 'POST /v1/payment_methods/*/detach',
  },
  sendsToBank: true,
  tellsOfSetups: true,
  listsEvents: true,
  keepsErrors: true,
  lies: {
    'a wrong amount': say({ amount: 1, amount_received: 1 }),
    'another currency': say({ currency: 'jpy' }),
    "somebody else's payment": say({ metadata: { payment_id: 'elsewhere' } }),
    'an unknown status': say({ status: 'on_hold' }),
  },
  keyed: /^\/v1\/(customers$|checkout\/sessions$|setup_intents$|payment_intents|refunds$)/,

  newSecret: () => `whsec_${randomBytes(12).toString('hex')}`,
  base: 'STRIPE_API_BASE',
  settings: ({ secretKey, publishableKey }, secret) => ({
    STRIPE_SECRET_KEY: secretKey,
    STRIPE_PUBLISHABLE_KEY: publishableKey,
    STRIPE_WEBHOOK_SECRETS: secret,
  }),
  endpoint: (_, secret) => ({ secret }),
  newsIn: (body) => {
    const { id, type, data } = JSON.parse(body) as { id: string; type: string; data: { object: Json } };
    return { id, type, object: data.object };
  },
  isAbout: ({ id, payment_intent: its }, payment) => id === payment || its === payment,
  signedAgain: (body, secret) => ({ 'stripe-signature': signature(body, secret) }),

  payment: (intent) => ({ ...intent, name: intent.id }),
  customer: async (_, name) => name,
  refund: (refund) => refund,
  disputeName: ({ id }) => id,
};

function signature(body: string, secret: string): string {
  const seconds = Math.floor(Date.now() / 1000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}
