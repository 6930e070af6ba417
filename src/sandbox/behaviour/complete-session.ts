import { createPaymentIntent } from '../api/payment-intents.js';
import type { Changes } from '../state/changes.js';
import { newId } from '../state/ids.js';
import type { Customer, MandateData, PaymentIntent, PaymentMethod, SetupIntent } from '../state/resources.js';
import type { CheckoutSession } from '../state/resources-checkout.js';
import { invalidRequest } from '../wire/errors.js';
import { confirmPayment } from './confirm-payment.js';
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
  const open = withCustomer(changes, session);
  const confirmation = {
    method: session.sandbox.provesNoAccounts ? proved(changes, method) : method,
    returnUrl: `${origin}/c/pay/${session.id}/return`,
    ...(method.type === 'us_bank_account' && { consent: consentOnPage(changes) }),
    origin,
  };
  if (open.mode === 'setup') {
    const setup = changes.get('setup_intent', open.setup_intent ?? '');
    confirmSetup(changes, { ...setup, customer: open.customer }, confirmation);
  } else {
    const payment = paymentOf(changes, open);
    confirmPayment(changes, payment, confirmation);
  }
  return finishSession(changes, changes.get('checkout.session', session.id));
}

function proved(changes: Changes, method: PaymentMethod): PaymentMethod {
  return changes.save({ ...method, sandbox: { ...method.sandbox, isVerified: true } });
}

/**
 * Completes the session once its intent has got what it needs from the payer. A bank account that is still to be
 * proved, or a debit under way, completes it too: the rest takes days.
 */
export function finishSession(changes: Changes, session: CheckoutSession): CheckoutSession {
  const intent = intentOf(changes, session);
  if (session.status !== 'open' || !intent || !isDone(intent)) return session;
  const method = intent.payment_method ? changes.find('payment_method', intent.payment_method) : undefined;
  const customer = session.customer ? changes.find('customer', session.customer) : undefined;
  const completed = changes.save<CheckoutSession>({
    ...session,
    status: 'complete',
    url: null,
    ...(session.mode === 'payment' && { payment_status: intent.status === 'succeeded' ? 'paid' : 'unpaid' }),
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

/** A debit begun on the page ended, days later. */
export function noteDebitOfSession(changes: Changes, intent: PaymentIntent): void {
  const { session: id } = intent.sandbox;
  const session = id ? changes.find('checkout.session', id) : undefined;
  if (!session || session.status !== 'complete' || session.payment_status !== 'unpaid') return;
  const isPaid = intent.status === 'succeeded';
  const after = changes.save<CheckoutSession>({ ...session, payment_status: isPaid ? 'paid' : 'unpaid' });
  changes.emit(`checkout.session.async_payment_${isPaid ? 'succeeded' : 'failed'}`, after);
}

export function intentOf(
  changes: Changes,
  session: CheckoutSession,
): PaymentIntent | SetupIntent | undefined {
  if (session.setup_intent) return changes.find('setup_intent', session.setup_intent);
  return session.payment_intent ? changes.find('payment_intent', session.payment_intent) : undefined;
}

function isDone({ status, next_action }: PaymentIntent | SetupIntent): boolean {
  if (status === 'requires_action') return next_action?.type === 'verify_with_microdeposits';
  return status === 'succeeded' || status === 'processing' || status === 'requires_capture';
}

/** https://docs.stripe.com/payments/checkout/how-checkout-works: the payment intent is made when the payer pays. */
function paymentOf(changes: Changes, session: CheckoutSession): PaymentIntent {
  const known = session.payment_intent ? changes.find('payment_intent', session.payment_intent) : undefined;
  if (known) return known;
  const intent = createPaymentIntent(
    changes,
    {
      ...session.sandbox.paymentIntent,
      amount: session.amount_total ?? 0,
      currency: session.currency ?? 'usd',
      ...(session.customer && { customer: session.customer }),
      allowed_payment_method_types: session.payment_method_types as ('card' | 'us_bank_account')[],
    },
    session.id,
  );
  changes.save<CheckoutSession>({ ...session, payment_intent: intent.id });
  return intent;
}

/** The page shows the mandate text above its button. */
function consentOnPage(changes: Changes): MandateData {
  return { type: 'online', acceptedAt: changes.now, ipAddress: '127.0.0.1', userAgent: 'hosted page' };
}

/** `customer_creation: always`: the customer is made when the page is sent off. */
function withCustomer(changes: Changes, session: CheckoutSession): CheckoutSession {
  if (!session.sandbox.createsCustomer || session.customer) return session;
  const customer: Customer = changes.save({
    id: newId('cus'),
    object: 'customer',
    created: changes.now,
    email: session.customer_email,
    livemode: false,
    metadata: {},
  });
  changes.emit('customer.created', customer);
  return changes.save<CheckoutSession>({ ...session, customer: customer.id });
}
