import type Stripe from 'stripe';
import type { DisputeStatus } from '../../payments.contract.js';
import type {
  DisputeOutcome,
  GatewayMethod,
  GatewayOutcome,
  RefundOutcome,
  SetupOutcome,
} from '../gateway.js';
import { failureOf } from './stripe.declines.js';

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

/** What became of saving a method. https://docs.stripe.com/payments/setup-intents */
export function setupOutcomeOf(intent: Stripe.SetupIntent): SetupOutcome {
  const { payment_method: method, status } = intent;
  if (status === 'canceled') return { status: 'ended', reason: intent.cancellation_reason ?? 'cancelled' };
  if (status !== 'succeeded' || !method || typeof method === 'string')
    return { status: 'incomplete', reason: status };
  return {
    status: 'succeeded',
    method: methodOf(method),
    setupIntentId: intent.metadata?.['setup_intent_id'] ?? null,
  };
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
  const lastError = intent.last_payment_error;
  const waitsForPayer = lastError?.code === 'authentication_required'; // no decline: the bank wants to see the payer
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

function businessDaysAfter(start: Date, days: number): Date {
  const date = new Date(start);
  for (let left = days; left > 0;) {
    date.setUTCDate(date.getUTCDate() + 1);
    if (date.getUTCDay() % 6 !== 0) left--;
  }
  return date;
}

/** Display metadata of a saved method; everything else of it stays with Stripe. */
export function methodOf(method: Stripe.PaymentMethod): GatewayMethod {
  const providerCustomer =
    typeof method.customer === 'string' ? method.customer : (method.customer?.id ?? null);
  const common = { providerToken: method.id, providerCustomer };
  const nothing = { cardBrand: null, expiryMonth: null, expiryYear: null, bankName: null };
  if (method.card) {
    const { brand, last4, exp_month, exp_year } = method.card;
    return {
      ...common,
      ...nothing,
      type: 'card',
      cardBrand: brand,
      lastFour: last4,
      expiryMonth: exp_month,
      expiryYear: exp_year,
    };
  }
  if (method.us_bank_account) {
    const { last4, bank_name } = method.us_bank_account;
    return { ...common, ...nothing, type: 'us_bank_account', lastFour: last4 ?? '0000', bankName: bank_name };
  }
  throw new Error(`Stripe saved a payment method of a type that was not asked for: ${method.type}`);
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

/** How a dispute stands. https://docs.stripe.com/disputes/how-disputes-work */
export function disputeOutcomeOf(dispute: Stripe.Dispute): DisputeOutcome {
  const status = DISPUTE_STATUS[dispute.status];
  const providerPayment = idOf(dispute.payment_intent);
  if (!status || !providerPayment)
    return { status: 'unknown', reason: `a dispute with status ${dispute.status}` };
  const currency = dispute.currency.toUpperCase();
  const withdrawn = -dispute.balance_transactions.reduce((sum, transaction) => sum + transaction.amount, 0);
  const dueBy = dispute.evidence_details.due_by;
  return {
    status,
    providerDispute: dispute.id,
    providerPayment,
    amountMinor: fromStripeAmount(dispute.amount, currency),
    withdrawnMinor: Math.max(0, fromStripeAmount(withdrawn, currency)),
    currency,
    reason: dispute.reason,
    evidenceDueBy: dueBy ? new Date(dueBy * 1000) : null,
    // The return of a bank debit is final. https://docs.stripe.com/payments/ach-direct-debit#disputes
    isContestable:
      dispute.payment_method_details?.type !== 'us_bank_account' && status !== 'won' && status !== 'lost',
  };
}

/** The id of something that Stripe gives expanded or not. */
export function idOf(reference: string | { id: string } | null): string | null {
  return typeof reference === 'string' ? reference : (reference?.id ?? null);
}
