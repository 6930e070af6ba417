import type { Changes } from '../state/changes.js';
import { newId } from '../state/ids.js';
import type { LedgerEntry } from '../state/ledger.js';
import type { BalanceTransaction, Charge, Dispute, EarlyFraudWarning } from '../state/resources-money.js';
import { invalidRequest } from '../wire/errors.js';
import { moveBalance } from './balance.js';
import { record } from './charging.js';

/** https://docs.stripe.com/disputes/categories */
export const DISPUTE_REASONS = [
  'bank_cannot_process',
  'check_returned',
  'credit_not_processed',
  'customer_initiated',
  'debit_not_authorized',
  'duplicate',
  'fraudulent',
  'general',
  'incorrect_account_details',
  'insufficient_funds',
  'noncompliant',
  'product_not_received',
  'product_unacceptable',
  'subscription_canceled',
  'unrecognized',
];

/** Visa's reason codes, as an example of what networks send. */
const NETWORK_CODES: Record<string, string> = {
  credit_not_processed: '13.6',
  duplicate: '12.6.1',
  fraudulent: '10.4',
  general: '12.5',
  product_not_received: '13.1',
  product_unacceptable: '13.3',
  subscription_canceled: '13.2',
  unrecognized: '10.4',
};

/** https://docs.stripe.com/disputes/how-disputes-work: an answer is due in 7 to 21 days, by network. */
const ANSWER_WITHIN_SECONDS = 14 * 86_400;
/** https://stripe.com/pricing: per dispute, and given back nowhere in the sandbox. */
const DISPUTE_FEE = 1_500;

export interface Complaint {
  reason: string;
  amount?: number;
  /** The bank only asks; no money is withdrawn. https://docs.stripe.com/disputes/how-disputes-work#inquiries */
  isInquiry?: boolean;
  /** A returned bank debit: lost from the first moment. */
  isFinal?: boolean;
}

export function openDispute(changes: Changes, charge: Charge, complaint: Complaint): Dispute {
  const { reason, isInquiry = false, isFinal = false } = complaint;
  if (!DISPUTE_REASONS.includes(reason))
    throw invalidRequest(`Unknown dispute reason: ${reason}`, undefined, 'reason');
  if (!charge.captured) throw invalidRequest(`Charge ${charge.id} took no money that could be disputed.`);
  const amount = complaint.amount ?? charge.amount_captured - refundedAfterCapture(charge);
  const card = charge.payment_method_details.card as { brand: string } | undefined;
  const dispute: Dispute = {
    id: newId(card ? 'dp' : 'pyr'),
    object: 'dispute',
    amount,
    balance_transactions: [],
    charge: charge.id,
    created: changes.now,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: noEvidence(),
    evidence_details: {
      due_by: isFinal ? null : changes.now + ANSWER_WITHIN_SECONDS,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'manual',
    },
    intended_submission_method: null,
    is_charge_refundable: isInquiry,
    livemode: false,
    metadata: {},
    network_reason_code: NETWORK_CODES[reason] ?? null,
    payment_intent: charge.payment_intent,
    ...(card && {
      payment_method_details: {
        type: 'card',
        card: {
          brand: card.brand,
          case_type: isInquiry ? 'inquiry' : 'chargeback',
          network: card.brand,
          network_reason_code: NETWORK_CODES[reason] ?? null,
        },
      },
    }),
    reason,
    status: isInquiry ? 'warning_needs_response' : isFinal ? 'lost' : 'needs_response',
  };
  const disputed = changes.save<Charge>({ ...charge, disputed: true });
  note(changes, 'dispute.opened', dispute, disputed, reason);
  const opened = isInquiry ? changes.save(dispute) : withdraw(changes, dispute, disputed);
  changes.emit('charge.dispute.created', opened);
  if (!isInquiry) changes.emit('charge.dispute.funds_withdrawn', opened);
  if (isFinal) note(changes, 'dispute.closed', opened, disputed, 'lost');
  if (isFinal) changes.emit('charge.dispute.closed', opened);
  else changes.schedule('dispute.past_due', opened.id, ANSWER_WITHIN_SECONDS);
  return opened;
}

export type Verdict = 'won' | 'lost' | 'warning_closed';

export function closeDispute(changes: Changes, dispute: Dispute, verdict: Verdict): Dispute {
  const charge = changes.get('charge', dispute.charge);
  const balance_transactions = [...dispute.balance_transactions];
  if (verdict === 'won' && balance_transactions.length > 0) {
    balance_transactions.push(adjust(changes, dispute, dispute.amount, 'dispute_reversal'));
    note(changes, 'dispute.reinstated', dispute, charge);
  }
  const closed = changes.save<Dispute>({ ...dispute, status: verdict, balance_transactions });
  note(changes, 'dispute.closed', closed, charge, verdict);
  if (verdict === 'won') changes.emit('charge.dispute.funds_reinstated', closed);
  changes.emit('charge.dispute.closed', closed);
  return closed;
}

/** https://docs.stripe.com/disputes/measuring#early-fraud-warnings */
export function warnOfFraud(
  changes: Changes,
  charge: Charge,
  fraudType = 'unauthorized_use_of_card',
): EarlyFraudWarning {
  const warning: EarlyFraudWarning = changes.save({
    id: newId('issfr'),
    object: 'radar.early_fraud_warning',
    actionable: !charge.refunded && !charge.disputed,
    charge: charge.id,
    created: changes.now,
    fraud_type: fraudType,
    livemode: false,
    payment_intent: charge.payment_intent,
  });
  record(changes, 'fraud_warning', charge, charge.amount, warning.fraud_type);
  changes.emit('radar.early_fraud_warning.created', warning);
  return warning;
}

export function note(
  changes: Changes,
  type: LedgerEntry['type'],
  dispute: Dispute,
  charge: Charge,
  detail?: string,
): void {
  const { customer, payment_intent, payment_method, metadata } = charge;
  const { id, amount, currency } = dispute;
  const whose = { charge: charge.id, payment_intent, customer, payment_method, metadata };
  changes.record({ type, id, amount, currency, ...whose, ...(detail && { detail }) });
}

function withdraw(changes: Changes, dispute: Dispute, charge: Charge): Dispute {
  note(changes, 'dispute.withdrawn', dispute, charge);
  const movement = adjust(changes, dispute, -dispute.amount, 'dispute', DISPUTE_FEE);
  return changes.save<Dispute>({ ...dispute, balance_transactions: [movement] });
}

function adjust(
  changes: Changes,
  dispute: Dispute,
  amount: number,
  category: string,
  fee = 0,
): BalanceTransaction {
  return moveBalance(changes, {
    type: 'adjustment',
    amount,
    currency: dispute.currency,
    source: dispute.id,
    fee,
    reporting_category: category,
    description: `Chargeback ${category === 'dispute' ? 'withdrawal' : 'reversal'} for ${dispute.charge}`,
  });
}

/** What was never captured also counts as refunded in `amount_refunded`. */
function refundedAfterCapture(charge: Charge): number {
  return charge.amount_refunded - (charge.amount - charge.amount_captured);
}

export const EVIDENCE_TEXTS = [
  'access_activity_log',
  'billing_address',
  'cancellation_policy_disclosure',
  'cancellation_rebuttal',
  'customer_email_address',
  'customer_name',
  'customer_purchase_ip',
  'duplicate_charge_explanation',
  'duplicate_charge_id',
  'product_description',
  'refund_policy_disclosure',
  'refund_refusal_explanation',
  'service_date',
  'shipping_address',
  'shipping_carrier',
  'shipping_date',
  'shipping_tracking_number',
  'uncategorized_text',
] as const;

export const EVIDENCE_FILES = [
  'cancellation_policy',
  'customer_communication',
  'customer_signature',
  'duplicate_charge_documentation',
  'receipt',
  'refund_policy',
  'service_documentation',
  'shipping_documentation',
  'uncategorized_file',
] as const;

function noEvidence(): Record<string, unknown> {
  const names = [...EVIDENCE_TEXTS, ...EVIDENCE_FILES].map((name) => [name, null] as const);
  return { ...Object.fromEntries(names), enhanced_evidence: {} };
}
