import type { Changes } from '../state/changes.js';
import { newId } from '../state/ids.js';
import type { Customer, PaymentMethod, SetupIntent } from '../state/resources.js';
import type { CheckoutSession } from '../state/resources-checkout.js';
import { invalidRequest } from '../wire/errors.js';
import { confirmSetup } from './confirm-setup.js';

/**
 * The payer pressed the button of the hosted page. A decline rises as an error and leaves the session open; a card
 * that wants authentication leaves it open too, until the challenge is answered (`finishSession`).
 */
export function submitSession(
  changes: Changes,
  session: CheckoutSession,
  method: PaymentMethod,
  origin: string,
): CheckoutSession {
  if (session.status !== 'open') throw invalidRequest(`This Checkout Session is ${session.status}.`);
  const returnUrl = `${origin}/c/pay/${session.id}/return`;
  const setup = session.setup_intent ? changes.get('setup_intent', session.setup_intent) : undefined;
  if (setup) confirmSetup(changes, forNewCustomer(changes, session, setup), { method, returnUrl, origin });
  return finishSession(changes, changes.get('checkout.session', session.id));
}

/** Completes the session once its intent has got what it needs. */
export function finishSession(changes: Changes, session: CheckoutSession): CheckoutSession {
  const setup = session.setup_intent ? changes.find('setup_intent', session.setup_intent) : undefined;
  if (session.status !== 'open' || setup?.status !== 'succeeded') return session;
  const method = setup.payment_method ? changes.find('payment_method', setup.payment_method) : undefined;
  const customer = session.customer ? changes.find('customer', session.customer) : undefined;
  const completed = changes.save<CheckoutSession>({
    ...session,
    status: 'complete',
    url: null,
    customer_details: {
      address: method?.billing_details.address ?? null,
      business_name: null,
      email: session.customer_email ?? customer?.email ?? null,
      individual_name: null,
      name: method?.billing_details.name ?? null,
      phone: null,
      tax_exempt: 'none',
      tax_ids: [],
    },
  });
  changes.emit('checkout.session.completed', completed);
  return completed;
}

/** `customer_creation: always`: the customer is made when the page is sent off. */
function forNewCustomer(changes: Changes, session: CheckoutSession, setup: SetupIntent): SetupIntent {
  if (!session.sandbox.createsCustomer || session.customer) return setup;
  const customer: Customer = changes.save({
    id: newId('cus'),
    object: 'customer',
    created: changes.now,
    email: session.customer_email,
    livemode: false,
    metadata: {},
  });
  changes.emit('customer.created', customer);
  changes.save<CheckoutSession>({ ...session, customer: customer.id });
  return changes.save<SetupIntent>({ ...setup, customer: customer.id });
}
