import { listOfPage, pagination } from '../wire/lists.js';
import { string } from '../wire/parameters.js';
import { route } from '../wire/route.js';

/** https://docs.stripe.com/api/radar/early_fraud_warnings */
export const earlyFraudWarnings = [
  route(
    'GET /v1/radar/early_fraud_warnings',
    { ...pagination, charge: string, payment_intent: string },
    ({ changes, params }) => {
      return listOfPage(changes.all('radar.early_fraud_warning'), params, '/v1/radar/early_fraud_warnings', [
        ({ charge }) => !params.charge || charge === params.charge,
        ({ payment_intent }) => !params.payment_intent || payment_intent === params.payment_intent,
      ]);
    },
  ),
  route('GET /v1/radar/early_fraud_warnings/:id', {}, ({ changes, id }) =>
    changes.get('radar.early_fraud_warning', id, 'early_fraud_warning'),
  ),
];
