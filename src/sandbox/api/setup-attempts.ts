import { listOfPage, pagination } from '../wire/lists.js';
import { string, want } from '../wire/parameters.js';
import { route } from '../wire/route.js';

/** https://docs.stripe.com/api/setup_attempts/list */
export const setupAttempts = [
  route('GET /v1/setup_attempts', { ...pagination, setup_intent: string }, ({ changes, params }) => {
    const intent = want(params.setup_intent, 'setup_intent');
    return listOfPage(changes.all('setup_attempt'), params, '/v1/setup_attempts', [
      ({ setup_intent }) => setup_intent === intent,
    ]);
  }),
];
