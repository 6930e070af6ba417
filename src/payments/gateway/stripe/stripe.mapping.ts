import type Stripe from 'stripe';
import type { DisputeStatus, PaymentMethodReason } from '../../payments.contract.js';
import { businessDaysAfter } from '../business-days.js';
import type { DisputeOutcome, GatewayOutcome, RefundOutcome } from '../gateway.js';
import { type Decline, failureOf } from './stripe.declines.js';

/** Currencies whose smallest unit at Stripe differs from ISO 4217's: multiply ours by this. https://docs.stripe.com/currencies */
const STRIPE_UNITS_PER_MINOR: Record<string, number> = {
  ISK: 100, // no minor unit since 2007, but Stripe still wants two decimals, always 00
  UGX: 100, // likewise
  MGA: 0.01, // ISO gives it two decimals, Stripe none
};
/** Three decimals in ISO 4217; Stripe accepts them only with a last digit of 0. */
const LAST_DIGIT_ZERO = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);

/** Our minor units in Stripe's, or null when Stripe cannot express the amount: it is refused, never rounded. */
export function toStripeAmount(amountMinor: number, currency: string): number | null {
  if (LAST_DIGIT_ZERO.has(currency) && amountMinor % 10 !== 0) return null;
  const factor = STRIPE_UNITS_PER_MINOR[currency] ?? 1;
  if (factor < 1) return amountMinor % (1 / factor) === 0 ? amountMinor / (1 / factor) : null;
  return amountMinor * factor;
}

export function fromStripeAmount(amount: number, currency: string): number {
  const factor = STRIPE_UNITS_PER_MINOR[currency] ?? 1;
  return factor < 1 ? amount * (1 / factor) : amount / factor;
}

/** How a PaymentIntent stands, in our words. https://docs.stripe.com/payments/paymentintents/lifecycle */
export function outcomeOf(intent: Stripe.PaymentIntent): GatewayOutcome {
  const currency = intent.currency.toUpperCase();
  const facts = {
    providerPayment: intent.id,
    paymentId: intent.metadata['payment_id'] ?? null,
    amountMinor: fromStripeAmount(intent.amount, currency),
    capturedMinor: fromStripeAmount(intent.amount_received, currency),
    currency,
  };
  const isCancelled = intent.status === 'canceled';
  const lastError = intent.last_payment_error ?? (isCancelled ? errorOf(intent.latest_charge) : null);
  const codes = [lastError?.code, lastError?.decline_code];
  const waitsForPayer = codes.includes('authentication_required'); // no decline: the bank wants to see the payer
  const failure = lastError && !waitsForPayer ? failureOf(lastError) : null;
  switch (intent.status) {
    case 'succeeded':
      return { ...facts, status: 'succeeded' };
    case 'requires_capture':
      return { ...facts, status: 'requires_capture' };
    case 'processing':
      return { ...facts, status: 'processing', ...processingDetail(intent) };
    case 'requires_action':
      return {
        ...facts,
        status: 'requires_action',
        redirectUrl: intent.next_action?.redirect_to_url?.url ?? null,
      };
    case 'canceled':
      return { ...facts, status: 'cancelled', failure };
    case 'requires_payment_method':
    case 'requires_confirmation':
      if (waitsForPayer) return { ...facts, status: 'requires_action', redirectUrl: null };
      return { ...facts, status: 'unconfirmed', failure };
    default:
      return {
        status: 'unknown',
        reason: `a status that this version does not know: ${String(intent.status)}`,
      };
  }
}

/** A PaymentIntent that is cancelled may have lost its error; the charge that failed keeps it. */
function errorOf(charge: Stripe.PaymentIntent['latest_charge']): Decline | null {
  if (!charge || typeof charge === 'string' || !charge.failure_code) return null;
  const { failure_code: code, outcome } = charge;
  return {
    code,
    decline_code: outcome?.reason ?? undefined,
    advice_code: outcome?.advice_code ?? undefined,
  };
}

/** Stripe gives ACH debits up to four business days. https://docs.stripe.com/payments/ach-direct-debit */
const BANK_DEBIT_BUSINESS_DAYS = 4;

function processingDetail(intent: Stripe.PaymentIntent) {
  const isBankDebit = intent.allowed_payment_method_types?.includes('us_bank_account') ?? false;
  if (!isBankDebit) return { detail: 'confirming' as const, expectedBy: null };
  return {
    detail: 'bank_debit_pending' as const,
    expectedBy: businessDaysAfter(new Date(intent.created * 1000), BANK_DEBIT_BUSINESS_DAYS),
  };
}

/** How a refund stands. https://docs.stripe.com/refunds#failed-refunds */
export function refundOutcomeOf(refund: Stripe.Refund): RefundOutcome {
  if (refund.status === 'failed')
    return { status: 'failed', providerRefund: refund.id, failureCode: refund.failure_reason ?? 'unknown' };
  const currency = refund.currency.toUpperCase();
  const facts = {
    providerRefund: refund.id,
    providerPayment: idOf(refund.payment_intent),
    refundId: refund.metadata?.['refund_id'] ?? null,
    amountMinor: fromStripeAmount(refund.amount, currency),
    currency,
  };
  switch (refund.status) {
    case 'succeeded':
      return { ...facts, status: 'succeeded' };
    case 'canceled':
      return { ...facts, status: 'cancelled' };
    case 'pending':
    case 'requires_action':
      return { ...facts, status: 'pending' };
    default:
      return {
        status: 'unknown',
        reason: `a status that this version does not know: ${String(refund.status)}`,
      };
  }
}

const DISPUTE_STATUS: Record<string, DisputeStatus> = {
  warning_needs_response: 'inquiry',
  warning_under_review: 'inquiry_under_review',
  warning_closed: 'inquiry_closed',
  prevented: 'inquiry_closed',
  needs_response: 'needs_response',
  under_review: 'under_review',
  appeal_needs_response: 'needs_response',
  appeal_under_review: 'under_review',
  won: 'won',
  lost: 'lost',
};

/** Why banks return a debit; Stripe names no payment method in such a dispute. https://docs.stripe.com/disputes/categories */
const BANK_REASONS = new Set([
  'bank_cannot_process',
  'debit_not_authorized',
  'incorrect_account_details',
  'insufficient_funds',
]);

/** How a dispute stands. https://docs.stripe.com/disputes/how-disputes-work */
export function disputeOutcomeOf(dispute: Stripe.Dispute): DisputeOutcome {
  const status = DISPUTE_STATUS[dispute.status];
  const providerPayment = idOf(dispute.payment_intent);
  if (!status || !providerPayment)
    return { status: 'unknown', reason: `a dispute with status ${dispute.status}` };
  const currency = dispute.currency.toUpperCase();
  const dueBy = dispute.evidence_details.due_by;
  const isBankDebit = dispute.payment_method_details?.type !== 'card' && BANK_REASONS.has(dispute.reason);
  return {
    status,
    providerDispute: dispute.id,
    providerPayment,
    amountMinor: fromStripeAmount(dispute.amount, currency),
    withdrawnMinor: fromStripeAmount(withdrawnBy(dispute), currency),
    currency,
    reason: dispute.reason,
    evidenceDueBy: dueBy ? new Date(dueBy * 1000) : null,
    // The return of a bank debit is final. https://docs.stripe.com/payments/ach-direct-debit#disputes
    isContestable: !isBankDebit && status !== 'won' && status !== 'lost',
    methodReason: isBankDebit ? reasonOfReturn(dispute.reason) : null,
  };
}

/**
 * What the dispute has taken from the balance and not given back, in the payment's own currency. The balance may be in another one, at a
 * rate that is nobody's debt here: then money that is gone is all of what is disputed.
 */
function withdrawnBy({ amount, currency, balance_transactions: moves }: Stripe.Dispute): number {
  const isExchanged = moves.some((move) => move.currency !== currency);
  if (!isExchanged) return Math.max(0, -moves.reduce((sum, move) => sum + move.amount, 0));
  const taken = moves.filter((move) => move.amount < 0).length;
  return taken > moves.length - taken ? amount : 0;
}

/**
 * A debit that came back after it had succeeded. Without money on the account nothing is wrong with it; in every other
 * case a new mandate is needed first. https://docs.stripe.com/payments/ach-direct-debit#disputed-payments
 */
function reasonOfReturn(reason: string): PaymentMethodReason | null {
  if (reason === 'insufficient_funds' || reason === 'bank_cannot_process') return null;
  return reason === 'incorrect_account_details' ? 'details_wrong' : 'debit_disputed';
}

/** The id of something that Stripe gives expanded or not. */
export function idOf(reference: string | { id: string } | null): string | null {
  return typeof reference === 'string' ? reference : (reference?.id ?? null);
}
