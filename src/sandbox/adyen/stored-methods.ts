import { detach } from '../api/wallet.js';
import type { Changes } from '../state/changes.js';
import type { PaymentMethod } from '../state/resources.js';
import { notFound } from './dialect.js';
import { shopperOf } from './sessions.js';
import { type AdyenRoute, type Json, route } from './route.js';
import { pspOf, byPsp, MERCHANT_ACCOUNT, brandOf, typeOf } from './names.js';

const REQUIRED = ['merchantAccount', 'shopperReference'];
/** https://docs.adyen.com/api-explorer/Checkout/72/get/storedPaymentMethods */
export const storedMethods: AdyenRoute[] = [
  route('GET /v72/storedPaymentMethods', { required: REQUIRED }, ({ changes, query }) => {
    const shopper = shopperOf(changes, query['shopperReference']);
    const methods = changes.all('payment_method').filter((it) => shopper && it.customer === shopper.id);
    return {
      merchantAccount: MERCHANT_ACCOUNT,
      shopperReference: query['shopperReference'],
      storedPaymentMethods: methods.map((it) => shown(changes, it, query['shopperReference']!)),
    };
  }),

  route(
    'DELETE /v72/storedPaymentMethods/:id',
    { required: REQUIRED, status: 204 },
    ({ changes, query, id }) => {
      const shopper = shopperOf(changes, query['shopperReference']);
      const method = byPsp(changes.all('payment_method'), id);
      if (!shopper || method?.customer !== shopper.id) throw notFound('800', 'Contract not found');
      detach(changes, method);
      return {};
    },
  ),
];

function shown(changes: Changes, method: PaymentMethod, shopperReference: string): Json {
  const { card, us_bank_account: account } = method;
  const common = {
    id: pspOf(method.id),
    type: typeOf(method),
    shopperReference,
    firstPspReference: pspOf(
      changes.all('setup_intent').find((it) => it.payment_method === method.id && it.status === 'succeeded')
        ?.id ?? '',
    ),
    createdAt: new Date(method.created * 1000).toISOString(),
    supportedRecurringProcessingModels: ['CardOnFile', 'Subscription', 'UnscheduledCardOnFile'],
  };
  if (account)
    return {
      ...common,
      name: 'ACH Direct Debit',
      lastFour: account.last4,
      ownerName: method.billing_details.name ?? undefined,
    };
  return {
    ...common,
    name: card && (card.brand === 'mastercard' ? 'MasterCard' : card.brand.toUpperCase()),
    brand: card && brandOf(card.brand),
    lastFour: card?.last4,
    expiryMonth: card && String(card.exp_month).padStart(2, '0'),
    expiryYear: card && String(card.exp_year),
    holderName: method.billing_details.name ?? undefined,
  };
}
