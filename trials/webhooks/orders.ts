import type { Random } from '../random.ts';

/** Every order of so many things. */
export function permutations(count: number): number[][] {
  if (count === 0) return [[]];
  return permutations(count - 1).flatMap((order) =>
    Array.from({ length: count }, (_, place) => [...order.slice(0, place), count - 1, ...order.slice(place)]),
  );
}

/** An order with these delivered once more, somewhere behind their first time. */
export function withDuplicates(order: number[], again: number[], random: Random): number[] {
  const sequence = [...order];
  for (const event of again)
    sequence.splice(random.between(sequence.indexOf(event) + 1, sequence.length), 0, event);
  return sequence;
}

/** Which of so many are in the set with this number. */
export function subset(count: number, number: number): number[] {
  return Array.from({ length: count }, (_, place) => place).filter((place) => number & (1 << place));
}

/**
 * The sequences to try: every order of the events with every set of them doubled when there is room for all, and beyond
 * that longer random ones; else orders without doubles first, and a random choice of the rest.
 */
export function sequences(events: number, count: number, random: Random): number[][] {
  const orders = permutations(events);
  const sets = 2 ** events;
  const exhaustive = () =>
    orders.flatMap((order) =>
      Array.from({ length: sets }, (_, set) => withDuplicates(order, subset(events, set), random)),
    );
  const drawn = () =>
    withDuplicates(random.pick(orders), subset(events, random.between(0, sets - 1)), random);
  const longer = () =>
    withDuplicates(
      drawn(),
      Array.from({ length: events }, (_, event) => event),
      random,
    );
  const begun = count >= orders.length * sets ? exhaustive() : count >= orders.length ? orders : [];
  const more = Array.from(
    { length: Math.max(0, count - begun.length) },
    begun.length > orders.length ? longer : drawn,
  );
  return [...begun, ...more];
}
