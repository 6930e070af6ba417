import { attach, refuseForeign } from '../api/wallet.js';
import type { Changes } from '../state/changes.js';
import { visible } from '../state/changes.js';
import type { MandateData, PaymentIntent, PaymentMethod } from '../state/resources.js';
import type { Charge } from '../state/resources-money.js';
import { StripeError } from '../wire/errors.js';
import { wantsAuthentication } from './authentication.js';
import { openChallenge } from './challenges.js';
import { authorizeCharge, failCharge, newCharge, succeedCharge, testCardOf } from './charging.js';
import { startDebit } from './bank-debits.js';
import { errorOf, refuseType, refuseWithoutReturnUrl } from './confirm-setup.js';
import { declineNamed, type Decline, type DeclineName } from './declines.js';
import { agree } from './mandates.js';
import { askForProof } from './microdeposits.js';

export interface PaymentConfirmation {
  method?: PaymentMethod;
  isOffSession?: boolean;
  returnUrl?: string;
  useStripeSdk?: boolean;
  requestsAuthentication?: boolean;
  errorOnRequiresAction?: boolean;
  consent?: MandateData;
  origin: string;
}

/** https://docs.stripe.com/payments/paymentintents/lifecycle */
export function confirmPayment(
  changes: Changes,
  intent: PaymentIntent,
  confirmation: PaymentConfirmation,
): PaymentIntent {
  refuseUnlessConfirmable(intent);
  const method = confirmation.method ?? savedMethod(changes, intent);
  refuseForeign(method, intent.customer, 'PaymentIntent');
  refuseType(intent, method);
  if (!confirmation.isOffSession) {
    refuseWithoutReturnUrl(intent, confirmation.returnUrl, confirmation.useStripeSdk);
  }

  if (method.type === 'us_bank_account') return debitBankAccount(changes, intent, method, confirmation);
  const testCard = testCardOf(method);
  const presence = {
    isOffSession: confirmation.isOffSession ?? false,
    isSetUpOffSession: method.sandbox.isSetUpOffSession,
    isRequested: confirmation.requestsAuthentication ?? false,
    isSetup: false,
  };
  if (!testCard || !wantsAuthentication(testCard, presence)) return takePayment(changes, intent, method);
  if (testCard.authenticationError) {
    return failPayment(changes, intent, method, declineNamed(testCard.authenticationError));
  }
  // Nobody is there to answer the issuer's question, so it is a decline: the payer must come back.
  // https://docs.stripe.com/payments/save-and-reuse#charge-saved-payment-method
  if (confirmation.isOffSession || confirmation.errorOnRequiresAction) {
    return failPayment(changes, intent, method, declineNamed('authentication_required'));
  }
  return askPayer(changes, intent, method, confirmation);
}

/** https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment */
function debitBankAccount(
  changes: Changes,
  intent: PaymentIntent,
  method: PaymentMethod,
  { consent, origin }: PaymentConfirmation,
): PaymentIntent {
  if (consent) agree(changes, method, consent);
  const { setup_future_usage: usage, customer } = intent;
  const kept = usage && customer && !method.customer ? attach(changes, method, customer) : method;
  if (kept.sandbox.isVerified) return startDebit(changes, intent, kept);
  const waiting = changes.save<PaymentIntent>({
    ...intent,
    payment_method: kept.id,
    status: 'requires_action',
    next_action: askForProof(changes, intent, kept, origin),
    last_payment_error: null,
  });
  changes.emit('payment_intent.requires_action', waiting);
  return waiting;
}

function askPayer(
  changes: Changes,
  intent: PaymentIntent,
  method: PaymentMethod,
  confirmation: PaymentConfirmation,
): PaymentIntent {
  const { challenge, nextAction } = openChallenge(changes, intent, confirmation);
  const waiting = changes.save<PaymentIntent>({
    ...intent,
    payment_method: method.id,
    status: 'requires_action',
    next_action: nextAction,
    last_payment_error: null,
    sandbox: { ...intent.sandbox, authentication: challenge.id },
  });
  changes.emit('payment_intent.requires_action', waiting);
  return waiting;
}

/** Everything that had to be asked has been asked: the money moves, or the issuer declines. */
export function takePayment(
  changes: Changes,
  intent: PaymentIntent,
  method: PaymentMethod,
  { isAuthenticated = false }: { isAuthenticated?: boolean } = {},
): PaymentIntent {
  const decline = declineOf(method, isAuthenticated);
  if (decline) return failPayment(changes, intent, method, decline, { isAuthenticated });

  const used = rememberUse(changes, intent, method, isAuthenticated);
  const { dispute, fraudWarning } = testCardOf(method) ?? {};
  const charge = newCharge(changes, intent, used, { isAuthenticated });
  if (fraudWarning) changes.schedule('charge.warn_of_fraud', charge.id, COMPLAINT_AFTER_SECONDS);
  if (intent.capture_method === 'manual')
    return holdPayment(changes, intent, authorizeCharge(changes, charge));
  if (dispute) changes.schedule('charge.dispute', charge.id, COMPLAINT_AFTER_SECONDS);
  return succeedPayment(changes, intent, succeedCharge(changes, charge));
}

export function succeedPayment(changes: Changes, intent: PaymentIntent, charge: Charge): PaymentIntent {
  const succeeded = changes.save<PaymentIntent>({
    ...intent,
    ...settled(charge),
    status: 'succeeded',
    amount_capturable: 0,
    amount_received: charge.amount_captured,
  });
  changes.emit('payment_intent.succeeded', succeeded);
  return succeeded;
}

function holdPayment(changes: Changes, intent: PaymentIntent, charge: Charge): PaymentIntent {
  const held = changes.save<PaymentIntent>({
    ...intent,
    ...settled(charge),
    status: 'requires_capture',
    amount_capturable: charge.amount,
  });
  changes.schedule('payment_intent.expire_authorization', held.id, AUTHORIZATION_HELD_SECONDS);
  changes.emit('payment_intent.amount_capturable_updated', held);
  return held;
}

/** Test cards complain right away, https://docs.stripe.com/testing#disputes. */
const COMPLAINT_AFTER_SECONDS = 1;

/** https://docs.stripe.com/payments/place-a-hold-on-a-payment-method: seven days for most cards online. */
export const AUTHORIZATION_HELD_SECONDS = 7 * 86_400;

function settled(charge: Charge) {
  return {
    payment_method: charge.payment_method,
    latest_charge: charge.id,
    next_action: null,
    last_payment_error: null,
  };
}

/**
 * A failed attempt leaves the intent open for another payment method, also for whoever holds its client secret.
 * https://docs.stripe.com/payments/paymentintents/lifecycle
 */
export function failPayment(
  changes: Changes,
  intent: PaymentIntent,
  method: PaymentMethod,
  decline: Decline,
  { isAuthenticated = false }: { isAuthenticated?: boolean } = {},
): never {
  // A bank account that was not proved has not been debited: there is no charge.
  const charge =
    method.type === 'card'
      ? failCharge(changes, newCharge(changes, intent, method, { isAuthenticated }), decline)
      : undefined;
  const error = {
    ...errorOf(method, decline),
    ...(charge && { charge: charge.id }),
    payment_method: visible(method) as PaymentMethod,
  };
  const failed = changes.save<PaymentIntent>({
    ...intent,
    payment_method: null,
    ...(charge && { latest_charge: charge.id }),
    status: 'requires_payment_method',
    next_action: null,
    last_payment_error: error,
  });
  changes.emit('payment_intent.payment_failed', failed);
  const status = method.type === 'card' ? 402 : 400;
  throw new StripeError(status, { ...error, payment_intent: visible(failed) as PaymentIntent }, true);
}

function declineOf(method: PaymentMethod, isAuthenticated: boolean): Decline | undefined {
  const testCard = testCardOf(method);
  const name =
    (method.sandbox.declinesWith as DeclineName | undefined) ??
    testCard?.onCharge ??
    (isAuthenticated ? testCard?.onChargeAfterAuthentication : undefined);
  return name && declineNamed(name);
}

/** Used once without a customer, a method is used up; with `setup_future_usage` it is saved. */
function rememberUse(
  changes: Changes,
  intent: PaymentIntent,
  method: PaymentMethod,
  isAuthenticated: boolean,
): PaymentMethod {
  const { setup_future_usage: usage, customer } = intent;
  const isSetUpOffSession =
    method.sandbox.isSetUpOffSession || (usage === 'off_session' && (isAuthenticated || !method.customer));
  const isConsumed = !method.customer && !usage;
  const sandbox = { ...method.sandbox, isSetUpOffSession, isConsumed };
  const card = method.card && {
    ...method.card,
    checks: { ...method.card.checks, cvc_check: method.card.checks.cvc_check === null ? null : 'pass' },
  };
  const used = changes.save<PaymentMethod>({ ...method, ...(card && { card }), sandbox });
  return usage && customer && !method.customer ? attach(changes, used, customer) : used;
}

export function unexpectedPaymentState(intent: PaymentIntent, message: string): StripeError {
  return new StripeError(400, {
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    message,
    payment_intent: visible(intent) as PaymentIntent,
  });
}

function refuseUnlessConfirmable(intent: PaymentIntent): void {
  const { status } = intent;
  if (status === 'requires_payment_method' || status === 'requires_confirmation') return;
  if (status === 'requires_action') return;
  const already: Record<string, string> = {
    succeeded: 'because it has already succeeded after being previously confirmed',
    canceled: 'because it has a status of canceled',
    processing: 'because it is already processing',
    requires_capture: 'because it has already been confirmed and needs to be captured',
  };
  throw unexpectedPaymentState(intent, `You cannot confirm this PaymentIntent ${already[status]}.`);
}

function savedMethod(changes: Changes, intent: PaymentIntent): PaymentMethod {
  const method = intent.payment_method && changes.find('payment_method', intent.payment_method);
  if (method) return method;
  const message =
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.";
  throw unexpectedPaymentState(intent, message);
}
