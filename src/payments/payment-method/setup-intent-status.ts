import { assertEdge, type Edges } from '../edges.js';

/** `verifying`: a bank account was given, and its owner must still tell which small deposits arrived. */
export type SetupIntentStatus = 'pending' | 'verifying' | 'completed' | 'ended';

export const SETUP_INTENT_EDGES: Edges<SetupIntentStatus> = {
  pending: ['verifying', 'completed', 'ended'],
  verifying: ['completed', 'ended'],
  completed: [],
  ended: [],
};

/** @throws Error when a setup may not go from one status to the other */
export function assertSetupIntentEdge(from: SetupIntentStatus, to: SetupIntentStatus): void {
  assertEdge('setup intent', SETUP_INTENT_EDGES, from, to);
}
