import { BRAINTREE_CAPABILITIES } from '../../src/payments/gateway/braintree/braintree.capabilities.js';
import { BraintreeGateway } from '../../src/payments/gateway/braintree/braintree.gateway.js';
import type { SandboxAccount } from '../support/sandbox-account.js';
import { configured, type GatewayUnderTest } from './bench.js';

const keysOf = ({ secretKey }: SandboxAccount) => ({
  publicKey: secretKey.replace('sk_', 'bt_public_'),
  privateKey: secretKey.replace('sk_', 'bt_private_'),
});

export const BRAINTREE: GatewayUnderTest & { keysOf: typeof keysOf } = {
  keysOf,
  capabilities: BRAINTREE_CAPABILITIES,
  open: (account) => {
    const { publicKey, privateKey } = keysOf(account);
    return new BraintreeGateway(
      configured({
        BRAINTREE_API_BASE: account.address,
        BRAINTREE_PUBLIC_KEY: publicKey,
        BRAINTREE_PRIVATE_KEY: privateKey,
      }).gateway,
    );
  },
  addWebhookEndpoint: (account, url) => {
    const { publicKey, privateKey } = keysOf(account);
    return account.addWebhookEndpoint(url, privateKey, { public_key: publicKey });
  },
  deposits: [17, 29],
  bankName: 'STRIPE TEST BANK',
  calls: { charge: 'POST /merchants/*/transactions', refund: 'POST /merchants/*/transactions/*/refund' },
  settlesAfter: '25h',
  forged: (body) => {
    const form = new URLSearchParams(body.toString());
    const said = Buffer.from(form.get('bt_payload')!, 'base64').toString().replaceAll('19.99', '99.99');
    form.set('bt_payload', `${Buffer.from(said).toString('base64')}\n`);
    return Buffer.from(form.toString());
  },
};
