import { listOfPage, pagination } from '../wire/lists.js';
import { string, want } from '../wire/parameters.js';
import { route } from '../wire/route.js';

/** https://docs.stripe.com/api/mandates */
export const mandates = [route('GET /v1/mandates/:id', {}, ({ changes, id }) => changes.get('mandate', id, 'mandate'))];

/** https://docs.stripe.com/api/setup_attempts/list */
export const setupAttempts = [
  route('GET /v1/setup_attempts', { ...pagination, setup_intent: string }, ({ changes, params }) => {
    const intent = want(params.setup_intent, 'setup_intent');
    const found = changes.all('setup_attempt').filter(({ setup_intent }) => setup_intent === intent);
    return listOfPage(found, params, '/v1/setup_attempts');
  }),
];

/** https://docs.stripe.com/api/radar/early_fraud_warnings */
export const earlyFraudWarnings = [
  route(
    'GET /v1/radar/early_fraud_warnings',
    { ...pagination, charge: string, payment_intent: string },
    ({ changes, params }) => {
      const found = changes
        .all('radar.early_fraud_warning')
        .filter(({ charge }) => !params.charge || charge === params.charge)
        .filter(({ payment_intent }) => !params.payment_intent || payment_intent === params.payment_intent);
      return listOfPage(found, params, '/v1/radar/early_fraud_warnings');
    },
  ),
  route('GET /v1/radar/early_fraud_warnings/:id', {}, ({ changes, id }) =>
    changes.get('radar.early_fraud_warning', id, 'early_fraud_warning'),
  ),
];
