import type { BraintreeSdk, Notification, Transaction } from 'braintree';
import type { GatewayEvent, HeardEvent } from '../gateway.js';
import { isReturned, returnNamed } from './braintree.mapping.js';

/**
 * The event in a form with a signature over its payload, made with the key pair of the account; null when it is none.
 * https://developer.paypal.com/braintree/docs/guides/webhooks/parse/node
 */
export async function verifiedEvent(
  sdk: BraintreeSdk,
  rawBody: Buffer,
  account: string,
): Promise<HeardEvent[] | null> {
  const form = new URLSearchParams(rawBody.toString('utf8'));
  const [signature, payload] = [form.get('bt_signature'), form.get('bt_payload')];
  if (!signature || !payload) return null;
  try {
    const notification = await sdk.webhookNotification.parse(signature, payload);
    return [{ event: eventOf(notification, account), body: rawBody }];
  } catch {
    return null; // forged, or no event
  }
}

/** News has no id of its own: the same kind about the same thing at the same time is the same news. */
function eventOf(notification: Notification, account: string): GatewayEvent {
  const { kind, timestamp } = notification;
  const subject = subjectOf(notification);
  return {
    providerEventId: `${kind}:${subject?.providerId ?? ''}:${timestamp}`,
    account,
    type: kind,
    subject,
  };
}

/** Of a card's sale Braintree tells nothing; the answer to it, or a search, does. Of a bank debit it tells how it ended. */
function subjectOf({ kind, transaction, dispute }: Notification): GatewayEvent['subject'] {
  if (kind.startsWith('dispute_') && dispute) return { kind: 'dispute', providerId: dispute.id };
  if (kind === 'refund_failed' && transaction) return { kind: 'refund', providerId: transaction.id };
  if (kind === 'transaction_settled' || kind === 'transaction_settlement_declined')
    return subjectOfDebit(transaction);
  return null;
}

/** https://developer.paypal.com/braintree/docs/reference/general/webhooks/transaction: declined also after it had settled. */
function subjectOfDebit(transaction: Transaction | undefined): GatewayEvent['subject'] {
  if (!transaction) return null;
  if (transaction.type === 'credit') return { kind: 'refund', providerId: transaction.id };
  if (isReturned(transaction)) return { kind: 'dispute', providerId: returnNamed(transaction.id) };
  return transaction.orderId ? { kind: 'payment', providerId: transaction.orderId } : null;
}

/** Braintree asks an address whether it is ours before it sends news there. */
export function challengeAnswer(sdk: BraintreeSdk, query: Record<string, string | undefined>): string | null {
  const challenge = query['bt_challenge'];
  if (!challenge) return null;
  try {
    return sdk.webhookNotification.verify(challenge);
  } catch {
    return null; // not of the form that Braintree's have
  }
}
