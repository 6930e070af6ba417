import { createSession } from '../api/checkout-sessions.js';
import type { Changes } from '../state/changes.js';
import { newId } from '../state/ids.js';
import type { Customer } from '../state/resources.js';
import { amountOf } from './amounts.js';
import { AdyenError } from './dialect.js';
import { type AdyenRoute, type Json, route, textOf } from './route.js';
import { pspOf, MERCHANT_ACCOUNT } from './names.js';

/** https://docs.adyen.com/online-payments/tokenization/create-tokens: payment details are stored with a payment of nothing. */
export const sessions: AdyenRoute[] = [
  route(
    'POST /v72/sessions',
    { required: ['merchantAccount', 'amount', 'reference', 'returnUrl'], status: 201 },
    ({ changes, body, origin }) => {
      const amount = amountOf(body, { mayBeZero: true });
      if (amount.value > 0 || body['mode'] !== 'hosted' || body['storePaymentMethodMode'] !== 'enabled')
        throw new AdyenError(422, '702', 'The sandbox has hosted sessions that store payment details only.');
      const shopperReference = textOf(body, 'shopperReference');
      if (shopperReference.length < 3) throw new AdyenError(422, '702', 'Invalid shopperReference');
      const customer = shopperOf(changes, shopperReference) ?? newShopper(changes, shopperReference);
      const reference = String(body['reference']);
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
      const id = `CS${pspOf(session.id)}`;
      returnUrl.searchParams.set('sessionId', id);
      changes.save({
        ...{ ...session, success_url: returnUrl.href, cancel_url: returnUrl.href },
        sandbox: { ...session.sandbox, provesNoAccounts: true },
      });
      return {
        ...{ id, amount, reference, merchantAccount: MERCHANT_ACCOUNT, mode: 'hosted' },
        expiresAt: new Date(session.expires_at * 1000).toISOString(),
        returnUrl: body['returnUrl'],
        shopperReference,
        url: session.url,
      };
    },
  ),
];

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
