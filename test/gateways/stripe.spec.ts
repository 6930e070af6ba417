import { STRIPE_CAPABILITIES } from '../../src/payments/gateway/stripe/stripe.capabilities.js';
import { StripeGateway } from '../../src/payments/gateway/stripe/stripe.gateway.js';
import { configured } from './bench.js';
import { describeGateway } from './gateway-behaviour.js';

const SECRET = 'whsec_behaviour';

describeGateway('stripe', {
  capabilities: STRIPE_CAPABILITIES,
  open: ({ address, secretKey, publishableKey }) =>
    new StripeGateway(
      configured({
        STRIPE_API_BASE: address,
        STRIPE_SECRET_KEY: secretKey,
        STRIPE_PUBLISHABLE_KEY: publishableKey,
        STRIPE_WEBHOOK_SECRETS: SECRET,
      }).gateway,
    ),
  addWebhookEndpoint: (account, url) => account.addWebhookEndpoint(url, SECRET),
  deposits: [32, 45],
  bankName: 'STRIPE TEST BANK',
  calls: { charge: 'POST /v1/payment_intents/*/confirm', refund: 'POST /v1/refunds' },
});
