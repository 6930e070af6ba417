import type { Changes } from '../state/changes.js';
import type { PaymentIntent } from '../state/resources.js';
import type { Dispute, Refund } from '../state/resources-money.js';
import { amountOf } from './amounts.js';
import { MERCHANT_ID, nameOf } from './names.js';
import { responseOf } from './responses.js';
import type { Value } from './xml.js';

type Element = { [name: string]: Value };

/** A batch settles what was submitted the day before. */
const SETTLES_AFTER_SECONDS = 24 * 3_600;

/** https://developer.paypal.com/braintree/docs/reference/response/transaction/node */
export function saleView(changes: Changes, intent: PaymentIntent): Element {
  const status = statusOf(changes, intent);
  const currency = intent.currency.toUpperCase();
  const amount = amountOf(intent.amount_received || intent.amount, currency);
  const isDeclined = intent.status === 'requires_payment_method';
  const isDebit = isBankDebit(intent);
  const { code, text, rejection } = isDeclined && !isDebit ? responseOf(intent) : APPROVED;
  const authorized = { status: 'authorized', amount: amountOf(intent.amount, currency) };
  return {
    id: nameOf(intent.id),
    type: 'sale',
    status,
    amount,
    'currency-iso-code': currency,
    'order-id': intent.metadata['order_id'] || null,
    'merchant-id': MERCHANT_ID,
    'created-at': new Date(intent.created * 1000),
    'processor-response-code': code,
    'processor-response-text': text,
    'gateway-rejection-reason': rejection ?? null,
    'payment-instrument-type': isDebit ? 'us_bank_account' : 'credit_card',
    'ach-return-code': isDebit ? returnCodeOf(changes, intent) : null,
    'status-history': isDebit
      ? debitHistory(intent, status, amount)
      : isDeclined
        ? [{ status, amount }]
        : status === 'authorized'
          ? [authorized]
          : [authorized, { status, amount }],
  };
}

const APPROVED = { code: '1000', text: 'Approved', rejection: undefined };

/** Somebody took it back in the Control Panel, which a test asks for as the reason of a failure. */
const VOIDED = 'voided';

/** A refund is a transaction of its own. */
export function refundView(changes: Changes, refund: Refund): Element {
  const currency = refund.currency.toUpperCase();
  const isOld = changes.now >= refund.created + SETTLES_AFTER_SECONDS;
  const failed = refund.failure_reason === VOIDED ? VOIDED : 'settlement_declined';
  return {
    id: nameOf(refund.id),
    type: 'credit',
    status: refund.status === 'failed' ? failed : isOld ? 'settled' : 'submitted_for_settlement',
    amount: amountOf(refund.amount, currency),
    'currency-iso-code': currency,
    'order-id': refund.metadata['order_id'] || null,
    'merchant-id': MERCHANT_ID,
    'created-at': new Date(refund.created * 1000),
    'processor-response-code': '1002',
    'processor-response-text': 'Processed',
    'refunded-transaction-id': nameOf(refund.payment_intent ?? ''),
  };
}

export function isSettled(changes: Changes, intent: PaymentIntent): boolean {
  return statusOf(changes, intent) === 'settled';
}

/** It is pending for days, and may be declined after it had settled. https://developer.paypal.com/braintree/docs/reference/general/webhooks/transaction */
function debitHistory(intent: PaymentIntent, status: string, amount: string): Element[] {
  const before = status === 'settlement_pending' ? [] : ['settlement_pending'];
  if (status === 'settlement_declined' && intent.status === 'succeeded') before.push('settled');
  return [...before, status].map((it) => ({ status: it, amount }));
}

export function isBankDebit({ allowed_payment_method_types: types }: PaymentIntent): boolean {
  return types?.includes('us_bank_account') ?? false;
}

/** The return of a debit that had succeeded, which the ledger knows as a dispute. */
export function returnOf(changes: Changes, { id }: PaymentIntent): Dispute | undefined {
  return changes.all('dispute').find((it) => it.payment_intent === id);
}

/** Nacha's codes, by the ledger's words for them. */
const RETURN_CODES: Record<string, string> = {
  insufficient_funds: 'R01',
  account_closed: 'R02',
  no_account: 'R03',
  incorrect_account_details: 'R03',
  debit_not_authorized: 'R10',
};

function returnCodeOf(changes: Changes, intent: PaymentIntent): string | null {
  const why = returnOf(changes, intent)?.reason ?? intent.last_payment_error?.decline_code ?? '';
  return RETURN_CODES[why] ?? null;
}

function statusOfDebit(changes: Changes, intent: PaymentIntent): string {
  if (intent.status === 'processing') return 'settlement_pending';
  return intent.status === 'succeeded' && !returnOf(changes, intent) ? 'settled' : 'settlement_declined';
}

/** https://developer.paypal.com/braintree/docs/reference/general/statuses#transaction */
function statusOf(changes: Changes, intent: PaymentIntent): string {
  if (isBankDebit(intent)) return statusOfDebit(changes, intent);
  switch (intent.status) {
    case 'succeeded':
      return intent.sandbox.isSettled || changes.now >= takenAt(changes, intent) + SETTLES_AFTER_SECONDS
        ? 'settled'
        : 'submitted_for_settlement';
    case 'requires_capture':
      return 'authorized';
    case 'canceled':
      return intent.cancellation_reason === 'automatic' ? 'authorization_expired' : 'voided';
    case 'requires_payment_method':
      return responseOf(intent).status;
    default:
      return 'authorizing';
  }
}

function takenAt(changes: Changes, intent: PaymentIntent): number {
  const charge = changes.find('charge', intent.latest_charge ?? '');
  const movement = changes.find('balance_transaction', charge?.balance_transaction ?? '');
  return movement?.created ?? intent.created;
}
