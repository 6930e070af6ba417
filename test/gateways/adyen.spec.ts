import { ADYEN_CAPABILITIES } from '../../src/payments/gateway/adyen/adyen.capabilities.js';
import { AdyenGateway } from '../../src/payments/gateway/adyen/adyen.gateway.js';
import { configured } from './bench.js';
import { describeGateway } from './gateway-behaviour.js';

const HMAC_KEY = 'AB'.repeat(32);
const CREDENTIALS = { username: 'behaviour', password: 'a-password' };

describeGateway('adyen', {
  capabilities: ADYEN_CAPABILITIES,
  open: ({ address, secretKey }, heard) =>
    new AdyenGateway(
      configured({
        ADYEN_API_BASE: address,
        ADYEN_API_KEY: secretKey.replace('sk_', 'AQE_'),
        ADYEN_HMAC_KEYS: HMAC_KEY,
        ADYEN_WEBHOOK_CREDENTIALS: `${CREDENTIALS.username}:${CREDENTIALS.password}`,
      }),
      {
        about: async (_gateway, providerId) =>
          heard.filter(({ event }) => event.subject?.providerId === providerId).map(({ body }) => body),
      },
    ),
  addWebhookEndpoint: (account, url) => account.addWebhookEndpoint(url, HMAC_KEY, CREDENTIALS),
  calls: { charge: 'POST /v72/payments', refund: 'POST /v72/payments/*/refunds' },
});
