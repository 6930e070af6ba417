import { assertEdge, type Edges } from '../edges.js';
import type { PaymentStatus } from '../payments.contract.js';

export const PAYMENT_EDGES: Edges<PaymentStatus> = {
  processing: ['requires_action', 'requires_capture', 'succeeded', 'failed', 'cancelled'],
  requires_action: ['processing', 'requires_capture', 'succeeded', 'failed', 'cancelled'],
  requires_capture: ['succeeded', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
};

export function isFinal(status: PaymentStatus): boolean {
  return PAYMENT_EDGES[status].length === 0;
}

/** @throws Error when a payment may not go from one status to the other */
export function assertPaymentEdge(from: PaymentStatus, to: PaymentStatus): void {
  assertEdge('payment', PAYMENT_EDGES, from, to);
}
