import { createHash, createHmac } from 'node:crypto';
import type { Notification } from '../adyen/notifications.js';
import type { Account } from '../state/account.js';
import { Changes } from '../state/changes.js';
import type { Event, PaymentIntent, WebhookEndpoint } from '../state/resources.js';
import type { Dispute, Refund } from '../state/resources-money.js';
import { disputeStatusOf, disputeView } from './dispute-views.js';
import { isBankDebit, refundView, saleView } from './transaction-views.js';
import { type Value, xmlOf } from './xml.js';

interface Told {
  kind: string;
  subject: { [name: string]: Value };
}

/** What Braintree tells of what happens in the ledger: of disputes, of refunds that came back, and how bank debits ended; of cards' sales nothing. */
const TOLD: Record<string, (changes: Changes, object: never) => Told | null> = {
  'charge.dispute.created': (changes, dispute: Dispute) =>
    debitReturned(changes, dispute) ?? disputed(changes, dispute),
  'charge.dispute.updated': (changes, dispute: Dispute) =>
    dispute.status.endsWith('under_review') ? disputed(changes, dispute) : null,
  'charge.dispute.closed': (changes, dispute: Dispute) =>
    debitReturned(changes, dispute) ? null : disputed(changes, dispute),
  'payment_intent.succeeded': (changes, intent: PaymentIntent) =>
    debited(changes, intent, 'transaction_settled'),
  'payment_intent.payment_failed': (changes, intent: PaymentIntent) =>
    debited(changes, intent, 'transaction_settlement_declined'),
  'refund.failed': (changes, refund: Refund) => ({
    kind: 'refund_failed',
    subject: { transaction: refundView(changes, refund) },
  }),
};

export const TOLD_BY_BRAINTREE = Object.keys(TOLD);

/** The form of one delivery; null for what Braintree says nothing of. https://developer.paypal.com/braintree/docs/guides/webhooks/parse/node */
export function formOf(
  account: Account,
  event: Event,
  { sandbox: { secret, braintree } }: WebhookEndpoint,
): Notification | null {
  const told = TOLD[event.type]?.(new Changes(account), event.data.object as never);
  if (!told) return null;
  const { kind, subject } = told;
  const xml = xmlOf('notification', { timestamp: new Date(event.created * 1000), kind, subject });
  const payload = `${Buffer.from(xml).toString('base64')}\n`;
  const form = new URLSearchParams({
    bt_signature: `${braintree!.publicKey}|${signed(payload, secret)}`,
    bt_payload: payload,
  });
  return {
    payload: form.toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  };
}

function signed(payload: string, privateKey: string): string {
  const key = createHash('sha1').update(privateKey).digest();
  return createHmac('sha1', key).update(payload).digest('hex');
}

/** https://developer.paypal.com/braintree/docs/reference/general/webhooks/transaction/node: of bank debits only. */
function debited(changes: Changes, { id }: PaymentIntent, kind: string): Told | null {
  const intent = changes.get('payment_intent', id);
  if (!isBankDebit(intent) || intent.metadata['order_id'] === undefined) return null;
  return { kind, subject: { transaction: saleView(changes, intent) } };
}

function debitReturned(changes: Changes, { payment_intent: id }: Dispute): Told | null {
  const intent = changes.find('payment_intent', id ?? '');
  return intent ? debited(changes, intent, 'transaction_settlement_declined') : null;
}

function disputed(changes: Changes, dispute: Dispute): Told {
  const status = disputeStatusOf(dispute);
  const kind = `dispute_${status === 'open' ? 'opened' : status}`;
  return { kind, subject: { dispute: disputeView(changes, dispute) } };
}
