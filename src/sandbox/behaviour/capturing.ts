import type { Changes } from '../state/changes.js';
import type { PaymentIntent } from '../state/resources.js';
import type { Charge } from '../state/resources-money.js';
import { invalidRequest } from '../wire/errors.js';
import { feeOf, moveBalance } from './balance.js';
import { record, testCardOf } from './charging.js';
import { succeedPayment, unexpectedPaymentState } from './confirm-payment.js';

/** https://docs.stripe.com/payments/place-a-hold-on-a-payment-method: once, and what is not taken falls free. */
export function capturePayment(changes: Changes, intent: PaymentIntent, amount: number): PaymentIntent {
  const charge = intent.latest_charge ? changes.find('charge', intent.latest_charge) : undefined;
  if (intent.status !== 'requires_capture' || !charge) {
    const message = `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`;
    throw unexpectedPaymentState(intent, message);
  }
  if (amount < 1)
    throw invalidRequest('Invalid positive integer', 'parameter_invalid_integer', 'amount_to_capture');
  if (amount > intent.amount_capturable) {
    const message = `The amount_to_capture (${amount}) is greater than the amount capturable (${intent.amount_capturable}).`;
    throw invalidRequest(message, 'amount_too_large', 'amount_to_capture');
  }
  const captured = captureCharge(changes, charge, amount);
  const { dispute } = disputeCardOf(changes, charge);
  if (dispute) changes.schedule('charge.dispute', charge.id, 1);
  return succeedPayment(changes, intent, captured);
}

function captureCharge(changes: Changes, charge: Charge, amount: number): Charge {
  const movement = moveBalance(changes, {
    type: 'charge',
    amount,
    currency: charge.currency,
    source: charge.id,
    fee: feeOf('card', amount),
    reporting_category: 'charge',
    description: charge.description,
  });
  const captured = changes.save<Charge>({
    ...charge,
    captured: true,
    amount_captured: amount,
    amount_refunded: charge.amount - amount,
    balance_transaction: movement.id,
  });
  record(changes, 'charge.captured', captured, amount);
  if (amount < charge.amount) record(changes, 'charge.released', captured, charge.amount - amount);
  changes.emit('charge.captured', captured);
  return captured;
}

/**
 * https://docs.stripe.com/api/payment_intents/cancel: not once it succeeded; a debit under way only as long as the bank has
 * not got it, which is the test account that never ends.
 */
export function cancelPayment(changes: Changes, intent: PaymentIntent, reason: string | null): PaymentIntent {
  const isDebitNotSent =
    intent.status === 'processing' &&
    changes.find('payment_method', intent.payment_method ?? '')?.sandbox.behaves ===
      'pm_usBankAccount_processing';
  if (
    ['succeeded', 'canceled'].includes(intent.status) ||
    (intent.status === 'processing' && !isDebitNotSent)
  ) {
    const message = `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: requires_payment_method, requires_capture, requires_confirmation, requires_action, processing.`;
    throw unexpectedPaymentState(intent, message);
  }
  if (intent.sandbox.session && intent.status !== 'requires_capture') {
    const message =
      'You cannot cancel this PaymentIntent because it was created by a Checkout Session. You can expire the Checkout Session instead.';
    throw unexpectedPaymentState(intent, message);
  }
  release(changes, intent, 'charge.refunded');
  return endIntent(changes, intent, reason);
}

/** Nobody captured in time. */
export function expireAuthorization(changes: Changes, intent: PaymentIntent): void {
  if (intent.status !== 'requires_capture') return;
  release(changes, intent, 'charge.expired');
  endIntent(changes, intent, 'automatic');
}

function endIntent(changes: Changes, intent: PaymentIntent, reason: string | null): PaymentIntent {
  const canceled = changes.save<PaymentIntent>({
    ...intent,
    status: 'canceled',
    amount_capturable: 0,
    canceled_at: changes.now,
    cancellation_reason: reason,
    next_action: null,
    last_payment_error: null, // cleared by every update, as its documentation says: the charge alone still knows why
  });
  changes.emit('payment_intent.canceled', canceled);
  return canceled;
}

function release(changes: Changes, intent: PaymentIntent, event: string): void {
  const charge = intent.latest_charge ? changes.find('charge', intent.latest_charge) : undefined;
  if (!charge || charge.captured || charge.status === 'failed') return;
  const isHeld = charge.status === 'succeeded';
  const released = changes.save<Charge>({
    ...charge,
    ...(isHeld ? { amount_refunded: charge.amount, refunded: true } : { status: 'failed' as const }),
  });
  record(changes, isHeld ? 'charge.released' : 'charge.failed', released, released.amount, 'canceled');
  changes.emit(isHeld ? event : 'charge.failed', released);
}

function disputeCardOf(changes: Changes, charge: Charge) {
  const method = changes.find('payment_method', charge.payment_method ?? '');
  return { dispute: method && testCardOf(method)?.dispute };
}
