import { createPaymentIntent } from '../api/payment-intents.js';
import { cancelPayment, capturePayment } from '../behaviour/capturing.js';
import { confirmPayment, failPayment } from '../behaviour/confirm-payment.js';
import { declineNamed } from '../behaviour/declines.js';
import { refundCharge } from '../behaviour/refunding.js';
import type { Changes } from '../state/changes.js';
import type { PaymentIntent } from '../state/resources.js';
import { StripeError } from '../wire/errors.js';
import { minorOf } from './amounts.js';
import { BraintreeError, NotFound } from './errors.js';
import { isVerified } from './bank-accounts.js';
import { named, saved } from './names.js';
import { BY_AMOUNT, responseToAmount } from './responses.js';
import {
  type Ask,
  type BraintreeRoute,
  type Json,
  partOf,
  route,
  type Shown,
  shown,
  textOf,
} from './route.js';
import { isSettled, refundView, saleView } from './transaction-views.js';

/** https://developer.paypal.com/braintree/docs/reference/request/transaction/sale/node */
export const transactions: BraintreeRoute[] = [
  route('POST /transactions', ({ changes, body, origin }) => {
    const asked = partOf(body, 'transaction');
    if (asked['type'] !== 'sale')
      throw new BraintreeError('91501', 'type', 'The sandbox has sales of saved cards only.');
    const currency = currencyOf(asked);
    const amount = minorOf(asked['amount'], currency);
    const method = saved(changes, textOf(asked, 'payment_method_token'));
    if (!method)
      throw new BraintreeError('91518', 'payment_method_token', 'Payment method token is invalid.');
    const isDebit = method.type === 'us_bank_account';
    if (isDebit && !isVerified(changes, method))
      throw new BraintreeError('915172', 'payment_method_token', 'US bank account is not verified.');
    const isCaptured = partOf(asked, 'options')['submit_for_settlement'] === true;
    const byAmount = isDebit ? null : responseToAmount(amount);
    const intent = createPaymentIntent(changes, {
      amount,
      currency: currency.toLowerCase(),
      customer: method.customer!,
      payment_method: method.id,
      allowed_payment_method_types: [method.type],
      capture_method: isCaptured ? 'automatic' : 'manual',
      metadata: { order_id: textOf(asked, 'order_id'), ...(byAmount && { by_amount: 'true' }) },
    });
    try {
      if (byAmount) failPayment(changes, intent, method, declineNamed(BY_AMOUNT));
      // Without a 3-D Secure of the page nobody can be asked, whether they are there or not.
      confirmPayment(changes, intent, { isOffSession: true, origin });
    } catch (error) {
      if (!(error instanceof StripeError) || !error.keepsChanges) throw error;
    }
    return answerOf(changes, changes.get('payment_intent', intent.id));
  }),

  route('GET /transactions/:id', ({ changes, id }) => {
    const refund = named(changes.all('refund'), id);
    return shown(
      'transaction',
      refund ? refundView(changes, refund) : saleView(changes, saleOf(changes, id)),
    );
  }),

  // https://developer.paypal.com/braintree/docs/reference/request/transaction/void/node
  route('PUT /transactions/:id/void', (ask) => {
    const intent = saleOf(ask.changes, ask.id);
    if (intent.status !== 'requires_capture')
      throw new BraintreeError('91504', 'base', 'The sandbox voids what is authorized only.');
    cancelPayment(ask.changes, intent, null);
    return changed(ask, intent);
  }),

  // https://developer.paypal.com/braintree/docs/reference/request/transaction/submit-for-settlement/node
  route('PUT /transactions/:id/submit_for_settlement', (ask) => {
    const intent = saleOf(ask.changes, ask.id);
    const { amount } = partOf(ask.body, 'transaction');
    const minor = amount === undefined ? intent.amount : minorOf(amount, intent.currency.toUpperCase());
    if (intent.status !== 'requires_capture')
      throw new BraintreeError('91507', 'base', 'Cannot submit for settlement unless status is authorized.');
    if (minor > intent.amount_capturable)
      throw new BraintreeError('91522', 'amount', 'Settlement amount is too large.');
    capturePayment(ask.changes, intent, minor);
    return changed(ask, intent);
  }),

  // https://developer.paypal.com/braintree/docs/reference/request/transaction/refund/node
  route('POST /transactions/:id/refund', ({ changes, body, id }) => {
    const intent = saleOf(changes, id);
    const charge = changes.find('charge', intent.latest_charge ?? '');
    if (!charge?.captured || !isSettled(changes, intent))
      throw new BraintreeError('91506', 'base', 'Cannot refund transaction unless it is settled.');
    const { amount, order_id: orderId } = partOf(body, 'transaction');
    const left = charge.amount - charge.amount_refunded;
    if (left === 0) throw new BraintreeError('91512', 'base', 'Transaction has already been fully refunded.');
    const minor = amount === undefined ? left : minorOf(amount, intent.currency.toUpperCase());
    if (minor > left) throw new BraintreeError('91521', 'amount', 'Refund amount is too large.');
    const metadata = { order_id: typeof orderId === 'string' ? orderId : intent.metadata['order_id']! };
    const refund = refundCharge(changes, charge, { amount: minor, reason: null, metadata });
    return shown('transaction', refundView(changes, refund), 201);
  }),

  // https://developer.paypal.com/braintree/docs/guides/transactions/node#sandbox: does at once what a batch does at night.
  route('PUT /transactions/:id/settle', (ask) => {
    const intent = saleOf(ask.changes, ask.id);
    ask.changes.save<PaymentIntent>({ ...intent, sandbox: { ...intent.sandbox, isSettled: true } });
    return changed(ask, intent);
  }),
];

function saleOf(changes: Changes, id: string): PaymentIntent {
  const intent = named(changes.all('payment_intent'), id);
  if (!intent) throw new NotFound();
  return intent;
}

/** A merchant account has one currency, which its name ends with here. */
function currencyOf(asked: Json): string {
  const [, currency] = /^sandbox_([a-z]{3})$/.exec(textOf(asked, 'merchant_account_id')) ?? [];
  if (!currency) throw new BraintreeError('91513', 'merchant_account_id', 'Merchant account ID is invalid.');
  return currency.toUpperCase();
}

function changed({ changes }: Ask, { id }: PaymentIntent): Shown {
  return answerOf(changes, changes.get('payment_intent', id), 200);
}

/** What was declined comes as a refusal that holds the transaction. */
function answerOf(changes: Changes, intent: PaymentIntent, status: 200 | 201 = 201): Shown {
  const transaction = saleView(changes, intent);
  if (intent.status !== 'requires_payment_method') return shown('transaction', transaction, status);
  const message = transaction['processor-response-text'];
  return shown('api-error-response', { errors: { errors: [] }, message, transaction }, 422);
}
