/** Days before a card's end at which its owner is told; 0 is the day on which it can no longer be used. */
export const EXPIRY_STEPS = [30, 7, 0] as const;
export type ExpiryStep = (typeof EXPIRY_STEPS)[number];

const DAY_MS = 24 * 60 * 60 * 1000;

interface Expiry {
  expiryMonth: number | null;
  expiryYear: number | null;
}

/** The moment from which a card is expired: it is good through the last day of its month. Null for a bank account. */
export function expiresAt({ expiryMonth, expiryYear }: Expiry): Date | null {
  return expiryMonth === null || expiryYear === null ? null : new Date(Date.UTC(expiryYear, expiryMonth, 1));
}

/** The step that has been reached by now: the last one, whatever was missed before. */
export function reachedStep(card: Expiry, now: Date): ExpiryStep | null {
  const end = expiresAt(card);
  if (!end) return null;
  return EXPIRY_STEPS.findLast((days) => now.getTime() >= end.getTime() - days * DAY_MS) ?? null;
}

/** When to look again: the first step that lies ahead. */
export function nextStepAt(card: Expiry, now: Date): Date | null {
  const end = expiresAt(card);
  if (!end) return null;
  const moments = EXPIRY_STEPS.map((days) => new Date(end.getTime() - days * DAY_MS));
  return moments.find((moment) => moment > now) ?? null;
}
