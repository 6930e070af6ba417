import { confirmSetup, unexpectedSetupState } from '../behaviour/confirm-setup.js';
import { verifyMicrodeposits } from '../behaviour/verify-microdeposits.js';
import type { Changes } from '../state/changes.js';
import { newId, randomLetters } from '../state/ids.js';
import type { SetupIntent } from '../state/resources.js';
import { listOfPage, pagination } from '../wire/lists.js';
import { anyHash, boolean, changedMetadata, clearable, metadata, oneOf, string } from '../wire/parameters.js';
import type { Values } from '../wire/parameters.js';
import { browserRoute, route } from '../wire/route.js';
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

/** https://docs.stripe.com/api/setup_intents */
const confirmParams = {
  client_secret: string,
  mandate_data: mandateData,
  payment_method: whoPays.payment_method,
  payment_method_data: whoPays.payment_method_data,
  payment_method_options: whoPays.payment_method_options,
  return_url: string,
  use_stripe_sdk: boolean,
};

const createParams = {
  ...whoPays,
  allowed_payment_method_types: methodTypes,
  automatic_payment_methods: automatic,
  confirm: boolean,
  description: clearable,
  mandate_data: mandateData,
  metadata,
  return_url: string,
  single_use: anyHash,
  usage: oneOf('off_session', 'on_session'),
  use_stripe_sdk: boolean,
};

export const setupIntents = [
  route('POST /v1/setup_intents', createParams, ({ changes, params, isBrowser, origin }) => {
    refuseWithoutConfirm(params, ['mandate_data', 'return_url'], 'SetupIntent');
    const intent = createSetupIntent(changes, params);
    return params.confirm ? confirm(changes, intent, params, isBrowser, origin) : intent;
  }),

  route(
    'GET /v1/setup_intents',
    { ...pagination, customer: string, payment_method: string },
    ({ changes, params }) => {
      return listOfPage(changes.all('setup_intent'), params, '/v1/setup_intents', [
        ({ customer }) => !params.customer || customer === params.customer,
        ({ payment_method }) => !params.payment_method || payment_method === params.payment_method,
      ]);
    },
  ),

  browserRoute(
    'GET /v1/setup_intents/:id',
    { client_secret: string },
    ({ changes, params, id, isBrowser }) => {
      const intent = changes.get('setup_intent', id, 'intent');
      refuseWithoutSecret(intent, params.client_secret, isBrowser);
      return intent;
    },
  ),

  route(
    'POST /v1/setup_intents/:id',
    {
      ...whoPays,
      allowed_payment_method_types: methodTypes,
      description: clearable,
      metadata,
    },
    ({ changes, params, id, isBrowser }) => {
      const intent = changes.get('setup_intent', id, 'intent');
      const method = methodFrom(changes, params, isBrowser);
      return changes.save<SetupIntent>({
        ...intent,
        ...(params.customer && { customer: existingCustomer(changes, params.customer, 'customer').id }),
        ...(params.description !== undefined && { description: params.description }),
        ...(params.allowed_payment_method_types && allowedTypes(params)),
        ...(method && { payment_method: method.id, status: 'requires_confirmation' as const }),
        metadata: changedMetadata(intent.metadata, params.metadata),
      });
    },
  ),

  browserRoute(
    'POST /v1/setup_intents/:id/confirm',
    confirmParams,
    ({ changes, params, id, isBrowser, origin }) => {
      const intent = changes.get('setup_intent', id, 'intent');
      refuseWithoutSecret(intent, params.client_secret, isBrowser);
      return confirm(changes, intent, params, isBrowser, origin);
    },
  ),

  route(
    'POST /v1/setup_intents/:id/cancel',
    { cancellation_reason: oneOf('abandoned', 'duplicate', 'requested_by_customer') },
    ({ changes, params, id }) => {
      const intent = changes.get('setup_intent', id, 'intent');
      if (intent.sandbox.session) {
        const message =
          'You cannot cancel this SetupIntent because it was created by a Checkout Session. You can expire the Checkout Session instead.';
        throw unexpectedSetupState(intent, message);
      }
      return cancelSetup(changes, intent, params.cancellation_reason ?? null);
    },
  ),

  browserRoute(
    'POST /v1/setup_intents/:id/verify_microdeposits',
    proofParams,
    ({ changes, params, id, isBrowser }) => {
      const intent = changes.get('setup_intent', id, 'intent');
      refuseWithoutSecret(intent, params.client_secret, isBrowser);
      return verifyMicrodeposits(changes, intent, params);
    },
  ),
];

export function createSetupIntent(
  changes: Changes,
  params: Values<typeof createParams>,
  session?: string,
): SetupIntent {
  if (params.customer) existingCustomer(changes, params.customer, 'customer');
  const method = params.confirm ? undefined : methodFrom(changes, params, false);
  if (method) refuseForeign(method, params.customer ?? null, 'SetupIntent');
  const id = newId('seti');
  const intent: SetupIntent = changes.save({
    id,
    object: 'setup_intent',
    application: null,
    cancellation_reason: null,
    client_secret: `${id}_secret_${randomLetters(25)}`,
    created: changes.now,
    customer: params.customer ?? null,
    customer_account: null,
    description: params.description ?? null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    mandate: null,
    metadata: changedMetadata({}, params.metadata),
    next_action: null,
    on_behalf_of: null,
    payment_method: method?.id ?? null,
    payment_method_configuration_details: null,
    payment_method_options: {
      card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    ...allowedTypes(params),
    payment_method_types: [...allowedTypes(params).payment_method_types],
    single_use_mandate: null,
    status: method ? 'requires_confirmation' : 'requires_payment_method',
    usage: params.usage ?? 'off_session',
    sandbox: { ...(session && { session }) },
  });
  changes.emit('setup_intent.created', intent);
  return intent;
}

export function cancelSetup(changes: Changes, intent: SetupIntent, reason: string | null): SetupIntent {
  if (intent.status === 'succeeded' || intent.status === 'canceled' || intent.status === 'processing') {
    const message = `You cannot cancel this SetupIntent because it has a status of ${intent.status}. Only a SetupIntent with one of the following statuses may be canceled: requires_payment_method, requires_confirmation, requires_action.`;
    throw unexpectedSetupState(intent, message);
  }
  const canceled = changes.save<SetupIntent>({
    ...intent,
    status: 'canceled',
    cancellation_reason: reason,
    next_action: null,
  });
  changes.emit('setup_intent.canceled', canceled);
  return canceled;
}

function confirm(
  changes: Changes,
  intent: SetupIntent,
  params: Values<typeof confirmParams>,
  isBrowser: boolean,
  origin: string,
): SetupIntent {
  const method = methodFrom(changes, params, isBrowser);
  const requested = params.payment_method_options?.card?.request_three_d_secure;
  return confirmSetup(changes, intent, {
    ...(method && { method }),
    ...(params.return_url && { returnUrl: params.return_url }),
    useStripeSdk: params.use_stripe_sdk ?? false,
    requestsAuthentication: requested === 'any' || requested === 'challenge',
    ...consentOf(changes, params, isBrowser),
    origin,
  });
}
