import { randomUUID } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import Stripe from 'stripe';
import type { GatewayConfig } from '../gateway.config.js';
import { STRIPE_ORIGIN } from '../stripe.config.js';
import type { GatewayRequest } from '../gateway.js';

/** As many as Stripe lists at once. */
export const PAGE = 100;

/**
 * Stripe's own SDK, pointed at Stripe or at a server of the same shape, and its connections: the SDK leaves one behind for
 * each answer that it does not read before it tries again, so whoever stops using it must close them.
 */
export function stripeClient(config: GatewayConfig): { stripe: Stripe; connections: HttpAgent } {
  const address = new URL(config.addressOf('stripe') ?? STRIPE_ORIGIN);
  const isSecure = address.protocol === 'https:';
  const connections = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const stripe = new Stripe('', {
    // Asked each time: a key that is exchanged in its file is the one that the next call has.
    authenticator: (request) => {
      request.headers['Authorization'] = `Bearer ${config.stripe.STRIPE_SECRET_KEY}`;
      return Promise.resolve();
    },
    httpAgent: connections,
    host: address.hostname,
    port: address.port || (isSecure ? 443 : 80),
    protocol: isSecure ? 'https' : 'http',
    timeout: config.GATEWAY_TIMEOUT_MS,
    maxNetworkRetries: config.GATEWAY_RETRIES, // safe: every call that changes something carries our own key
    telemetry: false,
    appInfo: { name: 'Tokenkeep' },
  });
  return { stripe, connections };
}

/**
 * For what happens once under whatever key: Stripe gives a 500 again for a day to who asks with the same key.
 * https://docs.stripe.com/error-low-level#idempotency
 */
export function keyOfThisSending(key: string): string {
  return `${key}:${randomUUID()}`;
}

/** The charge in whole, where the PaymentIntent itself may not say any more why it failed. */
export const WITH_CHARGE = { expand: ['latest_charge'] };

/** Most reads are of payments that went well: the charge is asked for only where it alone may know why one did not. */
export async function readIntent({ paymentIntents }: Stripe, id: string): Promise<Stripe.PaymentIntent> {
  const intent = await paymentIntents.retrieve(id);
  const isReasonLost = intent.status === 'canceled' && !intent.last_payment_error && intent.latest_charge;
  return isReasonLost ? paymentIntents.retrieve(id, WITH_CHARGE) : intent;
}

/** What the SDK tells of an answer. https://github.com/stripe/stripe-node#request-and-response-events */
interface ResponseEvent {
  request_id?: string;
  method: string;
  path: string;
  status: number;
  /** Milliseconds since 1970. */
  request_end_time: number;
}

/** Hears every answer that has an id. Of calls that the SDK repeats by itself, it tells of the last. */
export function onAnswer(stripe: Stripe, listener: (request: GatewayRequest) => void): void {
  const hear = ({ request_id: id, method, path, status, request_end_time }: ResponseEvent): void => {
    const at = new Date(request_end_time).toISOString();
    if (id) listener({ id, call: `${method} ${path.split('?')[0]}`, httpStatus: status, at });
  };
  (stripe.on as (event: 'response', hear: (event: ResponseEvent) => void) => void)('response', hear);
}
