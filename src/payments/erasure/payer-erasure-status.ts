import { assertEdge, type Edges } from '../edges.js';

/** `begun`: nothing can be charged any more, tokens are being detached. `told`: neighbours are being told. */
export type PayerErasureStatus = 'begun' | 'told' | 'done';

export const PAYER_ERASURE_EDGES: Edges<PayerErasureStatus> = {
  begun: ['told'],
  told: ['done'],
  done: [],
};

/** @throws Error when an erasure may not go from one status to the other */
export function assertPayerErasureEdge(from: PayerErasureStatus, to: PayerErasureStatus): void {
  assertEdge('payer erasure', PAYER_ERASURE_EDGES, from, to);
}
