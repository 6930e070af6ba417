import { assertEdge, type Edges } from '../edges.js';

export type RefundRequestStatus = 'pending' | 'approved' | 'rejected';

/** A decision is final. */
export const REFUND_REQUEST_EDGES: Edges<RefundRequestStatus> = {
  pending: ['approved', 'rejected'],
  approved: [],
  rejected: [],
};

/** @throws Error when a refund request may not go from one status to the other */
export function assertRefundRequestEdge(from: RefundRequestStatus, to: RefundRequestStatus): void {
  assertEdge('refund request', REFUND_REQUEST_EDGES, from, to);
}
