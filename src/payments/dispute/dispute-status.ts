import { assertEdge, type Edges } from '../edges.js';
import type { DisputeStatus } from '../payments.contract.js';

/**
 * We may hear of one late, so any stage may be the first that is seen; a lost
 * one may be appealed and won by the gateway.
 */
export const DISPUTE_EDGES: Edges<DisputeStatus> = {
  inquiry: ['inquiry_under_review', 'inquiry_closed', 'needs_response', 'under_review', 'won', 'lost'],
  inquiry_under_review: ['inquiry', 'inquiry_closed', 'needs_response', 'under_review', 'won', 'lost'],
  inquiry_closed: ['needs_response', 'under_review', 'won', 'lost'],
  needs_response: ['under_review', 'won', 'lost', 'inquiry_closed'],
  // that it was but an inquiry may be heard after its answer
  under_review: ['needs_response', 'won', 'lost', 'inquiry_under_review', 'inquiry_closed'],
  won: ['under_review', 'needs_response', 'lost'],
  lost: ['under_review', 'needs_response', 'won'],
};

/** @throws Error when a dispute may not go from one status to the other */
export function assertDisputeEdge(from: DisputeStatus, to: DisputeStatus): void {
  assertEdge('dispute', DISPUTE_EDGES, from, to);
}

/** Our side can still be heard. */
export function isOpen(status: DisputeStatus): boolean {
  return status === 'inquiry' || status === 'needs_response';
}
