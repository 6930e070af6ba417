import { assertEdge, type Edges } from '../edges.js';

export type SetupIntentStatus = 'pending' | 'completed' | 'ended';

export const SETUP_INTENT_EDGES: Edges<SetupIntentStatus> = {
  pending: ['completed', 'ended'],
  completed: [],
  ended: [],
};

/** @throws Error when a setup may not go from one status to the other */
export function assertSetupIntentEdge(from: SetupIntentStatus, to: SetupIntentStatus): void {
  assertEdge('setup intent', SETUP_INTENT_EDGES, from, to);
}
