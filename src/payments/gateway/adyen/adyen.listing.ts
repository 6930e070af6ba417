import type { HeardEvent, ListedMovement } from '../gateway.js';

/** Adyen lists no past events: it sends each again until it is taken. https://docs.adyen.com/development-resources/webhooks/handle-webhook-events#retry-queue */
export async function* events(): AsyncIterable<HeardEvent> {}

/** Adyen lists no payments: its books are files. https://docs.adyen.com/reporting/settlement-reconciliation */
export async function* movements(): AsyncIterable<ListedMovement> {}
