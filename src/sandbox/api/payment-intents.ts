import { cancelPayment, capturePayment } from '../behaviour/capturing.js';
import { confirmPayment, unexpectedPaymentState } from '../behaviour/confirm-payment.js';
import { verifyMicrodeposits } from '../behaviour/verify-microdeposits.js';
import type { Changes } from '../state/changes.js';
import { newId, randomLetters } from '../state/ids.js';
import type { PaymentIntent } from '../state/resources.js';
import { invalidRequest } from '../wire/errors.js';
import { listOfPage, pagination } from '../wire/lists.js';
import {
  anyHash,
  boolean,
  changedMetadata,
  clearable,
  integer,
  metadata,
  oneOf,
  string,
  want,
  type Reader,
  type Values,
} from '../wire/parameters.js';
import { browserRoute, route } from '../wire/route.js';
import { checkAmount } from './amounts.js';
import {
  allowedTypes,
  automatic,
  consentOf,
  mandateData,
  methodFrom,
  methodTypes,
  proofParams,
  refuseWithoutConfirm,
  refuseWithoutSecret,
  whoPays,
} from './intent-params.js';
import { existingCustomer, refuseForeign } from './wallet.js';

/** `off_session` may also name the kind of agreement (`one_off`, `recurring`). */
const offSession: Reader<boolean> = {
  read: (value, name) => (value === 'one_off' || value === 'recurring' ? true : boolean.read(value, name)),
};

/** https://docs.stripe.com/api/payment_intents */
const confirmParams = {
  client_secret: string,
  error_on_requires_action: boolean,
  mandate: string,
  mandate_data: mandateData,
  off_session: offSession,
  payment_method: whoPays.payment_method,
  payment_method_data: whoPays.payment_method_data,
  payment_method_options: whoPays.payment_method_options,
  receipt_email: clearable,
  return_url: string,
  setup_future_usage: clearable,
  use_stripe_sdk: boolean,
};

const details = {
  ...whoPays,
  allowed_payment_method_types: methodTypes,
  amount: integer,
  capture_method: oneOf('automatic', 'automatic_async', 'manual'),
  currency: string,
  description: clearable,
  metadata,
  receipt_email: clearable,
  setup_future_usage: clearable,
  statement_descriptor: clearable,
  statement_descriptor_suffix: clearable,
};

const { client_secret: _, ...confirmingCreate } = confirmParams;
const createParams = {
  ...confirmingCreate,
  ...details,
  automatic_payment_methods: automatic,
  confirm: boolean,
  confirmation_method: oneOf('automatic', 'manual'),
  radar_options: anyHash,
};

const WITH_CONFIRM_ONLY = [
  'error_on_requires_action',
  'mandate',
  'mandate_data',
  'off_session',
  'return_url',
];

export const paymentIntents = [
  route('POST /v1/payment_intents', createParams, ({ changes, params, isBrowser, origin }) => {
    const amount = want(params.amount, 'amount');
    const currency = want(params.currency, 'currency').toLowerCase();
    refuseWithoutConfirm(params, WITH_CONFIRM_ONLY, 'PaymentIntent');
    checkAmount(amount, currency);
    const intent = createPaymentIntent(changes, { ...params, amount, currency });
    return params.confirm ? confirm(changes, intent, params, isBrowser, origin) : intent;
  }),

  route('GET /v1/payment_intents', { ...pagination, customer: string }, ({ changes, params }) => {
    return listOfPage(changes.all('payment_intent'), params, '/v1/payment_intents', [
      ({ customer }) => !params.customer || customer === params.customer,
    ]);
  }),

  browserRoute(
    'GET /v1/payment_intents/:id',
    { client_secret: string },
    ({ changes, params, id, isBrowser }) => {
      const intent = changes.get('payment_intent', id, 'intent');
      refuseWithoutSecret(intent, params.client_secret, isBrowser);
      return intent;
    },
  ),

  route('POST /v1/payment_intents/:id', details, ({ changes, params, id, isBrowser }) =>
    updatePaymentIntent(changes, changes.get('payment_intent', id, 'intent'), params, isBrowser),
  ),

  browserRoute(
    'POST /v1/payment_intents/:id/confirm',
    confirmParams,
    ({ changes, params, id, isBrowser, origin }) => {
      const intent = changes.get('payment_intent', id, 'intent');
      refuseWithoutSecret(intent, params.client_secret, isBrowser);
      return confirm(changes, intent, params, isBrowser, origin);
    },
  ),

  route(
    'POST /v1/payment_intents/:id/cancel',
    { cancellation_reason: oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer') },
    ({ changes, params, id }) =>
      cancelPayment(changes, changes.get('payment_intent', id, 'intent'), params.cancellation_reason ?? null),
  ),

  route(
    'POST /v1/payment_intents/:id/capture',
    { amount_to_capture: integer, final_capture: boolean, metadata, statement_descriptor: clearable },
    ({ changes, params, id }) => {
      const intent = changes.get('payment_intent', id, 'intent');
      const described = { ...intent, metadata: changedMetadata(intent.metadata, params.metadata) };
      return capturePayment(changes, described, params.amount_to_capture ?? intent.amount_capturable);
    },
  ),

  browserRoute(
    'POST /v1/payment_intents/:id/verify_microdeposits',
    proofParams,
    ({ changes, params, id, isBrowser }) => {
      const intent = changes.get('payment_intent', id, 'intent');
      refuseWithoutSecret(intent, params.client_secret, isBrowser);
      return verifyMicrodeposits(changes, intent, params);
    },
  ),
];

export function createPaymentIntent(
  changes: Changes,
  params: Values<typeof createParams> & { amount: number; currency: string },
  session?: string,
): PaymentIntent {
  if (params.customer) existingCustomer(changes, params.customer, 'customer');
  const method = params.confirm ? undefined : methodFrom(changes, params, false);
  if (method) refuseForeign(method, params.customer ?? null, 'PaymentIntent');
  const id = newId('pi');
  const types = allowedTypes(params, params.currency);
  const intent: PaymentIntent = changes.save({
    id,
    object: 'payment_intent',
    amount: params.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: params.capture_method ?? 'automatic_async',
    client_secret: `${id}_secret_${randomLetters(25)}`,
    confirmation_method: params.confirmation_method ?? 'automatic',
    created: changes.now,
    currency: params.currency,
    customer: params.customer ?? null,
    customer_account: null,
    description: params.description ?? null,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: changedMetadata({}, params.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: method?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { installments: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_record: null,
    processing: null,
    receipt_email: params.receipt_email ?? null,
    review: null,
    setup_future_usage: usageOf(params.setup_future_usage) ?? null,
    shipping: null,
    source: null,
    statement_descriptor: params.statement_descriptor ?? null,
    statement_descriptor_suffix: params.statement_descriptor_suffix ?? null,
    status: method ? 'requires_confirmation' : 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
    ...types,
    payment_method_types: [...types.payment_method_types],
    sandbox: { ...(session && { session }) },
  });
  changes.emit('payment_intent.created', intent);
  return intent;
}

function updatePaymentIntent(
  changes: Changes,
  intent: PaymentIntent,
  params: Values<typeof details>,
  isBrowser: boolean,
): PaymentIntent {
  const isOpen = intent.status.startsWith('requires_') && intent.status !== 'requires_capture';
  const movesMoney = params.amount ?? params.currency ?? params.payment_method ?? params.customer;
  if (!isOpen && movesMoney !== undefined) {
    const message = `This PaymentIntent's amount, currency, customer and payment method could not be updated because it has a status of ${intent.status}.`;
    throw unexpectedPaymentState(intent, message);
  }
  const amount = params.amount ?? intent.amount;
  const currency = params.currency?.toLowerCase() ?? intent.currency;
  checkAmount(amount, currency);
  const method = methodFrom(changes, params, isBrowser);
  if (params.customer) existingCustomer(changes, params.customer, 'customer');
  const usage = usageOf(params.setup_future_usage);
  return changes.save<PaymentIntent>({
    ...intent,
    amount,
    currency,
    ...(params.customer && { customer: params.customer }),
    ...(params.capture_method && { capture_method: params.capture_method }),
    ...(params.description !== undefined && { description: params.description }),
    ...(params.receipt_email !== undefined && { receipt_email: params.receipt_email }),
    ...(usage !== undefined && { setup_future_usage: usage }),
    ...(method && { payment_method: method.id, status: 'requires_confirmation' as const, next_action: null }),
    metadata: changedMetadata(intent.metadata, params.metadata),
  });
}

function confirm(
  changes: Changes,
  intent: PaymentIntent,
  params: Values<typeof confirmParams>,
  isBrowser: boolean,
  origin: string,
): PaymentIntent {
  const method = methodFrom(changes, params, isBrowser);
  const requested = params.payment_method_options?.card?.request_three_d_secure;
  const usage = usageOf(params.setup_future_usage);
  const asked: PaymentIntent = {
    ...intent,
    ...(params.receipt_email !== undefined && { receipt_email: params.receipt_email }),
    ...(usage !== undefined && { setup_future_usage: usage }),
  };
  return confirmPayment(changes, asked, {
    ...(method && { method }),
    ...(params.return_url && { returnUrl: params.return_url }),
    isOffSession: params.off_session ?? false,
    useStripeSdk: params.use_stripe_sdk ?? false,
    requestsAuthentication: requested === 'any' || requested === 'challenge',
    errorOnRequiresAction: params.error_on_requires_action ?? false,
    ...consentOf(changes, params, isBrowser),
    origin,
  });
}

function usageOf(value: string | null | undefined): PaymentIntent['setup_future_usage'] | undefined {
  if (value === undefined || value === null) return value;
  if (value === 'off_session' || value === 'on_session') return value;
  throw invalidRequest(
    'Invalid setup_future_usage: must be one of off_session or on_session',
    undefined,
    'setup_future_usage',
  );
}
