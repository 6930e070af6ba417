import { createSession } from '../api/checkout-sessions.js';
import type { Changes } from '../state/changes.js';
import { derivedLetters, newId } from '../state/ids.js';
import type { Customer } from '../state/resources.js';
import type { CheckoutSession } from '../state/resources-checkout.js';
import { amountOf } from './amounts.js';
import { AdyenError } from './dialect.js';
import { type AdyenRoute, type Json, route, textOf } from './route.js';
import { pspOf, MERCHANT_ACCOUNT, typeOf, variantOf } from './names.js';

/** https://docs.adyen.com/online-payments/tokenization/create-tokens: payment details are stored with a payment of nothing. */
export const sessions: AdyenRoute[] = [
  route(
    'POST /v72/sessions',
    { required: ['merchantAccount', 'amount', 'reference', 'returnUrl'], status: 201 },
    ({ changes, body, origin }) => {
      const amount = amountOf(body, { mayBeZero: true });
      if (amount.value > 0 || body['storePaymentMethodMode'] !== 'enabled')
        throw new AdyenError(422, '702', 'The sandbox has sessions that store payment details only.');
      const shopperReference = textOf(body, 'shopperReference');
      if (shopperReference.length < 3) throw new AdyenError(422, '702', 'Invalid shopperReference');
      const customer = shopperOf(changes, shopperReference) ?? newShopper(changes, shopperReference);
      const reference = String(body['reference']);
      const mode = textOf(body, 'mode') || 'embedded';
      const returnUrl = new URL(String(body['returnUrl']));
      const session = createSession(
        changes,
        {
          mode: 'setup',
          customer: customer.id,
          allowed_payment_method_types: offered(body, amount.currency),
          success_url: returnUrl.href,
          metadata: { reference },
          setup_intent_data: { metadata: { reference } },
        },
        origin,
      );
      const id = nameOf(session);
      returnUrl.searchParams.set('sessionId', id);
      if (mode === 'hosted') returnUrl.searchParams.set('sessionResult', resultTokenOf(session));
      changes.save({
        ...session,
        success_url: returnUrl.href,
        cancel_url: mode === 'hosted' ? returnUrl.href : null,
        sandbox: { ...session.sandbox, provesNoAccounts: true },
      });
      return {
        id,
        amount,
        reference,
        merchantAccount: MERCHANT_ACCOUNT,
        mode,
        expiresAt: new Date(session.expires_at * 1000).toISOString(),
        returnUrl: body['returnUrl'],
        shopperReference,
        ...(mode === 'hosted' ? { url: session.url } : { sessionData: session.id }),
      };
    },
  ),

  // https://docs.adyen.com/api-explorer/Checkout/72/get/sessions/(sessionId): with what the payer's browser was given
  route('GET /v72/sessions/:id', { required: ['sessionResult'] }, ({ changes, id, query }) => {
    const session = sessionNamed(changes, id);
    if (!session || query['sessionResult'] !== resultTokenOf(session))
      throw new AdyenError(422, '702', 'The sessionResult is invalid.');
    const setup = changes.get('setup_intent', session.setup_intent ?? '');
    const method = setup.payment_method ? changes.find('payment_method', setup.payment_method) : undefined;
    const payment = {
      pspReference: pspOf(setup.id),
      resultCode: 'Authorised',
      amount: { value: 0, currency: 'USD' },
      ...(method && { paymentMethod: { type: typeOf(method), brand: variantOf(method) } }),
    };
    return {
      id,
      reference: session.metadata['reference'],
      status: turnedBack(session) ? 'canceled' : STATUS[session.status],
      payments: session.status === 'complete' ? [payment] : [],
    };
  }),
];

const STATUS = { open: 'active', complete: 'completed', expired: 'expired' };

/** Its result is in the payer's browser from the start where that is on Adyen's page, and leaves it with the payer alone. */
const turnedBack = ({ status, cancel_url }: CheckoutSession) => status === 'open' && cancel_url !== null;

const nameOf = (session: CheckoutSession) => `CS${pspOf(session.id)}`;

export function sessionNamed(changes: Changes, id: string): CheckoutSession | undefined {
  return changes.all('checkout.session').find((it) => nameOf(it) === id);
}

/** What is given to the payer's browser with the outcome, and proves to the server which it was. */
export function resultTokenOf({ id }: CheckoutSession): string {
  return derivedLetters(32, 'session result', id);
}

/** The query with which the payer's browser comes back. */
export function broughtFrom(session: CheckoutSession): string {
  const brought = { sessionId: nameOf(session), sessionResult: resultTokenOf(session) };
  return new URLSearchParams(brought).toString();
}

/** Bank accounts in the US alone, and in its currency. https://docs.adyen.com/payment-methods/ach-direct-debit */
function offered(body: Json, currency: string): ('card' | 'us_bank_account')[] {
  const allowed = (body['allowedPaymentMethods'] as string[] | undefined) ?? ['scheme', 'ach'];
  const isInTheUs = ['US', 'PR'].includes(textOf(body, 'countryCode')) && currency === 'USD';
  const types = [
    ...(allowed.includes('scheme') ? (['card'] as const) : []),
    ...(allowed.includes('ach') && isInTheUs ? (['us_bank_account'] as const) : []),
  ];
  if (types.length === 0)
    throw new AdyenError(422, '702', 'No payment method of the sandbox can be offered.');
  return types;
}

export function shopperOf(changes: Changes, shopperReference: string | undefined): Customer | undefined {
  return changes
    .all('customer')
    .find((it) => !it.deleted && it.metadata?.['shopper_reference'] === shopperReference);
}

function newShopper(changes: Changes, shopperReference: string): Customer {
  return changes.save<Customer>({
    id: newId('cus'),
    object: 'customer',
    created: changes.now,
    livemode: false,
    metadata: { shopper_reference: shopperReference },
  });
}
