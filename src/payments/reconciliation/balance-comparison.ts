import type { PaymentsDatabase } from '../database/payments-database.js';
import type { BalanceMovement, BalanceSource, GatewayBalance } from '../gateway/balance.js';
import { bookedIn, bookingOf, type BalanceTotal, BalanceTotals } from './balance.js';
import { type Difference, repairOf, type Side } from './differences.js';
import { findInOurBooks, keyOf, type Ours, type Window } from './our-books.js';

interface Booked {
  source: BalanceSource;
  movements: BalanceMovement[];
  /** Moved so lately that one side may not have heard of it. */
  isYoung: boolean;
}

/**
 * The money itself: what the gateway's balance holds for each charge, refund and dispute of ours. The list of a time may
 * hold a part of it only, so whatever does not agree at once is asked for whole, and read here again.
 */
export async function compareBalance(
  database: PaymentsDatabase,
  { name: gateway, balance }: { name: string; balance: GatewayBalance },
  window: Window,
  known: ReadonlyMap<string, Ours>,
  count: () => void,
): Promise<{ totals: BalanceTotal[]; differences: Difference[] }> {
  const { totals, booked } = await listed(balance, window, count);
  for (const [key, { kind, providerId }] of known)
    if (!booked.has(key)) booked.set(key, { source: { kind, providerId }, movements: [], isYoung: false });

  const differences: Difference[] = [];
  for (const [key, { source, movements, isYoung }] of booked) {
    const ours = known.get(key);
    if (isYoung || (ours && agrees(ours, movements))) continue;
    const now = await findInOurBooks(database, gateway, source);
    if (!now || now.isOpen) continue; // not made here, which the comparison of objects judges; or not at its end
    const whole = await balance.movementsOf(source);
    if (!agrees(now, whole)) differences.push(differenceBetween(gateway, now, whole));
  }
  return { totals, differences };
}

async function listed(
  balance: GatewayBalance,
  { since, until }: Window,
  count: () => void,
): Promise<{ totals: BalanceTotal[]; booked: Map<string, Booked> }> {
  const totals = new BalanceTotals();
  const booked = new Map<string, Booked>();
  for await (const movement of balance.movementsSince(since)) {
    const { source } = movement;
    const isYoung = movement.createdAt > until;
    if (!isYoung) totals.add(movement);
    if (source) {
      const so = booked.get(keyOf(source)) ?? { source, movements: [], isYoung };
      so.movements.push(movement);
      booked.set(keyOf(source), { ...so, isYoung: so.isYoung || isYoung });
    }
    count();
  }
  return { totals: totals.all(), booked };
}

/** Money that the gateway exchanged on its way is not computed again here. */
function agrees(ours: Ours, movements: readonly BalanceMovement[]): boolean {
  const booked = bookedIn(ours.currency, movements);
  return booked === null || booked === bookingOf(ours.kind, ours);
}

function differenceBetween(gateway: string, ours: Ours, movements: readonly BalanceMovement[]): Difference {
  const { kind, providerId, paymentId, currency } = ours;
  const side = (amountMinor: number): Side => ({ amountMinor, currency, status: 'booked' });
  return {
    kind,
    gateway,
    providerId,
    paymentId,
    reason: 'balance_differs',
    ours: side(bookingOf(kind, ours)),
    theirs: side(bookedIn(currency, movements) ?? 0),
    repair: repairOf('balance_differs'),
  };
}
