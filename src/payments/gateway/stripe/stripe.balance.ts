import type Stripe from 'stripe';
import type { BalanceMovement, BalanceSource, GatewayBalance } from '../balance.js';
import { PAGE } from './stripe.client.js';
import { reached } from './stripe.errors.js';
import { fromStripeAmount, idOf } from './stripe.mapping.js';

/** The balance of a Stripe account. https://docs.stripe.com/api/balance_transactions */
export class StripeBalance implements GatewayBalance {
  constructor(private readonly stripe: Stripe) {}

  async *movementsSince(since: Date): AsyncIterable<BalanceMovement> {
    const created = { gte: Math.floor(since.getTime() / 1000) };
    const listed = this.stripe.balanceTransactions.list({ created, limit: PAGE, expand: ['data.source'] });
    for await (const booked of listed) yield movementOf(booked, sourceOf(booked.source));
  }

  async movementsOf(source: BalanceSource): Promise<BalanceMovement[]> {
    const booked = await reached(() => this.bookedBy(source));
    return booked.map((it) => movementOf(it, source));
  }

  private async bookedBy({ kind, providerId }: BalanceSource): Promise<Stripe.BalanceTransaction[]> {
    const source = kind === 'payment' ? await this.chargeOf(providerId) : providerId;
    if (source === null) return [];
    return (await this.stripe.balanceTransactions.list({ source, limit: PAGE })).data;
  }

  /** Tries that were declined book nothing; the last one is the one that can have been paid. */
  private async chargeOf(providerPayment: string): Promise<string | null> {
    return idOf((await this.stripe.paymentIntents.retrieve(providerPayment)).latest_charge);
  }
}

function movementOf(booked: Stripe.BalanceTransaction, source: BalanceSource | null): BalanceMovement {
  const currency = booked.currency.toUpperCase();
  return {
    source,
    amountMinor: fromStripeAmount(booked.amount, currency),
    feeMinor: fromStripeAmount(booked.fee, currency),
    currency,
    createdAt: new Date(booked.created * 1000),
  };
}

/** A charge that no PaymentIntent made is not ours: all our charges go through one. */
function sourceOf(source: Stripe.BalanceTransaction['source']): BalanceSource | null {
  if (!isObject(source)) return null;
  switch (source.object) {
    case 'charge': {
      const providerId = idOf(source.payment_intent);
      return providerId === null ? null : { kind: 'payment', providerId };
    }
    case 'refund':
    case 'dispute':
      return { kind: source.object, providerId: source.id };
    default:
      return null;
  }
}

function isObject<T extends object>(value: T | string | null | undefined): value is T {
  return typeof value === 'object' && value !== null;
}
