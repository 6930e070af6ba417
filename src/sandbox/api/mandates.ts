import { route } from '../wire/route.js';

/** https://docs.stripe.com/api/mandates */
export const mandates = [
  route('GET /v1/mandates/:id', {}, ({ changes, id }) => changes.get('mandate', id, 'mandate')),
];
