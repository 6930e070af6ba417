import { anyHash, changedMetadata, clearable, hash, listOf, metadata, string } from '../wire/parameters.js';
import { cursor, listOfPage, pagination } from '../wire/lists.js';
import { route } from '../wire/route.js';
import { newId } from '../state/ids.js';
import type { Customer } from '../state/resources.js';
import { attach, detach, existingCustomer, usablePaymentMethod } from './wallet.js';

/** https://docs.stripe.com/api/customers */
const details = {
  address: anyHash,
  description: clearable,
  email: clearable,
  invoice_settings: hash({ default_payment_method: clearable }),
  metadata,
  name: clearable,
  phone: clearable,
  preferred_locales: listOf(string),
  shipping: anyHash,
};

export const customers = [
  route('POST /v1/customers', { ...details, payment_method: string }, ({ changes, params }) => {
    const { payment_method, metadata: given, invoice_settings, ...rest } = params;
    const customer: Customer = changes.save({
      id: newId('cus'),
      object: 'customer',
      address: null,
      balance: 0,
      created: changes.now,
      currency: null,
      default_source: null,
      delinquent: false,
      description: null,
      discount: null,
      email: null,
      invoice_prefix: newId('x').slice(2, 10).toUpperCase(),
      livemode: false,
      name: null,
      next_invoice_sequence: 1,
      phone: null,
      preferred_locales: [],
      shipping: null,
      tax_exempt: 'none',
      test_clock: null,
      ...rest,
      metadata: changedMetadata({}, given),
      invoice_settings: {
        custom_fields: null,
        default_payment_method: invoice_settings?.default_payment_method ?? null,
        footer: null,
        rendering_options: null,
      },
    });
    changes.emit('customer.created', customer);
    if (payment_method) attach(changes, usablePaymentMethod(changes, payment_method), customer.id);
    return customer;
  }),

  route('GET /v1/customers', { ...pagination, email: string }, ({ changes, params }) => {
    const { email } = params;
    return listOfPage(changes.all('customer'), params, '/v1/customers', [
      (customer) => !customer.deleted && (!email || customer.email === email),
    ]);
  }),

  route('GET /v1/customers/:id', {}, ({ changes, id }) => changes.get('customer', id)),

  route('POST /v1/customers/:id', details, ({ changes, params, id }) => {
    const before = existingCustomer(changes, id);
    const { metadata: given, invoice_settings, ...rest } = params;
    const customer = changes.save({
      ...before,
      ...rest,
      metadata: changedMetadata(before.metadata ?? {}, given),
      invoice_settings: { ...before.invoice_settings, ...invoice_settings },
    } as Customer);
    changes.emit('customer.updated', customer);
    return customer;
  }),

  route('DELETE /v1/customers/:id', {}, ({ changes, id }) => {
    const customer = existingCustomer(changes, id);
    for (const method of changes.all('payment_method')) {
      if (method.customer === id) detach(changes, method);
    }
    changes.emit('customer.deleted', customer);
    return changes.save<Customer>({ id, object: 'customer', deleted: true } as Customer);
  }),

  route(
    'GET /v1/customers/:id/payment_methods',
    { ...cursor, type: string, allow_redisplay: string },
    ({ changes, params, id }) => {
      existingCustomer(changes, id);
      const { type, allow_redisplay } = params;
      return listOfPage(changes.all('payment_method'), params, `/v1/customers/${id}/payment_methods`, [
        (method) => method.customer === id && (!type || method.type === type),
        (method) => !allow_redisplay || method.allow_redisplay === allow_redisplay,
      ]);
    },
  ),
];
