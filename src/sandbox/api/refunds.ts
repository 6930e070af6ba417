import { refundCharge } from '../behaviour/refunding.js';
import type { Changes } from '../state/changes.js';
import type { Charge, Refund } from '../state/resources-money.js';
import { invalidRequest } from '../wire/errors.js';
import { listOfPage, pagination } from '../wire/lists.js';
import { changedMetadata, integer, metadata, oneOf, string } from '../wire/parameters.js';
import { route } from '../wire/route.js';

/** https://docs.stripe.com/api/refunds */
const createParams = {
  amount: integer,
  charge: string,
  metadata,
  payment_intent: string,
  reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
};

export const refunds = [
  route('POST /v1/refunds', createParams, ({ changes, params }) => {
    const charge = chargeToRefund(changes, params);
    return refundCharge(changes, charge, {
      ...(params.amount !== undefined && { amount: params.amount }),
      reason: params.reason ?? null,
      metadata: changedMetadata({}, params.metadata),
    });
  }),

  route(
    'GET /v1/refunds',
    { ...pagination, charge: string, payment_intent: string },
    ({ changes, params }) => {
      return listOfPage(changes.all('refund'), params, '/v1/refunds', [
        ({ charge }) => !params.charge || charge === params.charge,
        ({ payment_intent }) => !params.payment_intent || payment_intent === params.payment_intent,
      ]);
    },
  ),

  route('GET /v1/refunds/:id', {}, ({ changes, id }) => changes.get('refund', id, 'refund')),

  route('POST /v1/refunds/:id', { metadata }, ({ changes, params, id }) => {
    const refund = changes.get('refund', id, 'refund');
    const updated = changes.save<Refund>({
      ...refund,
      metadata: changedMetadata(refund.metadata, params.metadata),
    });
    changes.emit('refund.updated', updated);
    return updated;
  }),

  // https://docs.stripe.com/api/refunds/cancel: only for payment methods whose refund waits for the customer.
  route('POST /v1/refunds/:id/cancel', {}, ({ changes, id }) => {
    const refund = changes.get('refund', id, 'refund');
    const message = `You can only cancel refunds with the status requires_action; this one is ${refund.status}.`;
    throw invalidRequest(message, 'refund_not_cancelable');
  }),
];

function chargeToRefund(changes: Changes, params: { charge?: string; payment_intent?: string }): Charge {
  if (params.charge) return changes.get('charge', params.charge, 'charge');
  if (!params.payment_intent) {
    const message =
      'One of the following params should be provided for this request: payment_intent or charge.';
    throw invalidRequest(message, 'parameter_missing');
  }
  const intent = changes.get('payment_intent', params.payment_intent, 'payment_intent');
  const charge = intent.latest_charge ? changes.find('charge', intent.latest_charge) : undefined;
  if (charge && intent.status === 'succeeded') return charge;
  const message = `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`;
  throw invalidRequest(message, undefined, 'payment_intent');
}
