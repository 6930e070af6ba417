const MINUTE = 60;
const HOUR = 60 * MINUTE;

/**
 * How long to wait after each failed try: what Standard Webhooks proposes. Quick at first, as most failures are a deployment
 * or a lost connection; then long enough, three days together, for somebody to come back from a weekend.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const WAITS_SECONDS = [
  5,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

/** So that what failed together does not all come again together. */
const SPREAD = 0.1;

/** Seconds until the next try; null: it was the last. `random` is between 0 and 1. */
export function waitAfter(tries: number, random = Math.random()): number | null {
  const wait = WAITS_SECONDS[tries - 1];
  return wait === undefined ? null : wait * (1 + SPREAD * (2 * random - 1));
}

/**
 * An endpoint that has taken nothing for so long is disabled, and somebody is told. Longer than one event is tried, so that
 * one that nobody can take disables nothing by itself, and longer than a long weekend.
 */
export const DISABLED_AFTER_DAYS = 5;
