import type { Edges } from '../edges.js';

export const WEBHOOK_EVENT_STATUSES = ['received', 'processed', 'failed', 'parked', 'dismissed'] as const;

/**
 * `received` is not `processed`: an event that failed is tried again, and after many tries parked for an operator. One that
 * can never be applied, and was dealt with elsewhere, is `dismissed` by a person.
 */
export type WebhookEventStatus = (typeof WEBHOOK_EVENT_STATUSES)[number];

/** For the reader and the reference: who works on an event holds its fence. An operator may have any event applied again. */
export const WEBHOOK_EVENT_EDGES: Edges<WebhookEventStatus> = {
  received: ['processed', 'failed', 'parked'],
  failed: ['received', 'processed', 'parked'],
  parked: ['received', 'dismissed'],
  processed: ['received'],
  dismissed: ['received'],
};
