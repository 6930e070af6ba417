import { Injectable } from '@nestjs/common';
import { DevelopmentKey } from '../authentication/development-key.js';
import { Problem } from '../problem/problem.js';

/** Further than any plan; a typing error in the year is refused. */
const AWAY_MS_MAX = 10 * 366 * 86_400_000;

/**
 * The time by which something falls due: an instalment, a notice, the end of a retention time. In production it is this
 * machine's; in development it can be set, so that a year passes in a test. Leases and audit entries keep the
 * database's own time.
 */
@Injectable()
export class BusinessClock {
  #aheadMs = 0;
  readonly #listeners: (() => void)[] = [];

  constructor(private readonly developmentKey: DevelopmentKey) {}

  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  /** Told when the clock was set, so that what has fallen due need not wait for the next look. */
  onSet(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Only where development tokens are allowed, and so never in production. */
  set(now: Date): void {
    if (!this.developmentKey.isAllowed)
      throw new Problem('not_found', 'There is nothing at this address, or nothing that you may see.');
    const aheadMs = now.getTime() - Date.now();
    if (Math.abs(aheadMs) > AWAY_MS_MAX)
      throw new Problem('validation_failed', 'now must lie within ten years of the clock.', [
        { path: 'now', message: 'must lie within ten years of the clock' },
      ]);
    this.#aheadMs = aheadMs;
    for (const listener of this.#listeners) listener();
  }
}
