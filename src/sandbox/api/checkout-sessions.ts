import type { Changes } from '../state/changes.js';
import { randomLetters } from '../state/ids.js';
import type { CheckoutSession } from '../state/resources-checkout.js';
import { invalidRequest } from '../wire/errors.js';
import { listOfPage, pagination } from '../wire/lists.js';
import {
  boolean,
  changedMetadata,
  clearable,
  hash,
  integer,
  listOf,
  metadata,
  oneOf,
  string,
  want,
  type Values,
} from '../wire/parameters.js';
import { route } from '../wire/route.js';
import { methodOptions, methodTypes } from './intent-params.js';
import { cancelSetup, createSetupIntent } from './setup-intents.js';
import { existingCustomer } from './wallet.js';

/** https://docs.stripe.com/api/checkout/sessions */
const lineItem = hash({
  price_data: hash({
    currency: string,
    product_data: hash({ name: string, description: clearable, metadata }),
    unit_amount: integer,
  }),
  quantity: integer,
});

const createParams = {
  allowed_payment_method_types: methodTypes,
  billing_address_collection: oneOf('auto', 'required'),
  cancel_url: string,
  client_reference_id: string,
  currency: string,
  custom_text: hash({ submit: hash({ message: string }) }),
  customer: string,
  customer_creation: oneOf('always', 'if_required'),
  customer_email: string,
  expires_at: integer,
  line_items: listOf(lineItem),
  locale: string,
  metadata,
  mode: oneOf('payment', 'setup'),
  payment_intent_data: hash({
    capture_method: oneOf('automatic', 'automatic_async', 'manual'),
    description: clearable,
    metadata,
    receipt_email: clearable,
    setup_future_usage: oneOf('off_session', 'on_session'),
    statement_descriptor: clearable,
  }),
  payment_method_options: methodOptions,
  setup_intent_data: hash({ description: clearable, metadata, on_behalf_of: string }),
  submit_type: oneOf('auto', 'book', 'donate', 'pay'),
  success_url: string,
  ui_mode: oneOf('hosted_page'),
  saved_payment_method_options: hash({
    payment_method_save: oneOf('enabled', 'disabled'),
    allow_redisplay_filters: listOf(string),
  }),
  phone_number_collection: hash({ enabled: boolean }),
};

const DAY_SECONDS = 86_400;
/** https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at */
const EXPIRES_AFTER_SECONDS = { least: 30 * 60, most: DAY_SECONDS, usual: DAY_SECONDS };

export const checkoutSessions = [
  route('POST /v1/checkout/sessions', createParams, ({ changes, params, origin }) =>
    createSession(changes, params, origin),
  ),

  route(
    'GET /v1/checkout/sessions',
    { ...pagination, customer: string, payment_intent: string, status: oneOf('open', 'complete', 'expired') },
    ({ changes, params }) => {
      return listOfPage(changes.all('checkout.session'), params, '/v1/checkout/sessions', [
        ({ customer }) => !params.customer || customer === params.customer,
        ({ payment_intent }) => !params.payment_intent || payment_intent === params.payment_intent,
        ({ status }) => !params.status || status === params.status,
      ]);
    },
  ),

  route('GET /v1/checkout/sessions/:id', {}, ({ changes, id }) =>
    changes.get('checkout.session', id, 'session'),
  ),

  route('POST /v1/checkout/sessions/:id/expire', {}, ({ changes, id }) => {
    const session = changes.get('checkout.session', id, 'session');
    if (session.status !== 'open') {
      const message = `Only Checkout Sessions with a status in ["open"] can be expired. This Session has a status of ${session.status}.`;
      throw invalidRequest(message);
    }
    return expireSession(changes, session);
  }),
];

export function createSession(
  changes: Changes,
  params: Values<typeof createParams>,
  origin: string,
): CheckoutSession {
  const mode = want(params.mode, 'mode');
  const successUrl = want(params.success_url, 'success_url');
  if (params.customer) existingCustomer(changes, params.customer, 'customer');
  if (params.customer && params.customer_email) {
    const message = 'You may only specify one of these parameters: customer, customer_email.';
    throw invalidRequest(message, undefined, 'customer_email');
  }
  if (mode === 'setup' && params.line_items) {
    throw invalidRequest('You can not pass `line_items` in `setup` mode.', undefined, 'line_items');
  }
  if (mode === 'setup' && !params.allowed_payment_method_types && !params.currency) {
    throw invalidRequest('Missing required param: currency.', 'parameter_missing', 'currency');
  }

  const id = `cs_test_${randomLetters(58)}`;
  const types = params.allowed_payment_method_types ?? ['card', 'us_bank_account'];
  const lineItems = mode === 'payment' ? itemsOf(params) : [];
  const total = lineItems.reduce((sum, { amount, quantity }) => sum + amount * quantity, 0);
  const currency = params.line_items?.[0]?.price_data?.currency ?? params.currency ?? null;
  const setup = mode === 'setup' ? setupOf(changes, params, types, id) : null;
  const session: CheckoutSession = changes.save({
    ...plainFields(params),
    id,
    object: 'checkout.session',
    allowed_payment_method_types: params.allowed_payment_method_types ?? null,
    amount_subtotal: mode === 'payment' ? total : null,
    amount_total: mode === 'payment' ? total : null,
    cancel_url: params.cancel_url ?? null,
    client_reference_id: params.client_reference_id ?? null,
    created: changes.now,
    currency: currency?.toLowerCase() ?? null,
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: params.custom_text?.submit ?? null,
      terms_of_service_acceptance: null,
    },
    customer: params.customer ?? null,
    customer_email: params.customer_email ?? null,
    expires_at: expiryOf(changes, params.expires_at),
    livemode: false,
    metadata: changedMetadata({}, params.metadata),
    mode,
    payment_intent: null,
    payment_method_types: types,
    payment_status: mode === 'setup' ? 'no_payment_required' : 'unpaid',
    setup_intent: setup?.id ?? null,
    status: 'open',
    success_url: successUrl,
    url: `${origin}/c/pay/${id}`,
    sandbox: {
      createsCustomer: !params.customer && params.customer_creation === 'always',
      lineItems,
      ...(params.payment_intent_data && { paymentIntent: params.payment_intent_data }),
    },
  });
  changes.schedule('checkout.session.expire', id, session.expires_at - changes.now);
  return session;
}

export function expireSession(changes: Changes, session: CheckoutSession): CheckoutSession {
  const expired = changes.save<CheckoutSession>({ ...session, status: 'expired', url: null });
  const setup = session.setup_intent ? changes.find('setup_intent', session.setup_intent) : undefined;
  if (setup && setup.status.startsWith('requires_')) cancelSetup(changes, setup, 'abandoned');
  changes.emit('checkout.session.expired', expired);
  return expired;
}

function setupOf(
  changes: Changes,
  params: Values<typeof createParams>,
  types: ('card' | 'us_bank_account')[],
  id: string,
) {
  const { metadata: given, description } = params.setup_intent_data ?? {};
  return createSetupIntent(
    changes,
    {
      ...(params.customer && { customer: params.customer }),
      ...(given && { metadata: given }),
      ...(description && { description }),
      allowed_payment_method_types: types,
      usage: 'off_session',
    },
    id,
  );
}

function itemsOf(params: Values<typeof createParams>): CheckoutSession['sandbox']['lineItems'] {
  return want(params.line_items, 'line_items').map(({ price_data, quantity }, index) => ({
    name: want(price_data?.product_data?.name, `line_items[${index}][price_data][product_data][name]`),
    amount: want(price_data?.unit_amount, `line_items[${index}][price_data][unit_amount]`),
    quantity: quantity ?? 1,
  }));
}

function expiryOf(changes: Changes, wanted: number | undefined): number {
  const expiresAt = wanted ?? changes.now + EXPIRES_AFTER_SECONDS.usual;
  const after = expiresAt - changes.now;
  if (after < EXPIRES_AFTER_SECONDS.least - 60 || after > EXPIRES_AFTER_SECONDS.most) {
    const message =
      'The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from Checkout Session creation.';
    throw invalidRequest(message, undefined, 'expires_at');
  }
  return expiresAt;
}

/** Fields that say what the page would do and that nothing here depends on. */
function plainFields(params: Values<typeof createParams>): Record<string, unknown> {
  return {
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: null,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: params.billing_address_collection ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    currency_conversion: null,
    custom_fields: [],
    customer_account: null,
    customer_creation: params.customer ? null : (params.customer_creation ?? 'if_required'),
    customer_details: null,
    discounts: null,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    locale: params.locale ?? null,
    managed_payments: null,
    origin_context: null,
    payment_link: null,
    payment_method_collection: params.mode === 'setup' ? 'always' : 'if_required',
    payment_method_configuration_details: null,
    payment_method_options: params.payment_method_options ?? {},
    permissions: null,
    recovered_from: null,
    saved_payment_method_options: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    submit_type: params.submit_type ?? null,
    subscription: null,
    total_details:
      params.mode === 'payment' ? { amount_discount: 0, amount_shipping: 0, amount_tax: 0 } : null,
    ui_mode: 'hosted_page',
    wallet_options: null,
    phone_number_collection: { enabled: params.phone_number_collection?.enabled ?? false },
  };
}
