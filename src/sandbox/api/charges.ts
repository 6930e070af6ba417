import { listOfPage, pagination } from '../wire/lists.js';
import { string } from '../wire/parameters.js';
import { route } from '../wire/route.js';

/** https://docs.stripe.com/api/charges: made by payment intents, read here. */
export const charges = [
  route(
    'GET /v1/charges',
    { ...pagination, customer: string, payment_intent: string },
    ({ changes, params }) => {
      return listOfPage(changes.all('charge'), params, '/v1/charges', [
        ({ customer }) => !params.customer || customer === params.customer,
        ({ payment_intent }) => !params.payment_intent || payment_intent === params.payment_intent,
      ]);
    },
  ),
  route('GET /v1/charges/:id', {}, ({ changes, id }) => changes.get('charge', id, 'charge')),
];

export const balanceTransactions = [
  route(
    'GET /v1/balance_transactions',
    { ...pagination, currency: string, source: string, type: string },
    ({ changes, params }) => {
      const { currency, source, type } = params;
      return listOfPage(changes.all('balance_transaction'), params, '/v1/balance_transactions', [
        (movement) => !source || movement.source === source,
        (movement) => !type || movement.type === type,
        (movement) => !currency || movement.currency === currency,
      ]);
    },
  ),
  route('GET /v1/balance_transactions/:id', {}, ({ changes, id }) => changes.get('balance_transaction', id)),
];
