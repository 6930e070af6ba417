import { assertEdge, type Edges } from '../edges.js';
import type { PaymentMethodStatus } from '../payments.contract.js';

export const PAYMENT_METHOD_EDGES: Edges<PaymentMethodStatus> = {
  pending_verification: ['active', 'removed'],
  active: ['requires_replacement', 'removed'],
  requires_replacement: ['active', 'removed'], // by the gateway's updater, or by saving the same card again
  removed: [],
};

/** @throws Error when a method may not go from one status to the other */
export function assertPaymentMethodEdge(from: PaymentMethodStatus, to: PaymentMethodStatus): void {
  assertEdge('payment method', PAYMENT_METHOD_EDGES, from, to);
}
