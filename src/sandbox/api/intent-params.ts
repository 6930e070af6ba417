import type { Changes } from '../state/changes.js';
import { mandateDataOf } from '../behaviour/mandates.js';
import type { MandateData, PaymentMethod } from '../state/resources.js';
import { invalidRequest, StripeError } from '../wire/errors.js';
import {
  anyHash,
  boolean,
  clearable,
  hash,
  integer,
  listOf,
  oneOf,
  string,
  type Values,
} from '../wire/parameters.js';
import { createPaymentMethod, paymentMethodParams } from './payment-methods.js';
import { usablePaymentMethod } from './wallet.js';

/** What payment intents and setup intents are told in the same words. */

export const methodTypes = listOf(oneOf('card', 'us_bank_account'));

export const mandateData = hash({
  customer_acceptance: hash({
    accepted_at: integer,
    type: oneOf('online', 'offline'),
    offline: anyHash,
    online: hash({ ip_address: string, user_agent: string }),
  }),
});

/** Proof that the payer can see into the bank account. */
export const proofParams = { client_secret: string, amounts: listOf(integer), descriptor_code: string };

export const methodOptions = hash({
  card: hash({
    cvc_token: string,
    moto: boolean,
    request_three_d_secure: oneOf('any', 'automatic', 'challenge'),
    setup_future_usage: clearable,
    capture_method: clearable,
  }),
  us_bank_account: hash({
    financial_connections: anyHash,
    mandate_options: anyHash,
    networks: anyHash,
    preferred_settlement_speed: clearable,
    setup_future_usage: clearable,
    target_date: clearable,
    verification_method: oneOf('automatic', 'instant', 'microdeposits'),
  }),
});

export const whoPays = {
  customer: string,
  payment_method: clearable,
  payment_method_data: hash(paymentMethodParams),
  payment_method_options: methodOptions,
};

export const automatic = hash({ enabled: boolean, allow_redirects: oneOf('always', 'never') });

/** The parameters of create that only make sense when it confirms as well. */
export function refuseWithoutConfirm(
  params: Record<string, unknown>,
  names: string[],
  intent: 'PaymentIntent' | 'SetupIntent',
): void {
  if (params.confirm === true) return;
  for (const name of names) {
    if (params[name] === undefined) continue;
    const message = `You cannot provide \`${name}\` when creating a ${intent} unless \`confirm\` is set to true.`;
    throw new StripeError(
      400,
      { type: 'invalid_request_error', message, code: 'parameter_invalid', param: name },
      false,
      false,
    );
  }
}

export function methodFrom(
  changes: Changes,
  params: Values<Pick<typeof whoPays, 'payment_method' | 'payment_method_data'>>,
  isBrowser: boolean,
): PaymentMethod | undefined {
  if (params.payment_method && params.payment_method_data) {
    const message = 'You may only specify one of these parameters: payment_method, payment_method_data.';
    throw invalidRequest(message, 'parameter_invalid', 'payment_method_data');
  }
  if (params.payment_method_data) return createPaymentMethod(changes, params.payment_method_data, isBrowser);
  return params.payment_method ? usablePaymentMethod(changes, params.payment_method) : undefined;
}

/** https://docs.stripe.com/upgrades/manage-payment-methods-dashboard: without a list, all suitable types are allowed. */
export function allowedTypes(
  {
    allowed_payment_method_types: allowed,
    automatic_payment_methods: auto,
  }: Values<{
    allowed_payment_method_types: typeof methodTypes;
    automatic_payment_methods: typeof automatic;
  }>,
  currency = 'usd',
) {
  if (allowed?.length && auto?.enabled) {
    const message =
      'You may only specify one of these parameters: automatic_payment_methods, allowed_payment_method_types.';
    throw invalidRequest(message, 'parameter_invalid', 'automatic_payment_methods');
  }
  const suitable = currency === 'usd' ? ['card', 'us_bank_account'] : ['card'];
  const isAutomatic = !allowed?.length && auto?.enabled !== false;
  return {
    allowed_payment_method_types: allowed?.length ? allowed : null,
    automatic_payment_methods: isAutomatic
      ? { allow_redirects: auto?.allow_redirects ?? 'always', enabled: true }
      : null,
    payment_method_types: allowed?.length ? allowed : isAutomatic ? suitable : ['card'],
  } as const;
}

/** With the publishable key an intent is opened by its client secret, and by nothing else. */
export function refuseWithoutSecret(
  intent: { object: string; client_secret: string },
  secret: string | undefined,
  isBrowser: boolean,
): void {
  if (!isBrowser || secret === intent.client_secret) return;
  const name = intent.object === 'setup_intent' ? 'SetupIntent' : 'PaymentIntent';
  const message =
    secret === undefined
      ? `Missing required param: client_secret.`
      : `The client_secret provided does not match the client_secret associated with the ${name}.`;
  throw invalidRequest(
    message,
    secret === undefined ? 'parameter_missing' : `${intent.object}_invalid_parameter`,
    'client_secret',
  );
}

/** Stripe.js tells of the payer's consent by itself; a server says where it was given. */
export function consentOf(
  changes: Changes,
  params: Values<{ mandate_data: typeof mandateData }>,
  isBrowser: boolean,
): { consent?: MandateData } {
  const told = mandateDataOf(changes, params.mandate_data);
  if (told) return { consent: told };
  if (!isBrowser) return {};
  return {
    consent: { type: 'online', acceptedAt: changes.now, ipAddress: '127.0.0.1', userAgent: 'browser' },
  };
}
