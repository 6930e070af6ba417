import { storedAgain } from '../adyen/stored-again.js';
import { attach, refuseForeign } from '../api/wallet.js';
import type { Changes } from '../state/changes.js';
import { visible } from '../state/changes.js';
import { newId } from '../state/ids.js';
import type { MandateData, PaymentMethod, SetupIntent } from '../state/resources.js';
import { invalidRequest, StripeError, type ErrorBody } from '../wire/errors.js';
import { wantsAuthentication } from './authentication.js';
import { openChallenge } from './challenges.js';
import { testCardOf } from './charging.js';
import { asCardError, declineNamed, type Decline } from './declines.js';
import { agree } from './mandates.js';
import { askForProof } from './microdeposits.js';

export interface SetupConfirmation {
  method?: PaymentMethod;
  returnUrl?: string;
  useStripeSdk?: boolean;
  requestsAuthentication?: boolean;
  consent?: MandateData;
  origin: string;
}

/** https://docs.stripe.com/api/setup_intents/confirm */
export function confirmSetup(
  changes: Changes,
  intent: SetupIntent,
  confirmation: SetupConfirmation,
): SetupIntent {
  refuseUnlessConfirmable(intent);
  const method = confirmation.method ?? savedMethod(changes, intent);
  refuseForeign(method, intent.customer, 'SetupIntent');
  refuseType(intent, method);
  refuseWithoutReturnUrl(intent, confirmation.returnUrl, confirmation.useStripeSdk);

  if (method.type === 'us_bank_account') return setUpBankAccount(changes, intent, method, confirmation);
  const testCard = testCardOf(method);
  if (testCard?.onSetup) return failSetup(changes, intent, method, declineNamed(testCard.onSetup));
  const presence = {
    isOffSession: false,
    isSetUpOffSession: method.sandbox.isSetUpOffSession,
    isRequested: confirmation.requestsAuthentication ?? false,
    isSetup: true,
  };
  if (!testCard || !wantsAuthentication(testCard, presence)) return succeedSetup(changes, intent, method);
  if (testCard.authenticationError) {
    return failSetup(changes, intent, method, declineNamed(testCard.authenticationError));
  }

  const { challenge, nextAction } = openChallenge(changes, intent, confirmation);
  const waiting = changes.save<SetupIntent>({
    ...intent,
    payment_method: method.id,
    status: 'requires_action',
    next_action: nextAction,
    last_setup_error: null,
    latest_attempt: newAttempt(changes, intent, method, 'requires_action'),
    sandbox: { ...intent.sandbox, authentication: challenge.id },
  });
  changes.emit('setup_intent.requires_action', waiting);
  return waiting;
}

/** https://docs.stripe.com/payments/ach-direct-debit/set-up-payment: the payer's consent, and proof of the account. */
function setUpBankAccount(
  changes: Changes,
  intent: SetupIntent,
  method: PaymentMethod,
  { consent, origin }: SetupConfirmation,
): SetupIntent {
  if (!consent) {
    const message =
      'This SetupIntent requires a mandate, but no existing mandate was found. Collect mandate acceptance from the customer and try again, providing acceptance data in the mandate_data parameter.';
    throw invalidRequest(message, 'setup_intent_mandate_invalid');
  }
  const agreed = changes.save<SetupIntent>({
    ...intent,
    payment_method: method.id,
    last_setup_error: null,
    sandbox: { ...intent.sandbox, mandate: consent },
  });
  if (method.sandbox.isVerified) return succeedSetup(changes, agreed, method);
  const waiting = changes.save<SetupIntent>({
    ...agreed,
    status: 'requires_action',
    next_action: askForProof(changes, agreed, method, origin),
    latest_attempt: newAttempt(changes, agreed, method, 'requires_action'),
  });
  changes.emit('setup_intent.requires_action', waiting);
  return waiting;
}

export function succeedSetup(changes: Changes, intent: SetupIntent, given: PaymentMethod): SetupIntent {
  const { method, operation } = storedAgain(changes, given, intent.customer);
  const used = changes.save<PaymentMethod>({
    ...method,
    ...(method.card && { card: { ...method.card, checks: { ...method.card.checks, ...passed(method) } } }),
    sandbox: { ...method.sandbox, isSetUpOffSession: intent.usage === 'off_session' },
  });
  if (intent.customer) attach(changes, used, intent.customer);
  const { mandate: consent } = intent.sandbox;
  const succeeded = changes.save<SetupIntent>({
    ...intent,
    payment_method: method.id,
    status: 'succeeded',
    next_action: null,
    last_setup_error: null,
    mandate: consent ? agree(changes, method, consent).id : null,
    latest_attempt: newAttempt(changes, intent, method, 'succeeded'),
    sandbox: { ...intent.sandbox, stored: operation },
  });
  changes.emit('setup_intent.succeeded', succeeded);
  return succeeded;
}

/** Raises the decline, and leaves the intent ready for another payment method. */
export function failSetup(
  changes: Changes,
  intent: SetupIntent,
  method: PaymentMethod,
  decline: Decline,
): never {
  const error = { ...errorOf(method, decline), payment_method: visible(method) as PaymentMethod };
  const failed = changes.save<SetupIntent>({
    ...intent,
    payment_method: null,
    status: 'requires_payment_method',
    next_action: null,
    last_setup_error: error,
    latest_attempt: newAttempt(changes, intent, method, 'failed'),
  });
  changes.emit('setup_intent.setup_failed', failed);
  const body = { ...error, setup_intent: visible(failed) as SetupIntent };
  throw new StripeError(method.type === 'card' ? 402 : 400, body, true);
}

/** Only cards raise card errors. */
export function errorOf(method: PaymentMethod, decline: Decline): ErrorBody {
  const error = asCardError(decline);
  return method.type === 'card' ? error : { ...error, type: 'invalid_request_error' };
}

function refuseUnlessConfirmable(intent: SetupIntent): void {
  const { status } = intent;
  if (status === 'requires_payment_method' || status === 'requires_confirmation') return;
  if (status === 'requires_action') return;
  throw unexpectedSetupState(
    intent,
    `You cannot confirm this SetupIntent because it has already ${status === 'canceled' ? 'been canceled' : status}.`,
  );
}

export function unexpectedSetupState(intent: SetupIntent, message: string): StripeError {
  return new StripeError(400, {
    type: 'invalid_request_error',
    code: 'setup_intent_unexpected_state',
    message,
    setup_intent: visible(intent) as SetupIntent,
  });
}

function savedMethod(changes: Changes, intent: SetupIntent): PaymentMethod {
  const method = intent.payment_method && changes.find('payment_method', intent.payment_method);
  if (method) return method;
  const message =
    "You cannot confirm this SetupIntent because it's missing a payment method. You can either update the SetupIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.";
  throw unexpectedSetupState(intent, message);
}

export function refuseType(
  intent: { payment_method_types: string[]; object: string },
  method: PaymentMethod,
): void {
  if (intent.payment_method_types.includes(method.type)) return;
  const name = intent.object === 'setup_intent' ? 'SetupIntent' : 'PaymentIntent';
  const message = `The PaymentMethod provided (${method.type}) is not allowed for this ${name}. Please attach a PaymentMethod of one of the following types: ${intent.payment_method_types.join(', ')}.`;
  throw invalidRequest(message, undefined, 'payment_method');
}

/**
 * https://docs.stripe.com/upgrades/manage-payment-methods-dashboard: an intent open to every payment method needs an
 * address to come back to, because some of them leave the page.
 */
export function refuseWithoutReturnUrl(
  intent: Pick<SetupIntent, 'automatic_payment_methods'>,
  returnUrl: string | undefined,
  useStripeSdk: boolean | undefined,
): void {
  if (!intent.automatic_payment_methods?.enabled || returnUrl || useStripeSdk) return;
  if (intent.automatic_payment_methods.allow_redirects === 'never') return;
  const message =
    "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.";
  throw invalidRequest(message);
}

/** A saved card's security code was checked once; it is never kept. */
function passed(method: PaymentMethod): { cvc_check: string | null } {
  return { cvc_check: method.card?.checks.cvc_check === 'unchecked' ? 'pass' : null };
}

function newAttempt(changes: Changes, intent: SetupIntent, method: PaymentMethod, status: string): string {
  return changes.save({
    id: newId('setatt'),
    object: 'setup_attempt',
    application: null,
    created: changes.now,
    customer: intent.customer,
    flow_directions: null,
    livemode: false,
    on_behalf_of: null,
    payment_method: method.id,
    payment_method_details: { type: method.type, [method.type]: {} },
    setup_error: null,
    setup_intent: intent.id,
    status,
    usage: intent.usage,
  }).id;
}
