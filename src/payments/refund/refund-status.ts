import type { RefundStatus } from '../payments.contract.js';

/** Every legal change of a refund's status. A bank may send money back after it had been accepted. */
export const REFUND_EDGES: Record<RefundStatus, readonly RefundStatus[]> = {
  pending: ['succeeded', 'failed', 'cancelled'],
  succeeded: ['failed'],
  failed: [],
  cancelled: [],
};

/** @throws Error when a refund may not go from one status to the other */
export function assertRefundEdge(from: RefundStatus, to: RefundStatus): void {
  if (!REFUND_EDGES[from].includes(to)) throw new Error(`A refund cannot go from ${from} to ${to}`);
}
