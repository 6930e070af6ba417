import { listOfPage, pagination } from '../wire/lists.js';
import { string } from '../wire/parameters.js';
import { route } from '../wire/route.js';

/** https://docs.stripe.com/api/charges: made by payment intents, read here. */
export const charges = [
  route(
    'GET /v1/charges',
    { ...pagination, customer: string, payment_intent: string },
    ({ changes, params }) => {
      const found = changes
        .all('charge')
        .filter(({ customer }) => !params.customer || customer === params.customer)
        .filter(({ payment_intent }) => !params.payment_intent || payment_intent === params.payment_intent);
      return listOfPage(found, params, '/v1/charges');
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
      const found = changes
        .all('balance_transaction')
        .filter((movement) => !source || movement.source === source)
        .filter((movement) => !type || movement.type === type)
        .filter((movement) => !currency || movement.currency === currency);
      return listOfPage(found, params, '/v1/balance_transactions');
    },
  ),
  route('GET /v1/balance_transactions/:id', {}, ({ changes, id }) => changes.get('balance_transaction', id)),
];
