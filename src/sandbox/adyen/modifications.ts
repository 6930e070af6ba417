import { cancelPayment, capturePayment } from '../behaviour/capturing.js';
import { refundCharge } from '../behaviour/refunding.js';
import type { Changes } from '../state/changes.js';
import { newId } from '../state/ids.js';
import type { PaymentIntent } from '../state/resources.js';
import { StripeError } from '../wire/errors.js';
import { amountOf } from './amounts.js';
import { notFound } from './dialect.js';
import { type AdyenRoute, type Ask, type Json, route, textOf } from './route.js';
import { pspOf, byPsp, MERCHANT_ACCOUNT, type Amount, type Modification } from './names.js';

/** https://docs.adyen.com/online-payments/capture, /cancel and /refund */
export const modifications: AdyenRoute[] = [
  route(
    'POST /v72/payments/:id/captures',
    { required: ['merchantAccount', 'amount'], status: 201 },
    (ask) => {
      const amount = amountOf(ask.body);
      const intent = paymentOf(ask);
      return received(ask, intent, amount, 'CAPTURE', () => {
        capturePayment(ask.changes, intent, amount.value);
        return `${intent.id}:capture`;
      });
    },
  ),

  route('POST /v72/payments/:id/cancels', { required: ['merchantAccount'], status: 201 }, (ask) => {
    const intent = paymentOf(ask);
    return received(ask, intent, wholeOf(intent), 'CANCELLATION', () => {
      cancelPayment(ask.changes, intent, null);
      return `${intent.id}:cancel`;
    });
  }),

  // By our own reference, when the payment's is not known. https://docs.adyen.com/online-payments/cancel#cancel-without-reference
  route('POST /v72/cancels', { required: ['merchantAccount', 'paymentReference'], status: 201 }, (ask) => {
    const reference = String(ask.body['paymentReference']);
    const intent = ask.changes
      .all('payment_intent')
      .findLast((it) => it.metadata['reference'] === reference && it.status.startsWith('requires_'));
    return received(ask, intent, wholeOf(intent), 'TECHNICAL_CANCEL', () => {
      if (!intent) throw notFound('167', 'Original pspReference required for this operation');
      cancelPayment(ask.changes, intent, 'abandoned');
      return `${intent.id}:cancel`;
    });
  }),

  route('POST /v72/payments/:id/refunds', { required: ['merchantAccount', 'amount'], status: 201 }, (ask) => {
    const amount = amountOf(ask.body);
    const intent = paymentOf(ask);
    return received(ask, intent, amount, 'REFUND', () => {
      const charge = ask.changes.find('charge', intent.latest_charge ?? '');
      if (!charge?.captured) throw notFound('167', "Transaction hasn't been captured, refund not possible");
      const reference = textOf(ask.body, 'reference');
      const order = { amount: amount.value, reason: null, metadata: { reference } };
      return refundCharge(ask.changes, charge, order).id;
    });
  }),
];

/** The request is taken in whatever comes of it. What the ledger refuses is told by webhook, as everything else is. */
function received(
  { changes, body }: Ask,
  intent: PaymentIntent | undefined,
  amount: Amount,
  eventCode: Modification['eventCode'],
  carryOut: () => string,
): Json {
  const reference = textOf(body, 'reference');
  let subject: string;
  try {
    subject = carryOut();
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    subject = newId('mod');
    const refused: Modification = {
      id: subject,
      object: 'adyen.modification',
      success: false,
      reason: error.message,
      eventCode,
      reference,
      amount,
      intent: intent?.id ?? null,
    };
    changes.emit('adyen.modification_refused', refused);
  }
  return {
    merchantAccount: MERCHANT_ACCOUNT,
    ...(intent && { paymentPspReference: pspOf(intent.id) }),
    ...(body['paymentReference'] !== undefined && { paymentReference: body['paymentReference'] }),
    pspReference: pspOf(subject),
    reference,
    status: 'received',
    ...(body['amount'] !== undefined && { amount }),
  };
}

function paymentOf({ changes, id }: { changes: Changes; id: string }): PaymentIntent {
  const intent = byPsp(changes.all('payment_intent'), id);
  if (!intent) throw notFound('167', 'Original pspReference required for this operation');
  return intent;
}

function wholeOf(intent: PaymentIntent | undefined): Amount {
  return { value: intent?.amount ?? 0, currency: intent?.currency.toUpperCase() ?? 'USD' };
}
