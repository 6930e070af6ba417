import { assertEdge, type Edges } from '../edges.js';

/** `failed`: tried as often as the schedule says, or its endpoint was disabled. Sending it again begins anew. */
export type EventDeliveryStatus = 'waiting' | 'delivered' | 'failed';

export const EVENT_DELIVERY_EDGES: Edges<EventDeliveryStatus> = {
  waiting: ['delivered', 'failed'],
  delivered: ['waiting'],
  failed: ['waiting'],
};

/** @throws Error when a delivery may not go from one status to the other */
export function assertEventDeliveryEdge(from: EventDeliveryStatus, to: EventDeliveryStatus): void {
  assertEdge('event delivery', EVENT_DELIVERY_EDGES, from, to);
}
