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

/** Stripe's event, as the hint that it is. */
export function eventOf(event: Stripe.Event): GatewayEvent {
  return {
    providerEventId: event.id,
    account: event.account ?? 'own', // Stripe names an account only when it is a connected one
    type: event.type,
    subject: subjectOf(event),
  };
}

const KINDS: Record<string, NonNullable<GatewayEvent['subject']>['kind']> = {
  payment_intent: 'payment',
  setup_intent: 'setup',
  'checkout.session': 'setup',
  refund: 'refund',
  dispute: 'dispute',
  'radar.early_fraud_warning': 'fraud_warning',
  payment_method: 'method',
  mandate: 'mandate',
};

/** Metadata is written by whoever may; an id of ours looks like one. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What the event is about. A charge's news is its payment's. */
function subjectOf(event: Stripe.Event): GatewayEvent['subject'] {
  const object = event.data.object as {
    id?: unknown;
    object?: string;
    payment_intent?: unknown;
    metadata?: Record<string, string> | null;
  };
  if (object.object === 'charge' && typeof object.payment_intent === 'string')
    return { kind: 'payment', providerId: object.payment_intent };
  const kind = KINDS[object.object ?? ''];
  if (!kind || typeof object.id !== 'string') return null;
  const isByNetwork = event.type === 'payment_method.automatically_updated';
  const setupIntentId = kind === 'setup' ? object.metadata?.['setup_intent_id'] : undefined;
  return {
    kind,
    providerId: object.id,
    ...(isByNetwork && { isByNetwork }),
    ...(setupIntentId !== undefined && UUID.test(setupIntentId) && { setupIntentId }),
  };
}
