import { asCardError, declineNamed } from '../behaviour/declines.js';
import { testBankAccountById } from '../behaviour/test-bank-accounts.js';
import { testCardById } from '../behaviour/test-cards.js';
import type { Changes } from '../state/changes.js';
import type { Customer, PaymentMethod } from '../state/resources.js';
import { invalidRequest, resourceMissing, StripeError } from '../wire/errors.js';
import { bankMethod } from './bank-details.js';
import { cardMethod } from './card-details.js';

/** Which payment method belongs to which customer: what several resources share. */

/** A customer that can still be used: a deleted one can be read, nothing else. */
export function existingCustomer(changes: Changes, id: string, param = 'id'): Customer {
  const customer = changes.find('customer', id);
  if (!customer || customer.deleted) throw resourceMissing('customer', id, param);
  return customer;
}

/** The payment method of this id. An id of test code (`pm_card_visa`) makes a new one each time it is used. */
export function usablePaymentMethod(changes: Changes, id: string, param = 'payment_method'): PaymentMethod {
  const known = changes.find('payment_method', id);
  if (known) return known;
  const testCard = testCardById(id);
  if (testCard) return changes.save(cardMethod(changes, testCard));
  const testBankAccount = testBankAccountById(id);
  if (testBankAccount) return changes.save(bankMethod(changes, testBankAccount));
  throw resourceMissing('PaymentMethod', id, param);
}

export function attach(changes: Changes, method: PaymentMethod, customer: string): PaymentMethod {
  existingCustomer(changes, customer, 'customer');
  if (method.customer === customer) return method;
  if (method.customer) {
    const message =
      'The payment method you provided has already been attached to a customer. To use this payment method with another customer, detach it first.';
    throw invalidRequest(message, 'payment_method_already_attached');
  }
  refuseConsumed(method);
  const decline = method.type === 'card' ? testCardById(method.sandbox.behaves)?.onSetup : undefined;
  if (decline) throw new StripeError(402, asCardError(declineNamed(decline)), true);
  const attached = changes.save({ ...method, customer });
  changes.emit('payment_method.attached', attached);
  return attached;
}

/** For good: https://docs.stripe.com/api/payment_methods/detach */
export function detach(changes: Changes, method: PaymentMethod): PaymentMethod {
  if (!method.customer) {
    const message =
      'The payment method you provided is not attached to a customer so detachment is impossible.';
    throw invalidRequest(message, 'payment_method_unexpected_state');
  }
  const detached = changes.save({
    ...method,
    customer: null,
    sandbox: { ...method.sandbox, isConsumed: true },
  });
  changes.emit('payment_method.detached', detached, { customer: method.customer });
  const customer = changes.find('customer', method.customer);
  if (customer?.invoice_settings?.default_payment_method === method.id) {
    const invoice_settings = { ...customer.invoice_settings, default_payment_method: null };
    changes.save<Customer>({ ...customer, invoice_settings });
  }
  return detached;
}

export function refuseConsumed(method: PaymentMethod): void {
  if (!method.sandbox.isConsumed) return;
  const message =
    'The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer first.';
  throw invalidRequest(message, 'payment_method_unexpected_state');
}

/** https://docs.stripe.com/api/payment_intents/confirm: a customer's method is used for that customer only. */
export function refuseForeign(method: PaymentMethod, customer: string | null, intent: string): void {
  refuseConsumed(method);
  if (!method.customer || method.customer === customer) return;
  const message = customer
    ? `The customer does not have a payment method with the ID ${method.id}. The payment method must be attached to the customer.`
    : `The provided PaymentMethod (${method.id}) belongs to a Customer. Please include the Customer in the \`customer\` parameter on the ${intent}.`;
  throw invalidRequest(message, customer ? 'resource_missing' : undefined, 'payment_method');
}
