import type { Changes } from '../state/changes.js';
import type { Dispute } from '../state/resources-money.js';
import { amountOf } from './amounts.js';
import { nameOf } from './names.js';
import type { Value } from './xml.js';

/** A piece of evidence: words, or a file by its address. */
export interface Evidence {
  id: string;
  comment?: string;
  url?: string;
}

/** https://developer.paypal.com/braintree/docs/reference/response/dispute/node */
export function disputeView(changes: Changes, dispute: Dispute): { [name: string]: Value } {
  const currency = dispute.currency.toUpperCase();
  const amount = amountOf(dispute.amount, currency);
  const intent = changes.find('payment_intent', dispute.payment_intent ?? '');
  const { due_by: dueBy } = dispute.evidence_details;
  const receivedAt = new Date(dispute.created * 1000);
  return {
    id: nameOf(dispute.id),
    status: disputeStatusOf(dispute),
    kind: isInquiry(dispute) ? 'retrieval' : 'chargeback',
    reason: REASONS[dispute.reason] ?? 'general',
    'reason-code': dispute.network_reason_code,
    'amount-disputed': amount,
    'amount-won': dispute.status === 'won' ? amount : amountOf(0, currency),
    'currency-iso-code': currency,
    'created-at': receivedAt,
    'received-date': receivedAt.toISOString().slice(0, 10),
    'reply-by-date': dueBy ? new Date(dueBy * 1000).toISOString().slice(0, 10) : null,
    evidence: evidenceOf(dispute).map(({ id, comment, url }) => ({
      id,
      comment: comment ?? null,
      url: url ?? null,
    })),
    transaction: {
      id: nameOf(dispute.payment_intent ?? ''),
      amount,
      'order-id': intent?.metadata['order_id'] || null,
    },
  };
}

export function disputeStatusOf({ status, metadata }: Dispute): string {
  if (status.endsWith('needs_response')) return 'open';
  if (status.endsWith('under_review')) return 'disputed';
  if (metadata['accepted']) return 'accepted';
  return status === 'lost' ? 'lost' : 'won';
}

export function evidenceOf({ evidence }: Dispute): Evidence[] {
  return (evidence['braintree'] ?? []) as Evidence[];
}

function isInquiry({ status, is_charge_refundable }: Dispute): boolean {
  return status.startsWith('warning') || is_charge_refundable;
}

const REASONS: Record<string, string> = {
  credit_not_processed: 'credit_not_processed',
  duplicate: 'duplicate',
  fraudulent: 'fraud',
  incorrect_account_details: 'invalid_account',
  product_not_received: 'product_not_received',
  product_unacceptable: 'product_unsatisfactory',
  subscription_canceled: 'cancelled_recurring_transaction',
  unrecognized: 'not_recognized',
};
