import { createPaymentIntent } from '../api/payment-intents.js';
import { goOn } from '../behaviour/answer-challenge.js';
import { takeAtOnce } from '../behaviour/bank-debits.js';
import { confirmPayment } from '../behaviour/confirm-payment.js';
import type { Changes } from '../state/changes.js';
import type { PaymentIntent, PaymentMethod } from '../state/resources.js';
import { StripeError } from '../wire/errors.js';
import { amountOf } from './amounts.js';
import { AdyenError, notFound } from './dialect.js';
import { refusalOf } from './refusals.js';
import { type AdyenRoute, type Json, route } from './route.js';
import { pspOf, byPsp, typeOf } from './names.js';
import { stored } from './session-payments.js';

/** https://docs.adyen.com/api-explorer/Checkout/72/post/payments, with stored payment details. */
export const payments: AdyenRoute[] = [
  route(
    'POST /v72/payments',
    { required: ['merchantAccount', 'amount', 'reference', 'paymentMethod', 'returnUrl'] },
    ({ changes, body, origin }) => {
      const method = storedMethod(changes, body);
      const { value, currency } = amountOf(body);
      const additional = (body['additionalData'] ?? {}) as Record<string, string>;
      const created = createPaymentIntent(changes, {
        amount: value,
        currency: currency.toLowerCase(),
        customer: method.customer!,
        payment_method: method.id,
        allowed_payment_method_types: [method.type],
        capture_method: additional['manualCapture'] === 'true' ? 'manual' : 'automatic',
        metadata: { ...(body['metadata'] as Record<string, string>), reference: String(body['reference']) },
      });
      const sandbox = { ...created.sandbox, waitsForDetails: true as const };
      const intent = changes.save<PaymentIntent>({ ...created, sandbox });
      const isShopperThere = body['recurringProcessingModel'] === 'CardOnFile';
      return attempted(changes, intent.id, () =>
        confirmPayment(changes, intent, {
          isOffSession: !isShopperThere,
          ...(isShopperThere && { returnUrl: String(body['returnUrl']) }),
          origin,
        }),
      );
    },
  ),

  // The shopper is back from the issuer: only now is it decided. https://docs.adyen.com/online-payments/3d-secure/redirect-3ds2
  route('POST /v72/payments/details', { required: ['details'] }, ({ changes, body }) => {
    const { redirectResult } = body['details'] as { redirectResult?: string };
    const challenge = redirectResult && changes.find('sandbox.authentication', redirectResult);
    if (!challenge) throw new AdyenError(422, '14_0394', 'The redirectResult is invalid or corrupted.');
    if (challenge.status === 'open')
      throw new AdyenError(422, '14_0402', 'The shopper has not answered yet.');
    if (changes.find('setup_intent', challenge.intent)) return stored(changes, challenge);
    return attempted(changes, challenge.intent, () => goOn(changes, challenge));
  }),
];

/** A refused payment is an answer, and what the attempt left behind is kept. */
function attempted(changes: Changes, intentId: string, attempt: () => unknown): Json {
  try {
    attempt();
    const intent = changes.get('payment_intent', intentId);
    if (intent.status === 'processing') takeAtOnce(changes, intent); // nobody here waits for a bank
  } catch (error) {
    if (!(error instanceof StripeError) || !error.keepsChanges) throw asAdyens(error);
  }
  return paymentAnswer(changes.get('payment_intent', intentId));
}

function paymentAnswer(intent: PaymentIntent): Json {
  const known = {
    pspReference: pspOf(intent.id),
    merchantReference: intent.metadata['reference'],
    amount: { currency: intent.currency.toUpperCase(), value: intent.amount },
  };
  const redirect = intent.next_action?.redirect_to_url;
  if (intent.status === 'requires_action' && redirect)
    return {
      ...known,
      resultCode: 'RedirectShopper',
      action: { type: 'redirect', paymentMethodType: 'scheme', method: 'GET', url: redirect.url },
    };
  if (intent.status === 'succeeded' || intent.status === 'requires_capture')
    return { ...known, resultCode: 'Authorised' };
  if (intent.status === 'canceled') return { ...known, resultCode: 'Cancelled' };
  const { refusalReason, refusalReasonCode, raw } = refusalOf(intent.last_payment_error);
  const additionalData = { refusalReasonRaw: raw };
  return { ...known, resultCode: 'Refused', refusalReason, refusalReasonCode, additionalData };
}

function storedMethod(changes: Changes, body: Json): PaymentMethod {
  const { type, storedPaymentMethodId } = body['paymentMethod'] as Record<string, string | undefined>;
  if (!storedPaymentMethodId)
    throw new AdyenError(422, '14_004', 'The sandbox charges stored payment details only.');
  const method = byPsp(changes.all('payment_method'), storedPaymentMethodId);
  const owner = method?.customer && changes.find('customer', method.customer);
  if (!method || !owner || owner.metadata?.['shopper_reference'] !== body['shopperReference'])
    throw notFound('800', 'Contract not found');
  if (type !== typeOf(method))
    throw new AdyenError(422, '702', `The stored payment method is not of type '${type}'.`);
  return method;
}

/** What the ledger refuses, as the code and words that Adyen has for it. */
export function asAdyens(error: unknown): unknown {
  if (!(error instanceof StripeError) || error instanceof AdyenError) return error;
  return new AdyenError(422, '702', error.message);
}
