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

/**
 * Adyen's stages of a dispute, in the order in which they follow each other. The furthest one that was told of counts, and of
 * the same stage its newest news: so neither the order of deliveries nor a second one matters, and dates, which nobody signs,
 * decide little. https://docs.adyen.com/risk-management/disputes-api/dispute-notifications
 */
const DISPUTE_STAGES: Record<string, DisputeStatus> = {
  inquiry: 'inquiry',
  inquiry_under_review: 'inquiry_under_review',
  inquiry_closed: 'inquiry_closed',
  NOTIFICATION_OF_CHARGEBACK: 'needs_response',
  CHARGEBACK: 'needs_response',
  INFORMATION_SUPPLIED: 'under_review',
  DISPUTE_DEFENSE_PERIOD_ENDED: 'lost',
  CHARGEBACK_REVERSED: 'under_review', // the money is back for now; its status says whether for good
  PREARBITRATION_OPEN: 'needs_response',
  PREARBITRATION_DECLINED: 'under_review',
  PREARBITRATION_ACCEPTED: 'under_review', // a second chargeback follows, if it is to take the money
  ISSUER_RESPONSE_TIMEFRAME_EXPIRED: 'won',
  PREARBITRATION_ISSUER_WITHDRAWN: 'won',
  PREARBITRATION_WON: 'won',
  PREARBITRATION_LOST: 'lost',
  SCHEME_ARBITRATION: 'under_review',
  SCHEME_ARBITRATION_WON: 'won',
  SCHEME_ARBITRATION_LOST: 'lost',
  SECOND_CHARGEBACK: 'lost',
};
const STAGES = Object.keys(DISPUTE_STAGES);
/** What a bank returns cannot be defended. https://docs.adyen.com/risk-management/chargeback-guidelines/ach-chargebacks */
const RETURN_STAGES: typeof DISPUTE_STAGES = {
  ...DISPUTE_STAGES,
  NOTIFICATION_OF_CHARGEBACK: 'under_review', // announced: the money follows
  CHARGEBACK: 'lost',
  CHARGEBACK_REVERSED: 'won',
};
/** What a stage's own status says of it, where that is more than the stage says. */
const BY_STATUS: Record<string, DisputeStatus> = {
  Won: 'won',
  Lost: 'lost',
  Accepted: 'lost',
  Pending: 'under_review',
};
const INQUIRY_BY_STATUS: Record<string, DisputeStatus> = {
  Responded: 'inquiry_under_review',
  Expired: 'inquiry_closed',
};
/** Pending there is our answer, or nothing any more: the money is gone. */
const NEVER_PENDING = new Set(['PREARBITRATION_OPEN', 'SECOND_CHARGEBACK', 'PREARBITRATION_LOST']);

/** How a dispute stands by all that was told of it, in whatever order. */
export function disputeOutcomeOf(providerDispute: string, news: readonly NewsItem[]): DisputeOutcome {
  const isReturn = news.some(({ paymentMethod }) => paymentMethod === BANK_DEBIT);
  const stages = news
    .map((item) => ({ item, ...stageOf(item, news, isReturn) }))
    .filter((it) => it.rank >= 0)
    .sort((one, other) => one.rank - other.rank || dateOf(one.item) - dateOf(other.item));
  const [first] = stages;
  if (!first) return { status: 'unknown', reason: 'Adyen has not told of this dispute', isAnswered: true };
  const { status } = stages.at(-1)!;
  const { amount, merchantReference, reason = '', additionalData } = first.item;
  const amountMinor = fromAdyenAmount(amount.value, amount.currency);
  const latest = (name: string) =>
    stages.map(({ item }) => item.additionalData?.[name]).findLast((value) => value !== undefined);
  const dueBy = latest('defensePeriodEndsAt');
  const told = new Set(news.map(({ eventCode }) => eventCode));
  const isTaken = ['CHARGEBACK', 'CHARGEBACK_REVERSED', 'SECOND_CHARGEBACK'].some((it) => told.has(it));
  const isBack = status === 'won' || (told.has('CHARGEBACK_REVERSED') && status !== 'lost');
  const isOver = status === 'won' || status === 'lost' || status === 'inquiry_closed';
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
          isContestable: !isOver && latest('defendable') !== 'false',
          reason,
          methodReason: null,
        }),
  };
}

/** How far one piece of news says that the dispute has come; a rank below zero for what is no stage. */
function stageOf(
  item: NewsItem,
  news: readonly NewsItem[],
  isReturn: boolean,
): { rank: number; status: DisputeStatus } {
  const { eventCode } = item;
  const said = item.additionalData?.['disputeStatus'] ?? '';
  if (eventCode === 'REQUEST_FOR_INFORMATION') return stage(INQUIRY_BY_STATUS[said] ?? 'inquiry');
  const isAnswer = eventCode === 'INFORMATION_SUPPLIED' && said !== 'Won' && said !== 'Lost';
  if (isAnswer && (isReturn || isOfInquiry(item, news))) return stage('inquiry_under_review');
  const isSaid = said !== 'Pending' || !(isReturn || NEVER_PENDING.has(eventCode));
  return stage(
    eventCode,
    (isSaid && BY_STATUS[said]) || (isReturn ? RETURN_STAGES : DISPUTE_STAGES)[eventCode],
  );
}

function stage(
  name: string,
  status = DISPUTE_STAGES[name] ?? 'inquiry',
): { rank: number; status: DisputeStatus } {
  return { rank: STAGES.indexOf(name), status };
}

/** It answers what the bank asked, with no chargeback yet; one that comes later wants an answer of its own. */
function isOfInquiry(answer: NewsItem, news: readonly NewsItem[]): boolean {
  const isAsked = news.some(({ eventCode }) => eventCode === 'REQUEST_FOR_INFORMATION');
  const opened = ['NOTIFICATION_OF_CHARGEBACK', 'CHARGEBACK'];
  return isAsked && !news.some((it) => opened.includes(it.eventCode) && dateOf(it) <= dateOf(answer));
}

function dateOf({ eventDate }: NewsItem): number {
  return new Date(eventDate).getTime();
}
