import Stripe from 'stripe';
import type { PaymentsConfig } from '../../payments.config.js';

/** Stripe's own SDK, pointed at Stripe or at a server of the same shape. */
export function stripeClient(config: PaymentsConfig): Stripe {
  const address = new URL(config.stripeAddress);
  const isSecure = address.protocol === 'https:';
  return new Stripe(config.STRIPE_SECRET_KEY, {
    host: address.hostname,
    port: address.port || (isSecure ? 443 : 80),
    protocol: isSecure ? 'https' : 'http',
    timeout: config.GATEWAY_TIMEOUT_MS,
    maxNetworkRetries: config.GATEWAY_RETRIES, // safe: every call that changes something carries our own key
    telemetry: false,
    appInfo: { name: 'Tokenkeep' },
  });
}
