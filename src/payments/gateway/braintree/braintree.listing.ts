import type { BraintreeSdk, Dispute, Transaction } from 'braintree';
import type { HeardEvent, ListedMovement } from '../gateway.js';
import type { DisputeOutcome } from '../gateway.js';
import {
  disputeOutcomeOf,
  fromBraintreeAmount,
  isReturned,
  outcomeOf,
  refundOutcomeOf,
  returnOutcomeOf,
} from './braintree.mapping.js';
import { salesOf } from './braintree.payments.js';
import { askedBy } from './braintree.references.js';

/** Braintree lists no past events: it sends each again until it is taken. https://developer.paypal.com/braintree/docs/guides/webhooks/overview */
export async function* events(): AsyncIterable<HeardEvent> {}

/** Every payment, refund and dispute made since then; transactions are searched by their minute. */
export async function* movements(sdk: BraintreeSdk, since: Date): AsyncIterable<ListedMovement> {
  const payments = new Map<string, ListedMovement>();
  const withSeveral = new Set<string>(); // or with one from before that time
  for await (const found of sdk.transaction.search((search) => search.createdAt().min(since))) {
    const transaction = found as Transaction;
    if (transaction.type === 'credit') {
      yield refundOf(transaction);
      continue;
    }
    const payment = paymentOf([transaction]);
    const { providerId } = payment;
    const asked = askedBy(providerId);
    if (asked && (asked.begunAt < since || payments.has(providerId))) withSeveral.add(providerId);
    payments.set(providerId, payment);
  }
  for (const [providerId, payment] of payments)
    yield withSeveral.has(providerId) ? paymentOf(await salesOf(sdk, providerId)) : payment;
  const from = since.toISOString().slice(0, 10);
  for await (const found of sdk.dispute.search((search) => search.receivedDate().min(from)))
    if (found) yield disputeOf(disputeOutcomeOf(found as Dispute), new Date((found as Dispute).createdAt)); // the SDK gives a null where there is none
  for await (const found of sdk.transaction.search((search) =>
    search.achReturnResponsesCreatedAt().min(since),
  ))
    if (isReturned(found as Transaction)) yield disputeOf(returnOutcomeOf(found as Transaction), since);
}

/** Twice what was asked for, if it was taken twice: all sales under an order id of ours are one payment. */
function paymentOf(sales: readonly Transaction[]): ListedMovement {
  const { id, orderId, currencyIsoCode: currency, createdAt } = sales.at(-1)!; // the first that was made
  const asked = askedBy(orderId);
  const outcome = asked ? outcomeOf(orderId!, sales) : null;
  const capturedMinor = outcome && outcome.status !== 'unknown' ? outcome.capturedMinor : 0;
  return {
    kind: 'payment',
    providerId: asked ? orderId! : id,
    paymentId: asked?.paymentId ?? null,
    amountMinor: capturedMinor,
    currency,
    status: capturedMinor > 0 ? 'captured' : 'nothing',
    createdAt: new Date(createdAt),
  };
}

function refundOf(refund: Transaction): ListedMovement {
  const { id: providerId, amount, currencyIsoCode: currency, createdAt } = refund;
  const { status } = refundOutcomeOf(refund);
  const amountMinor = fromBraintreeAmount(amount, currency);
  return {
    kind: 'refund',
    providerId,
    paymentId: null,
    amountMinor,
    currency,
    status,
    createdAt: new Date(createdAt),
  };
}

function disputeOf(outcome: DisputeOutcome, createdAt: Date): ListedMovement {
  if (outcome.status === 'unknown') throw new Error(`A dispute: ${outcome.reason}`);
  const { providerDispute: providerId, withdrawnMinor: amountMinor, currency, status } = outcome;
  return {
    kind: 'dispute',
    providerId,
    paymentId: null,
    amountMinor,
    currency,
    status,
    createdAt,
  };
}
