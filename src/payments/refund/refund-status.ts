import { assertEdge, type Edges } from '../edges.js';
import type { RefundStatus } from '../payments.contract.js';

/** A bank may send money back after it had been accepted. */
export const REFUND_EDGES: Edges<RefundStatus> = {
  pending: ['succeeded', 'failed', 'cancelled'],
  succeeded: ['failed'],
  failed: [],
  cancelled: [],
};

/** @throws Error when a refund may not go from one status to the other */
export function assertRefundEdge(from: RefundStatus, to: RefundStatus): void {
  assertEdge('refund', REFUND_EDGES, from, to);
}
