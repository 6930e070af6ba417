import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type Stripe from 'stripe';
import type { GatewayEvent, HeardEvent } from '../gateway.js';

/** Stripe signs each delivery anew; a difference beyond five minutes is a replay or a broken clock. */
const AGE_SECONDS_MAX = 300;

/**
 * The one event, when one of our secrets signed exactly these bytes within the last minutes; else null. Checked by hand, as
 * the SDK's age check looks only at the past. https://docs.stripe.com/webhooks#verify-manually
 */
export function verifiedEvent(
  rawBody: Buffer,
  signatureHeader: string,
  secrets: readonly string[],
): HeardEvent[] | null {
  const { signedAt, signatures } = parsed(signatureHeader);
  if (!(Math.abs(Date.now() / 1000 - Number(signedAt)) <= AGE_SECONDS_MAX)) return null;
  const isSigned = secrets.some((secret) => {
    const expected = createHmac('sha256', keyOf(secret)).update(`${signedAt}.`).update(rawBody).digest();
    return signatures.some((it) => it.length === expected.length && timingSafeEqual(it, expected));
  });
  if (!isSigned) return null;
  try {
    return [{ event: eventOf(JSON.parse(rawBody.toString('utf8')) as Stripe.Event), body: rawBody }];
  } catch {
    return null; // rightly signed, and no event
  }
}

const keys = new Map<string, KeyObject>();

/** Prepared once: Node takes longer to prepare a key than to sign an event with it. */
function keyOf(secret: string): KeyObject {
  const known = keys.get(secret) ?? createSecretKey(secret, 'utf8');
  keys.set(secret, known);
  return known;
}

/** `t=1492774577,v1=5257...,v1=...`: two signatures while a secret is being changed; `v0` is for test mode alone. */
function parsed(header: string): { signedAt: string | undefined; signatures: Buffer[] } {
  let signedAt: string | undefined;
  const signatures: Buffer[] = [];
  for (const part of header.split(',')) {
    if (part.startsWith('t=')) signedAt ??= part.slice(2);
    else if (part.startsWith('v1=')) signatures.push(Buffer.from(part.slice(3), 'hex'));
  }
  return { signedAt, signatures };
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
  const isNobodysDispute = object.object === 'dispute' && !object.payment_intent; // of a charge made without an intent: not by us
  const kind = isNobodysDispute ? undefined : KINDS[object.object ?? ''];
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
