import type { Edges } from '../edges.js';

/** `received` is not `processed`: an event that failed is tried again, and after many tries parked for an operator. */
export type WebhookEventStatus = 'received' | 'processed' | 'failed' | 'parked';

/** For the reader and the reference: who works on an event holds its fence. An operator may have any event applied again. */
export const WEBHOOK_EVENT_EDGES: Edges<WebhookEventStatus> = {
  received: ['processed', 'failed', 'parked'],
  failed: ['received', 'processed', 'parked'],
  parked: ['received'],
  processed: ['received'],
};
