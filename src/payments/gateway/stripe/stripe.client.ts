import Stripe from 'stripe';
import type { PaymentsConfig } from '../../payments.config.js';

/** Stripe answers nearly always in 2 s; a card network may take longer. The SDK's own 80 s would keep payers waiting. */
const TIMEOUT_MS = 20_000;
/** Safe, because every call that changes something carries our own key. */
const NETWORK_RETRIES = 1;
/** Stripe's own SDK, pointed at Stripe or at a server of the same shape. */
export function stripeClient(config: PaymentsConfig): Stripe {
  const address = new URL(config.stripeAddress);
  const isSecure = address.protocol === 'https:';
  return new Stripe(config.STRIPE_SECRET_KEY, {
    host: address.hostname,
    port: address.port || (isSecure ? 443 : 80),
    protocol: isSecure ? 'https' : 'http',
    timeout: TIMEOUT_MS,
    maxNetworkRetries: NETWORK_RETRIES,
    telemetry: false,
    appInfo: { name: 'Tokenkeep' },
  });
}
