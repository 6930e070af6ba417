import { disputes } from './disputes.js';
import { modifications } from './modifications.js';
import { payments } from './payments.js';
import type { AdyenRoute } from './route.js';
import { sessions } from './sessions.js';
import { storedMethods } from './stored-methods.js';

/** The part of Adyen's API that the sandbox speaks. */
export const adyenRoutes: AdyenRoute[] = [
  ...sessions,
  ...storedMethods,
  ...payments,
  ...modifications,
  ...disputes,
];
