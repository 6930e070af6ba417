import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { v7 as uuidv7 } from 'uuid';
import { refuseCardNumbersLeaving } from '../../platform/card-data/leaving.js';
import type { PaymentsEvent } from '../payments.contract.js';

/** Grows when a receiver would have to change; a new field or a new type of event is no such case. */
export const EVENT_VERSION = 1;
/** Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;

/** As libraries for Standard Webhooks want it. */
export function newEndpointSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

export interface SignedEvent {
  headers: Record<string, string>;
  body: string;
}

/** An event as it leaves: the contract's own shape with its version, signed with each of the secrets at this moment. */
export function signedEvent(event: PaymentsEvent, secrets: readonly string[]): SignedEvent {
  refuseCardNumbersLeaving(event, 'an event');
  return signed(event.id, JSON.stringify({ version: EVENT_VERSION, ...event }), secrets);
}

/** Several in one post, with an id of its own. Only the application knows this form; others get one event at a time. */
export function signedTogether(events: readonly PaymentsEvent[], secrets: readonly string[]): SignedEvent {
  refuseCardNumbersLeaving(events, 'events');
  const id = uuidv7();
  return signed(id, JSON.stringify({ version: EVENT_VERSION, id, events }), secrets);
}

function signed(id: string, body: string, secrets: readonly string[]): SignedEvent {
  const now = new Date();
  const signatures = secrets.map((secret) => new Webhook(secret).sign(id, now, body));
  return {
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': signatures.join(' '),
    },
    body,
  };
}
