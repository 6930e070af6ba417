import { createSetupIntent } from '../api/setup-intents.js';
import { detach, usablePaymentMethod } from '../api/wallet.js';
import { testCardOf } from '../behaviour/charging.js';
import { failSetup, succeedSetup } from '../behaviour/confirm-setup.js';
import { declineNamed } from '../behaviour/declines.js';
import type { Changes } from '../state/changes.js';
import { derivedLetters } from '../state/ids.js';
import type { Customer, PaymentMethod } from '../state/resources.js';
import { StripeError } from '../wire/errors.js';
import { BraintreeError, NotFound } from './errors.js';
import { accountView, askWhetherGood, keepAccount } from './bank-accounts.js';
import { cardTypeOf, MERCHANT_ID, saved } from './names.js';
import { responseTo, TEST_NONCES } from './responses.js';
import { type BraintreeRoute, partOf, route, shown, textOf } from './route.js';
import type { Value } from './xml.js';

/** Customers, and what is saved under them. */
export const vault: BraintreeRoute[] = [
  // https://developer.paypal.com/braintree/docs/reference/request/client-token/generate/node
  route('POST /client_token', ({ changes, origin }) => {
    const base = `${origin}/merchants/${MERCHANT_ID}/client_api`;
    const token = {
      version: 2,
      authorizationFingerprint: changes.account.id,
      clientApiUrl: base,
      configUrl: `${base}/v1/configuration`,
      merchantId: MERCHANT_ID,
      environment: 'sandbox',
    };
    return shown('client-token', { value: Buffer.from(JSON.stringify(token)).toString('base64') }, 201);
  }),

  // https://developer.paypal.com/braintree/docs/reference/request/customer/create/node
  route('POST /customers', ({ changes, body }) => {
    const id = textOf(partOf(body, 'customer'), 'id');
    if (!/^[\w-]{1,36}$/.test(id))
      throw new BraintreeError('91610', 'id', 'Customer ID is invalid.', 'customer');
    const known = changes.find('customer', id);
    if (known && !known.deleted)
      throw new BraintreeError('91609', 'id', 'Customer ID has already been taken.', 'customer');
    changes.save<Customer>({ id, object: 'customer', created: changes.now, livemode: false, metadata: {} });
    return shown('customer', { id, 'merchant-id': MERCHANT_ID, 'credit-cards': [] }, 201);
  }),

  // https://developer.paypal.com/braintree/docs/reference/request/customer/delete/node
  route('DELETE /customers/:id', ({ changes, id }) => {
    const customer = changes.find('customer', id);
    if (!customer || customer.deleted) throw new NotFound();
    for (const method of changes.all('payment_method')) if (method.customer === id) detach(changes, method);
    changes.save<Customer>({ ...customer, deleted: true });
    return { status: 200 };
  }),

  // https://developer.paypal.com/braintree/docs/reference/request/payment-method/create/node
  route('POST /payment_methods', ({ changes, body, origin }) => {
    const { customer_id: customer, token, payment_method_nonce: nonce } = partOf(body, 'payment_method');
    const owner = changes.find('customer', String(customer));
    if (!owner || owner.deleted)
      throw new BraintreeError('93105', 'customer_id', 'Customer ID is invalid.', 'payment-method');
    if (typeof token !== 'string' || !/^[\w-]{1,36}$/.test(token))
      throw new BraintreeError('91718', 'token', 'Token is invalid.', 'credit-card');
    if (saved(changes, token))
      throw new BraintreeError('91719', 'token', 'Token has already been taken.', 'credit-card');
    const method = behind(changes, String(nonce));
    if (method.us_bank_account) return keepAccount(changes, method, owner.id, token, body, origin);
    const setup = createSetupIntent(changes, { customer: owner.id, metadata: { token } });
    const decline = testCardOf(method)?.onSetup;
    try {
      if (decline) failSetup(changes, setup, used(changes, method), declineNamed(decline));
    } catch (error) {
      if (!(error instanceof StripeError) || !error.keepsChanges) throw error;
      const { status, code, text, rejection } = responseTo(decline);
      const verification: Value = {
        status,
        'processor-response-code': code,
        'processor-response-text': text,
        'gateway-rejection-reason': rejection ?? null,
      };
      return shown('api-error-response', { errors: { errors: [] }, message: text, verification }, 422);
    }
    succeedSetup(changes, setup, { ...method, metadata: { ...method.metadata, token } });
    return shown('credit-card', cardOf(saved(changes, token)!), 201);
  }),

  // https://developer.paypal.com/braintree/docs/reference/request/payment-method/find/node
  route('GET /payment_methods/any/:id', ({ changes, id }) => {
    const method = saved(changes, id);
    if (!method) throw new NotFound();
    return method.us_bank_account
      ? shown('us-bank-account', accountView(changes, method))
      : shown('credit-card', cardOf(method));
  }),

  // https://developer.paypal.com/braintree/docs/reference/request/payment-method/update/node: asks again whether it is good
  route('PUT /payment_methods/any/:id', ({ changes, body, id, origin }) => {
    const method = saved(changes, id);
    if (!method?.us_bank_account) throw new NotFound();
    askWhetherGood(changes, method, body, origin);
    return shown('us-bank-account', accountView(changes, saved(changes, id)!));
  }),

  // https://developer.paypal.com/braintree/docs/reference/request/payment-method/delete/node
  route('DELETE /payment_methods/any/:id', ({ changes, id }) => {
    const method = saved(changes, id);
    if (!method) throw new NotFound();
    detach(changes, method);
    return { status: 200 };
  }),
];

/** What stands for a card or account that was typed, until it is saved: good for one use. */
export function nonceOf({ id }: PaymentMethod): string {
  return `tokencc_${derivedLetters(24, 'nonce', id).toLowerCase()}`;
}

function behind(changes: Changes, nonce: string): PaymentMethod {
  const testCard = TEST_NONCES[nonce];
  if (testCard) return usablePaymentMethod(changes, testCard);
  const method = changes.all('payment_method').find((it) => nonceOf(it) === nonce);
  if (!method || nonce === 'fake-luhn-invalid-nonce')
    throw new BraintreeError(
      '93108',
      'payment_method_nonce',
      'Unknown payment_method_nonce.',
      'payment-method',
    );
  if (method.customer !== null || method.sandbox.isConsumed)
    throw new BraintreeError(
      '93107',
      'payment_method_nonce',
      'Cannot use a payment_method_nonce more than once.',
      'payment-method',
    );
  return method;
}

function used(changes: Changes, method: PaymentMethod): PaymentMethod {
  return changes.save<PaymentMethod>({ ...method, sandbox: { ...method.sandbox, isConsumed: true } });
}

function cardOf({ card, customer, metadata }: PaymentMethod): Value {
  return {
    token: metadata['token'],
    'customer-id': customer,
    'card-type': cardTypeOf(card?.brand ?? ''),
    'last-4': card?.last4,
    'expiration-month': card && String(card.exp_month).padStart(2, '0'),
    'expiration-year': card && String(card.exp_year),
    'unique-number-identifier': card?.fingerprint,
    default: false,
    expired: false,
    verifications: [],
  };
}
