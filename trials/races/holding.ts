import type { Moment, Points, Verdict } from '../world/points.ts';

/** Somebody stopped at a moment, until they are let go. */
export interface Held {
  /** Resolves when they are there; null when they did not come. */
  there: Promise<true | null>;
  /** `cut`: their connection breaks instead. */
  letGo: (verdict?: Verdict) => void;
}

const COMES_MS = 8_000;

/** Stops whoever comes to the moment. */
export function hold(points: Points, moment: Moment): Held {
  const { promise: verdict, resolve: letGo } = Promise.withResolvers<Verdict>();
  const there = points.at(moment, () => verdict).then(() => true as const);
  return { there: Promise.race([there, after(COMES_MS)]), letGo: (how = 'pass') => letGo(how) };
}

export function after(ms: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms).unref());
}
