import { ADYEN_CAPABILITIES } from '../../src/payments/gateway/adyen/adyen.capabilities.js';
import { AdyenGateway } from '../../src/payments/gateway/adyen/adyen.gateway.js';
import { configured, type GatewayUnderTest } from './bench.js';

const CREDENTIALS = { username: 'behaviour', password: 'a-password' };

export const ADYEN: GatewayUnderTest & { hmacKey: string; credentials: typeof CREDENTIALS } = {
  hmacKey: 'AB'.repeat(32),
  credentials: CREDENTIALS,
  capabilities: ADYEN_CAPABILITIES,
  open: ({ address, secretKey, publishableKey }, heard) =>
    new AdyenGateway(
      configured({
        ADYEN_API_BASE: address,
        ADYEN_API_KEY: secretKey.replace('sk_', 'AQE_'),
        ADYEN_CLIENT_KEY: publishableKey.replace('pk_', ''),
        ADYEN_HMAC_KEYS: ADYEN.hmacKey,
        ADYEN_WEBHOOK_CREDENTIALS: `${CREDENTIALS.username}:${CREDENTIALS.password}`,
      }),
      {
        about: async (_gateway, providerId) =>
          heard.filter(({ event }) => event.subject?.providerId === providerId).map(({ body }) => body),
      },
    ),
  addWebhookEndpoint: (account, url) => account.addWebhookEndpoint(url, ADYEN.hmacKey, CREDENTIALS),
  calls: { charge: 'POST /v72/payments', refund: 'POST /v72/payments/*/refunds' },
};
