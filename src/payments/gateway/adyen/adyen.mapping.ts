import type { DisputeStatus } from '../../payments.contract.js';
import type { DisputeOutcome, GatewayOutcome, RefundOutcome } from '../gateway.js';
import { failureOf, isAuthenticationRequired, refusalCodeOf, returnOf } from './adyen.declines.js';
import { BANK_DEBIT } from './adyen.methods.js';
import { askedBy } from './adyen.references.js';
import { isCancelled, type NewsItem } from './adyen.webhooks.js';

/** Currencies whose smallest unit at Adyen differs from ISO 4217's. https://docs.adyen.com/development-resources/currency-codes */
const ADYEN_UNITS_PER_MINOR: Record<string, number> = {
  CLP: 100, // no minor unit in ISO 4217, two decimals at Adyen
  ISK: 100, // likewise
  CVE: 0.01, // ISO gives it two decimals, Adyen none
  IDR: 0.01, // likewise
};

/** Our minor units in Adyen's, or null when Adyen cannot express the amount: it is refused, never rounded. */
export function toAdyenAmount(amountMinor: number, currency: string): number | null {
  const factor = ADYEN_UNITS_PER_MINOR[currency] ?? 1;
  if (factor < 1) return amountMinor % (1 / factor) === 0 ? amountMinor / (1 / factor) : null;
  return amountMinor * factor;
}

export function fromAdyenAmount(amount: number, currency: string): number {
  const factor = ADYEN_UNITS_PER_MINOR[currency] ?? 1;
  return factor < 1 ? amount * (1 / factor) : amount / factor;
}

/** The answer to a payment. https://docs.adyen.com/online-payments/payment-result-codes */
export interface Answer {
  resultCode?: string;
  refusalReasonCode?: string;
  amount?: { value?: number; currency?: string } | null;
  action?: unknown;
}

export function outcomeOf(reference: string, answer: Answer): GatewayOutcome {
  const facts = factsOf(reference, 0);
  if (!facts) return { status: 'unknown', reason: `a reference that is not ours: ${reference}` };
  const { amount, resultCode, refusalReasonCode } = answer;
  if (amount?.value !== undefined && amount.currency)
    facts.amountMinor = fromAdyenAmount(amount.value, amount.currency);
  if (amount?.currency) facts.currency = amount.currency;
  switch (resultCode) {
    case 'Authorised':
      return askedBy(reference)?.capture === 'manual'
        ? { ...facts, status: 'requires_capture' }
        : { ...facts, status: 'succeeded', capturedMinor: facts.amountMinor };
    case 'RedirectShopper':
      return {
        ...facts,
        status: 'requires_action',
        redirectUrl: (answer.action as { url?: string }).url ?? null,
      };
    case 'Pending':
    case 'Received':
      return { ...facts, status: 'processing', detail: 'confirming', expectedBy: null };
    case 'Refused':
    case 'Error':
      if (isAuthenticationRequired(refusalReasonCode))
        return { ...facts, status: 'requires_action', redirectUrl: null };
      return { ...facts, status: 'cancelled', failure: failureOf(refusalReasonCode) };
    case 'Cancelled':
      return { ...facts, status: 'cancelled', failure: null };
    default:
      return { status: 'unknown', reason: `a result that this version does not know: ${String(resultCode)}` };
  }
}

/** How a payment stands by all that was told of it, in whatever order. https://docs.adyen.com/development-resources/webhooks/webhook-types */
export function outcomeOfNews(reference: string, news: readonly NewsItem[]): GatewayOutcome {
  const of = (eventCode: string, success = true) =>
    news.filter((it) => it.eventCode === eventCode && (it.success === 'true') === success);
  const sum = (items: readonly NewsItem[]) =>
    items.reduce((total, { amount }) => total + fromAdyenAmount(amount.value, amount.currency), 0);

  const authorised = of('AUTHORISATION');
  const [first] = authorised;
  const facts = factsOf(reference, 0);
  if (!facts) return { status: 'unknown', reason: `a reference that is not ours: ${reference}` };
  if (!first) {
    const refused = of('AUTHORISATION', false).at(-1);
    const code = refused && refusalCodeOf(refused);
    const waitsForPayer = isAuthenticationRequired(code);
    const failure = code && !waitsForPayer ? failureOf(code) : null;
    const isEnded = news.some(({ eventCode }) => eventCode === 'TECHNICAL_CANCEL');
    if (isEnded || failure) return { ...facts, status: 'cancelled', failure };
    if (waitsForPayer) return { ...facts, status: 'requires_action', redirectUrl: null };
    return { ...facts, status: 'unconfirmed', failure: null };
  }
  facts.amountMinor = fromAdyenAmount(first.amount.value, first.amount.currency);
  facts.currency = first.amount.currency;
  const ends = [...ENDS.flatMap((eventCode) => of(eventCode)), ...of('CANCEL_OR_REFUND').filter(isCancelled)];
  const held = authorised.filter((it) => !ends.some((end) => isEndOf(end, it)));
  const taken = askedBy(reference)?.capture === 'manual' ? of('CAPTURE') : held; // twice what was asked for, if it was taken twice
  const capturedMinor = sum(taken) - sum(of('CAPTURE_FAILED'));
  if (capturedMinor > 0) return { ...facts, status: 'succeeded', capturedMinor }; // of a part, what was left over may end
  return held.length > 0
    ? { ...facts, status: 'requires_capture' }
    : { ...facts, status: 'cancelled', failure: null };
}

const ENDS = ['CANCELLATION', 'TECHNICAL_CANCEL', 'EXPIRE'];

/** A reference may have been authorised more than once. Where the end does not say what it ends, it ends all. */
function isEndOf({ originalReference }: NewsItem, { pspReference }: NewsItem): boolean {
  return !originalReference || originalReference === pspReference;
}

function factsOf(reference: string, capturedMinor: number) {
  const asked = askedBy(reference);
  if (!asked) return null;
  const { paymentId, amountMinor, currency } = asked;
  return { providerPayment: reference, paymentId, amountMinor, capturedMinor, currency };
}

/** How a refund stands by all that was told of it. https://docs.adyen.com/online-payments/refund */
export function refundOutcomeOf(providerRefund: string, news: readonly NewsItem[]): RefundOutcome {
  const failed = news.find(
    ({ eventCode, success }) =>
      eventCode === 'REFUND_FAILED' ||
      eventCode === 'REFUNDED_REVERSED' ||
      (eventCode === 'REFUND' && success !== 'true'),
  );
  if (failed) return { status: 'failed', providerRefund, failureCode: failed.reason || 'refused' };
  const reversal = news.find(({ eventCode }) => eventCode === 'CANCEL_OR_REFUND');
  if (reversal) {
    const reason = `nothing here asked for this reversal of ${reversal.merchantReference}: look at it in the Customer Area`;
    return { status: 'unknown', reason, isAnswered: true };
  }
  const done = news.find(({ eventCode }) => eventCode === 'REFUND');
  if (!done) return { status: 'unknown', reason: 'Adyen has not told of this refund yet', isAnswered: true };
  const { currency } = done.amount;
  return {
    status: 'succeeded',
    providerRefund,
    providerPayment: null,
    refundId: done.merchantReference,
    amountMinor: fromAdyenAmount(done.amount.value, currency),
    currency,
  };
}

const DISPUTE_STATUS: Record<string, DisputeStatus> = {
  REQUEST_FOR_INFORMATION: 'inquiry',
  NOTIFICATION_OF_CHARGEBACK: 'needs_response',
  CHARGEBACK: 'needs_response',
  INFORMATION_SUPPLIED: 'under_review',
  CHARGEBACK_REVERSED: 'under_review', // the money is back for now; its status says whether for good
  ISSUER_RESPONSE_TIMEFRAME_EXPIRED: 'won',
  PREARBITRATION_WON: 'won',
  PREARBITRATION_ISSUER_WITHDRAWN: 'won',
  SECOND_CHARGEBACK: 'lost',
  PREARBITRATION_LOST: 'lost',
  DISPUTE_DEFENSE_PERIOD_ENDED: 'lost',
};
/** What a bank returns cannot be defended. https://docs.adyen.com/risk-management/chargeback-guidelines/ach-chargebacks */
const RETURN_STATUS: typeof DISPUTE_STATUS = {
  ...DISPUTE_STATUS,
  NOTIFICATION_OF_CHARGEBACK: 'under_review', // announced: the money follows
  CHARGEBACK: 'lost',
  CHARGEBACK_REVERSED: 'won',
  INFORMATION_SUPPLIED: 'inquiry',
};
/** The further a dispute has come, the more its news counts, whatever came first. */
const STAGES: readonly DisputeStatus[] = ['inquiry', 'needs_response', 'under_review', 'lost', 'won'];

/** How a dispute stands by all that was told of it. https://docs.adyen.com/risk-management/disputes-api/dispute-notifications */
export function disputeOutcomeOf(providerDispute: string, news: readonly NewsItem[]): DisputeOutcome {
  const isReturn = news.some(({ paymentMethod }) => paymentMethod === BANK_DEBIT);
  const known = isReturn ? RETURN_STATUS : DISPUTE_STATUS;
  const stages = news.flatMap((item) => {
    const isWon = item.additionalData?.['disputeStatus'] === 'Won';
    const status = isWon ? 'won' : known[item.eventCode];
    return status ? [{ item, status }] : [];
  });
  const [first] = stages;
  if (!first) return { status: 'unknown', reason: 'Adyen has not told of this dispute', isAnswered: true };
  const { status } = stages.reduce((last, it) =>
    STAGES.indexOf(it.status) >= STAGES.indexOf(last.status) ? it : last,
  );
  const { amount, merchantReference, reason = '', additionalData } = first.item;
  const amountMinor = fromAdyenAmount(amount.value, amount.currency);
  const dueBy = stages.map(({ item }) => item.additionalData?.['defensePeriodEndsAt']).find(Boolean);
  const told = new Set(news.map(({ eventCode }) => eventCode));
  const isTaken = told.has('CHARGEBACK') || told.has('SECOND_CHARGEBACK');
  const isBack = status === 'won' || (told.has('CHARGEBACK_REVERSED') && status !== 'lost');
  return {
    status,
    providerDispute,
    providerPayment: merchantReference,
    amountMinor,
    withdrawnMinor: isTaken && !isBack ? amountMinor : 0,
    currency: amount.currency,
    ...(isReturn
      ? { evidenceDueBy: null, isContestable: false, ...returnOf(additionalData?.['chargebackReasonCode']) }
      : {
          evidenceDueBy: dueBy ? new Date(dueBy) : null,
          isContestable: status !== 'won' && status !== 'lost',
          reason,
          methodReason: null,
        }),
  };
}
