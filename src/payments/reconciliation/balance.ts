import type { BalanceMovement } from '../gateway/balance.js';
import type { Side } from './differences.js';

/** All that a balance booked in one currency. */
export interface BalanceTotal {
  currency: string;
  movements: number;
  /** Signed, before fees, in the currency's smallest unit; as are the others. */
  amountMinor: number;
  feeMinor: number;
  netMinor: number;
}

/** What must stand on the gateway's balance for one of our charges, refunds or disputes. */
export function bookingOf(kind: 'payment' | 'refund' | 'dispute', { amountMinor, status }: Side): number {
  switch (kind) {
    case 'payment':
      return amountMinor;
    case 'refund':
      return status === 'failed' || status === 'cancelled' ? 0 : -amountMinor || 0;
    case 'dispute':
      return -amountMinor || 0;
  }
}

/** What stands there; null when the gateway exchanged it into another currency, which only the gateway can compute. */
export function bookedIn(currency: string, movements: readonly BalanceMovement[]): number | null {
  if (movements.some((movement) => movement.currency !== currency)) return null;
  return movements.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

export class BalanceTotals {
  readonly #totals = new Map<string, BalanceTotal>();

  add({ currency, amountMinor, feeMinor }: BalanceMovement): void {
    const none = { currency, movements: 0, amountMinor: 0, feeMinor: 0, netMinor: 0 };
    const total = this.#totals.get(currency) ?? none;
    this.#totals.set(currency, {
      currency,
      movements: total.movements + 1,
      amountMinor: total.amountMinor + amountMinor,
      feeMinor: total.feeMinor + feeMinor,
      netMinor: total.netMinor + amountMinor - feeMinor,
    });
  }

  all(): BalanceTotal[] {
    return [...this.#totals.values()];
  }
}
