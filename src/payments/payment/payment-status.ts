import type { PaymentStatus } from '../payments.contract.js';

/** Every legal change of a payment's status; whatever is not here is a bug, also where it "cannot happen". */
export const PAYMENT_EDGES: Record<PaymentStatus, readonly PaymentStatus[]> = {
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
  if (!PAYMENT_EDGES[from].includes(to)) throw new Error(`A payment cannot go from ${from} to ${to}`);
}
