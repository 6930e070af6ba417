import type { Edges } from '../edges.js';

/** `prepared`: the gateway's object exists and its id is stored, so from here on money may have been taken. */
export type AttemptStatus = 'begun' | 'prepared' | 'ended';

/** For the reader and the reference: what writes an attempt has its status, or the version of its payment, in its condition. */
export const ATTEMPT_EDGES: Edges<AttemptStatus> = {
  begun: ['prepared', 'ended'],
  prepared: ['ended'],
  ended: [],
};
