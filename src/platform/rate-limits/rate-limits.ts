import { hash } from 'node:crypto';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Caller } from '../authentication/caller.js';
import { Metrics } from '../metrics/metrics.js';
import { PlatformConfig } from '../platform.config.js';
import { networkOf } from './network.js';
import { type LimitName, type RunStatement, SharedCounts } from './shared-counts.js';

/** Long enough that a page which asks for ten things at once is nobody's flood, short enough to wait for. */
export const WINDOW_SECONDS = 60;

/** How much of a limit somebody has left. */
export interface Standing {
  name: LimitName;
  limit: number;
  remaining: number;
  resetSeconds: number;
  isOver: boolean;
}

/**
 * How many requests each address, person and service may send in a minute, over all instances. A request is judged by what this
 * process knows, at once; what all of them counted is added up in the database four times a second. Without it each goes on by itself.
 */
@Injectable()
export class RateLimits implements OnModuleDestroy {
  readonly #counters: Record<LimitName, RateLimiterMemory>;
  readonly #shared: SharedCounts;
  readonly #refused;

  constructor(config: PlatformConfig, metrics: Metrics) {
    const counter = (points: number) => new RateLimiterMemory({ points, duration: WINDOW_SECONDS });
    this.#counters = {
      address: counter(config.RATE_LIMIT_PER_ADDRESS),
      person: counter(config.RATE_LIMIT_PER_PERSON),
      service: counter(config.RATE_LIMIT_PER_SERVICE),
    };
    this.#shared = new SharedCounts(WINDOW_SECONDS, (name, key, requests, seconds) =>
      this.#counters[name].set(key, requests, seconds),
    );
    this.#refused = metrics.counter('rate_limited_requests_total', 'Requests refused by a rate limit', [
      'limit',
    ]);
  }

  /** From now on all instances that use this database count together. */
  shareThrough(run: RunStatement): void {
    this.#shared.start(run);
  }

  onModuleDestroy(): Promise<void> {
    return this.#shared.stop();
  }

  /** Counts one request of this address. */
  countAddress(address: string): Promise<Standing> {
    return this.count('address', networkOf(address));
  }

  /** How an address stands, without counting. */
  async addressStands(address: string): Promise<Standing> {
    const known = await this.#counters.address.get(keyOf(networkOf(address)));
    return this.standing('address', known ?? new RateLimiterRes(0, 0, 0));
  }

  /** Counts one request of a person or a program, from wherever it comes. */
  countCaller(caller: Caller): Promise<Standing> {
    return this.count(caller.roles.includes('service') ? 'service' : 'person', caller.id);
  }

  private async count(name: LimitName, who: string): Promise<Standing> {
    const key = keyOf(who);
    const counted = await this.#counters[name].consume(key).catch((refused: unknown) => {
      if (refused instanceof RateLimiterRes) return refused;
      throw refused;
    });
    const standing = this.standing(name, counted);
    if (standing.isOver) this.#refused.inc({ limit: name });
    else this.#shared.add(name, key); // what is refused counts no further
    return standing;
  }

  private standing(name: LimitName, { consumedPoints, msBeforeNext }: RateLimiterRes): Standing {
    const limit = this.#counters[name].points;
    return {
      name,
      limit,
      remaining: Math.max(0, limit - consumedPoints),
      resetSeconds: Math.max(1, Math.ceil(msBeforeNext / 1_000)),
      isOver: consumedPoints > limit,
    };
  }
}

/** Kept for a minute, in memory and in the database: no address and no name of a person. */
function keyOf(who: string): string {
  return hash('sha256', who, 'base64url').slice(0, KEY_CHARACTERS);
}

/** 96 bits: nobody finds another with the same. */
const KEY_CHARACTERS = 16;
