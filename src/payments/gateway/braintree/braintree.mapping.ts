import type { Dispute, Transaction } from 'braintree';
import { decimalsOf } from '../../../platform/iso-4217.js';
import type { DisputeStatus } from '../../payments.contract.js';
import { businessDaysAfter } from '../business-days.js';
import { returned } from '../declines.js';
import type { DisputeOutcome, GatewayOutcome, RefundOutcome } from '../gateway.js';
import { failureOf } from './braintree.declines.js';
import { askedBy } from './braintree.references.js';

/** Braintree writes amounts with a point and at most this many digits behind it. */
const DECIMALS_MAX = 2;

/** Our minor units as Braintree writes them, or null when it cannot: an amount is refused, never rounded. */
export function toBraintreeAmount(amountMinor: number, currency: string): string | null {
  const digits = decimalsOf(currency);
  const surplus = 10 ** Math.max(0, digits - DECIMALS_MAX);
  if (amountMinor % surplus !== 0) return null;
  const decimals = Math.min(digits, DECIMALS_MAX);
  const units = String(amountMinor / surplus).padStart(decimals + 1, '0');
  return decimals === 0 ? units : `${units.slice(0, -decimals)}.${units.slice(-decimals)}`;
}

/** @throws Error when it is no amount of this currency */
export function fromBraintreeAmount(amount: string, currency: string): number {
  const digits = decimalsOf(currency);
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  const kept = fraction.padEnd(digits, '0');
  if (!whole || /[1-9]/.test(kept.slice(digits))) throw new Error(`No amount of ${currency}: ${amount}`);
  return Number(whole + kept.slice(0, digits));
}

/** It has the money, or will have it with the next batch. https://developer.paypal.com/braintree/docs/reference/general/statuses#transaction */
const TAKEN = new Set([
  'submitted_for_settlement',
  'settling',
  'settlement_pending',
  'settlement_confirmed',
  'settled',
]);
const DECLINES = new Set(['processor_declined', 'gateway_rejected', 'failed', 'settlement_declined']);
const RELEASED = new Set(['voided', 'authorization_expired']);

/** A bank debit has its money only once it has settled, days later; one that settled may come back. */
export function hasSettled({ status, statusHistory = [] }: Transaction): boolean {
  return status === 'settled' || statusHistory.some((it) => it.status === 'settled');
}

export function isBankDebit({ paymentInstrumentType }: Transaction): boolean {
  return paymentInstrumentType === 'us_bank_account';
}

/** What came back after it had settled is a dispute; the charge itself stays what it was. */
export function isReturned(sale: Transaction): boolean {
  return isBankDebit(sale) && sale.status === 'settlement_declined' && hasSettled(sale);
}

function isTaken(sale: Transaction): boolean {
  return isBankDebit(sale) ? hasSettled(sale) : TAKEN.has(sale.status);
}

/** Of these alone money can be given back. https://developer.paypal.com/braintree/docs/reference/request/transaction/refund/node */
const SETTLED = new Set(['settling', 'settled', 'settlement_confirmed']);

export function isSettled({ status }: Transaction): boolean {
  return SETTLED.has(status);
}

/** How a charge stands by all the sales that carry its order id: mostly one, none before it was sent. */
export function outcomeOf(reference: string, sales: readonly Transaction[]): GatewayOutcome {
  const asked = askedBy(reference);
  if (!asked) return { status: 'unknown', reason: `an order id that is not ours: ${reference}` };
  const { paymentId, amountMinor, currency } = asked;
  const facts = { providerPayment: reference, paymentId, amountMinor, capturedMinor: 0, currency };

  const taken = sales.filter(isTaken);
  if (taken[0])
    return {
      ...facts,
      ...authorised(taken[0]),
      status: 'succeeded',
      capturedMinor: taken.reduce((sum, it) => sum + minorOf(it), 0), // twice what was asked for, if it was taken twice
    };
  const debited = sales.find((it) => isBankDebit(it) && TAKEN.has(it.status));
  if (debited) {
    const expectedBy = businessDaysAfter(new Date(debited.createdAt), BANK_DEBIT_BUSINESS_DAYS);
    return {
      ...facts,
      ...authorised(debited),
      status: 'processing',
      detail: 'bank_debit_pending',
      expectedBy,
    };
  }
  const held = sales.find(({ status }) => status === 'authorized');
  if (held) return { ...facts, ...authorised(held), status: 'requires_capture' };
  if (sales.some(({ status }) => status === 'authorizing'))
    return { ...facts, status: 'processing', detail: 'confirming', expectedBy: null };
  if (sales.some(({ gatewayRejectionReason }) => gatewayRejectionReason === 'duplicate'))
    return { status: 'unknown', reason: 'Braintree says that there is another with this order id' };
  const last = sales[0];
  if (!last) return { ...facts, status: 'unconfirmed', failure: null };
  if (RELEASED.has(last.status)) return { ...facts, status: 'cancelled', failure: null };
  if (DECLINES.has(last.status)) return { ...facts, status: 'cancelled', failure: failureOf(last) };
  return { status: 'unknown', reason: `a status that this version does not know: ${last.status}` };
}

/** https://developer.paypal.com/braintree/articles/guides/payment-methods/ach gives three to five. */
const BANK_DEBIT_BUSINESS_DAYS = 5;

/** What the bank had agreed to: a part that is taken becomes the transaction's amount. */
function authorised({ statusHistory = [], amount, currencyIsoCode: currency }: Transaction) {
  const first = statusHistory.find(({ status }) => status === 'authorized');
  return { amountMinor: fromBraintreeAmount(first?.amount ?? amount, currency), currency };
}

function minorOf({ amount, currencyIsoCode }: Transaction): number {
  return fromBraintreeAmount(amount, currencyIsoCode);
}

/** A refund is a transaction of its own, which goes out with the next batch; until then the Control Panel can void it. */
export function refundOutcomeOf(refund: Transaction): RefundOutcome {
  const { id: providerRefund, status, orderId: refundId, currencyIsoCode: currency } = refund;
  if (DECLINES.has(status))
    return { status: 'failed', providerRefund, failureCode: failureOf(refund).declineCode ?? status };
  if (RELEASED.has(status)) return { status: 'failed', providerRefund, failureCode: status };
  const facts = { providerRefund, providerPayment: null, refundId, amountMinor: minorOf(refund), currency };
  if (TAKEN.has(status)) return { ...facts, status: 'succeeded' };
  return { ...facts, status: 'pending' };
}

/** https://developer.paypal.com/braintree/docs/reference/response/dispute/node */
const DISPUTE_STATUS: Record<string, DisputeStatus> = {
  open: 'needs_response',
  disputed: 'under_review',
  under_review: 'under_review',
  won: 'won',
  lost: 'lost',
  accepted: 'lost',
  auto_accepted: 'lost',
  expired: 'lost', // nobody answered in time
};
/** A retrieval only asks; no money is taken back by it. */
const INQUIRY_STATUS: Partial<Record<DisputeStatus, DisputeStatus>> = {
  needs_response: 'inquiry',
  under_review: 'inquiry_under_review',
  won: 'inquiry_closed',
  lost: 'inquiry_closed',
};

export function disputeOutcomeOf(dispute: Dispute): DisputeOutcome {
  const { id: providerDispute, currencyIsoCode: currency, amountDisputed, amountWon, transaction } = dispute;
  const known = DISPUTE_STATUS[dispute.status];
  if (!known)
    return { status: 'unknown', reason: `a status that this version does not know: ${dispute.status}` };
  const isInquiry = dispute.kind === 'retrieval';
  const status = (isInquiry && INQUIRY_STATUS[known]) || known;
  const amountMinor = fromBraintreeAmount(amountDisputed, currency);
  const backMinor = status === 'won' ? fromBraintreeAmount(amountWon ?? amountDisputed, currency) : 0;
  return {
    status,
    providerDispute,
    amountMinor,
    currency,
    reason: dispute.reason,
    providerPayment: transaction.orderId ?? transaction.id,
    withdrawnMinor: isInquiry ? 0 : amountMinor - backMinor,
    evidenceDueBy: dispute.replyByDate ? new Date(dispute.replyByDate) : null,
    isContestable: status !== 'won' && status !== 'lost' && status !== 'inquiry_closed',
    methodReason: null,
  };
}

/** A bank debit that came back after it had settled: final, and all of it. */
export function returnOutcomeOf(sale: Transaction): DisputeOutcome {
  if (!isReturned(sale)) return { status: 'unknown', reason: 'no debit that came back' };
  const { id, orderId, amount, currencyIsoCode: currency } = sale;
  const amountMinor = fromBraintreeAmount(amount, currency);
  return {
    status: 'lost',
    providerDispute: returnNamed(id),
    amountMinor,
    currency,
    providerPayment: orderId ?? id,
    withdrawnMinor: amountMinor,
    evidenceDueBy: null,
    isContestable: false,
    ...returned(failureOf(sale)),
  };
}

/** Of a return Braintree makes no dispute with an id of its own: it is known by its sale's. */
const RETURN = 'return.';

export function returnNamed(saleId: string): string {
  return RETURN + saleId;
}

export function saleOfReturn(providerDispute: string): string | null {
  return providerDispute.startsWith(RETURN) ? providerDispute.slice(RETURN.length) : null;
}
