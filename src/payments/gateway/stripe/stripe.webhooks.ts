import type Stripe from 'stripe';
import type { GatewayEvent } from '../gateway.js';

/** Stripe signs each delivery anew; a difference beyond five minutes is a replay or a broken clock. */
const AGE_SECONDS_MAX = 300;

/**
 * The event, when one of our secrets signed exactly these bytes within the last minutes; else null.
 * The SDK's own age check looks only at the past, so the future is checked here.
 */
export function verifiedEvent(
  webhooks: Stripe['webhooks'],
  rawBody: Buffer,
  signature: string,
  secrets: readonly string[],
): GatewayEvent | null {
  const signedAt = Number(/(?:^|,)t=(\d+)/.exec(signature)?.[1]);
  if (!(signedAt <= Date.now() / 1000 + AGE_SECONDS_MAX)) return null;
  for (const secret of secrets) {
    try {
      return eventOf(webhooks.constructEvent(rawBody, signature, secret, AGE_SECONDS_MAX));
    } catch {
      // not signed with this secret, or too old: the next one may fit
    }
  }
  return null;
}

function eventOf(event: Stripe.Event): GatewayEvent {
  return {
    providerEventId: event.id,
    account: event.account ?? 'own', // Stripe names an account only when it is a connected one
    type: event.type,
    subject: subjectOf(event),
  };
}

function subjectOf(event: Stripe.Event): GatewayEvent['subject'] {
  const object = event.data.object as { id?: string; object?: string; mode?: string };
  if (typeof object.id !== 'string') return null;
  if (object.object === 'payment_intent') return { kind: 'payment', providerId: object.id };
  if (object.object === 'setup_intent') return { kind: 'setup', providerId: object.id, flow: 'embedded' };
  if (object.object === 'checkout.session' && object.mode === 'setup')
    return { kind: 'setup', providerId: object.id, flow: 'redirect' };
  return null;
}
