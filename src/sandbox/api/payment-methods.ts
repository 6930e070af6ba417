import type { Changes } from '../state/changes.js';
import type { BillingDetails, PaymentMethod } from '../state/resources.js';
import { invalidRequest, resourceMissing } from '../wire/errors.js';
import { cursor, listOfPage } from '../wire/lists.js';
import {
  changedMetadata,
  clearable,
  hash,
  integer,
  metadata,
  oneOf,
  string,
  want,
  type Values,
} from '../wire/parameters.js';
import { browserRoute, route } from '../wire/route.js';
import { bankAccountFrom, bankAccountParams } from './bank-details.js';
import { cardFrom, cardParams } from './card-details.js';
import { attach, detach, existingCustomer, usablePaymentMethod } from './wallet.js';

/** https://docs.stripe.com/api/payment_methods */
const billingDetails = hash({
  address: hash({
    city: clearable,
    country: clearable,
    line1: clearable,
    line2: clearable,
    postal_code: clearable,
    state: clearable,
  }),
  email: clearable,
  name: clearable,
  phone: clearable,
  tax_id: clearable,
});

/** What makes a payment method, alone or as `payment_method_data` of an intent. */
export const paymentMethodParams = {
  type: oneOf('card', 'us_bank_account'),
  allow_redisplay: oneOf('always', 'limited', 'unspecified'),
  billing_details: billingDetails,
  card: hash(cardParams),
  metadata,
  us_bank_account: hash(bankAccountParams),
};

export const paymentMethods = [
  browserRoute('POST /v1/payment_methods', paymentMethodParams, ({ changes, params, isBrowser }) =>
    createPaymentMethod(changes, params, isBrowser),
  ),

  route(
    'GET /v1/payment_methods',
    { ...cursor, customer: string, type: string, allow_redisplay: string },
    ({ changes, params }) => {
      const { customer, type } = params;
      if (customer) existingCustomer(changes, customer, 'customer');
      return listOfPage(changes.all('payment_method'), params, '/v1/payment_methods', [
        (method) => (customer ? method.customer === customer : method.customer !== null),
        (method) => !type || method.type === type,
      ]);
    },
  ),

  route('GET /v1/payment_methods/:id', {}, ({ changes, id }) => usablePaymentMethod(changes, id)),

  route(
    'POST /v1/payment_methods/:id',
    {
      allow_redisplay: paymentMethodParams.allow_redisplay,
      billing_details: billingDetails,
      card: hash({ exp_month: integer, exp_year: integer }),
      metadata,
    },
    ({ changes, params, id }) => {
      const method = existing(changes, id);
      if (!method.customer) {
        const message = 'You must save this PaymentMethod to a customer before you can update it.';
        throw invalidRequest(message, 'payment_method_unexpected_state');
      }
      const updated = changes.save<PaymentMethod>({
        ...method,
        ...(params.allow_redisplay && { allow_redisplay: params.allow_redisplay }),
        billing_details: mergedBillingDetails(method.billing_details, params.billing_details),
        metadata: changedMetadata(method.metadata, params.metadata),
        ...(method.card && { card: { ...method.card, ...params.card } }),
      });
      changes.emit('payment_method.updated', updated);
      return updated;
    },
  ),

  route('POST /v1/payment_methods/:id/attach', { customer: string }, ({ changes, params, id }) =>
    attach(changes, usablePaymentMethod(changes, id, 'payment_method'), want(params.customer, 'customer')),
  ),

  route('POST /v1/payment_methods/:id/detach', {}, ({ changes, id }) =>
    detach(changes, existing(changes, id)),
  ),
];

export function createPaymentMethod(
  changes: Changes,
  params: Values<typeof paymentMethodParams>,
  mayHoldDigits: boolean,
): PaymentMethod {
  const type = want(params.type, 'type');
  const made =
    type === 'card'
      ? cardFrom(changes, want(params.card, 'card'), mayHoldDigits)
      : bankAccountFrom(changes, want(params.us_bank_account, 'us_bank_account'), {
          // The payer logged in at the bank, so the account needs no other proof.
          isVerified: params.us_bank_account?.financial_connections_account !== undefined,
        });
  // https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment: the account holder's name is required.
  if (type === 'us_bank_account') want(params.billing_details?.name ?? undefined, 'billing_details[name]');
  return changes.save({
    ...made,
    allow_redisplay: params.allow_redisplay ?? made.allow_redisplay,
    billing_details: mergedBillingDetails(made.billing_details, params.billing_details),
    metadata: changedMetadata({}, params.metadata),
  });
}

function existing(changes: Changes, id: string): PaymentMethod {
  const method = changes.find('payment_method', id);
  if (!method) throw resourceMissing('PaymentMethod', id, 'payment_method');
  return method;
}

function mergedBillingDetails(
  now: BillingDetails,
  { address, ...change }: Partial<Omit<BillingDetails, 'address'>> & { address?: object } = {},
): BillingDetails {
  return { ...now, ...change, address: { ...now.address, ...address } };
}
