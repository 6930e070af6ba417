import type Stripe from 'stripe';
import type { HeardEvent, ListedMovement } from '../gateway.js';
import { PAGE } from './stripe.client.js';
import { disputeOutcomeOf, fromStripeAmount, idOf, refundOutcomeOf } from './stripe.mapping.js';
import { eventOf } from './stripe.webhooks.js';

/** Every event since then; Stripe keeps them for 30 days. https://docs.stripe.com/api/events/list */
export async function* events(stripe: Stripe, since: Date): AsyncIterable<HeardEvent> {
  for await (const event of stripe.events.list(from(since)))
    yield { event: eventOf(event), body: Buffer.from(JSON.stringify(event)) };
}

/** Every PaymentIntent, refund and dispute made since then. */
export async function* movements(stripe: Stripe, since: Date): AsyncIterable<ListedMovement> {
  for await (const intent of stripe.paymentIntents.list(from(since))) {
    const currency = intent.currency.toUpperCase();
    const amountMinor = fromStripeAmount(intent.amount_received, currency);
    const paymentId = intent.metadata['payment_id'] ?? null;
    const status = amountMinor > 0 ? 'captured' : 'nothing';
    yield {
      kind: 'payment',
      providerId: intent.id,
      paymentId,
      amountMinor,
      currency,
      status,
      createdAt: at(intent),
    };
  }
  for await (const refund of stripe.refunds.list(from(since))) {
    const { status } = refundOutcomeOf(refund);
    const currency = refund.currency.toUpperCase();
    const amountMinor = fromStripeAmount(refund.amount, currency);
    yield {
      kind: 'refund',
      providerId: refund.id,
      paymentId: null,
      amountMinor,
      currency,
      status,
      createdAt: at(refund),
    };
  }
  for await (const dispute of stripe.disputes.list(from(since))) {
    if (!dispute.payment_intent) continue; // of a charge that was made without one: not by us
    const outcome = disputeOutcomeOf(dispute);
    if (outcome.status === 'unknown') throw new Error(`Dispute ${idOf(dispute)}: ${outcome.reason}`);
    const { withdrawnMinor: amountMinor, currency, status } = outcome;
    yield {
      kind: 'dispute',
      providerId: dispute.id,
      paymentId: null,
      amountMinor,
      currency,
      status,
      createdAt: at(dispute),
    };
  }
}

function from(since: Date) {
  return { created: { gte: Math.floor(since.getTime() / 1000) }, limit: PAGE };
}

function at({ created }: { created: number }): Date {
  return new Date(created * 1000);
}
