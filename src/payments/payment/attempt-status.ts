import type { Edges } from '../edges.js';

/** `prepared`: the gateway's object exists and its id is stored, so from here on money may have been taken. */
export type AttemptStatus = 'begun' | 'prepared' | 'ended';

export const ATTEMPT_EDGES: Edges<AttemptStatus> = {
  begun: ['prepared', 'ended'],
  prepared: ['ended'],
  ended: [],
};
