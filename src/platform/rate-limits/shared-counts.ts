import { Logger } from '@nestjs/common';

export type LimitName = 'address' | 'person' | 'service';

/** One statement on the database that the instances share. */
export type RunStatement = <T>(sql: string, parameters?: unknown[]) => Promise<T>;

type Take = (name: LimitName, key: string, requests: number, secondsLeft: number) => unknown;

/** How long another instance may not know of a request: a quarter of a second, four small statements in each. */
const SHARE_EVERY_MS = 250;
/** Rows of windows that have ended say nothing; a minute's worth of them is a small table. */
const FORGET_EVERY_MS = 60_000;

/** Adds up in one table what each instance has counted since it last did so, and hands back the sums. */
export class SharedCounts {
  private readonly logger = new Logger('RateLimits');
  #run?: RunStatement;
  #timer?: NodeJS.Timeout;
  /** By limit and key. */
  #pending = new Map<string, number>();
  #sharing: Promise<void> = Promise.resolve();
  #isSharing = false;
  #isAway = false;
  #forgottenAt = 0;

  constructor(
    private readonly windowSeconds: number,
    private readonly take: Take,
  ) {}

  start(run: RunStatement): void {
    this.#run = run;
    this.#timer = setInterval(() => {
      if (!this.#isSharing) this.#sharing = this.share();
    }, SHARE_EVERY_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#sharing;
  }

  add(name: LimitName, key: string): void {
    if (!this.#run) return;
    const row = `${name} ${key}`;
    this.#pending.set(row, (this.#pending.get(row) ?? 0) + 1);
  }

  /** What cannot be shared is forgotten: this instance goes on by what it counted itself. */
  private async share(): Promise<void> {
    const counted = this.#pending;
    if (counted.size === 0 || !this.#run) return;
    this.#pending = new Map();
    this.#isSharing = true;
    try {
      const sums = await this.#run<Sum[]>(ADD, [
        [...counted.keys()],
        [...counted.values()],
        this.windowSeconds,
      ]);
      for (const { key: row, requests, seconds } of sums) {
        const [name, key] = row.split(' ') as [LimitName, string];
        this.take(name, key, requests + (this.#pending.get(row) ?? 0), Math.max(seconds, 0.001));
      }
      await this.forget();
      if (this.#isAway) this.logger.log('rate limits are shared again');
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway)
        this.logger.warn(
          { reason: (error as Error).message },
          'rate limits are not shared: each instance counts alone',
        );
      this.#isAway = true;
    } finally {
      this.#isSharing = false;
    }
  }

  private async forget(): Promise<void> {
    if (Date.now() < this.#forgottenAt + FORGET_EVERY_MS) return;
    await this.#run!('DELETE FROM app.rate_limit WHERE ends_at < clock_timestamp()');
    this.#forgottenAt = Date.now();
  }
}

interface Sum {
  key: string;
  requests: number;
  seconds: number;
}

/** In the order of their keys, so that two instances never wait for each other in a circle. */
const ADD = `
  INSERT INTO app.rate_limit AS known (key, requests, ends_at)
  SELECT key, requests, clock_timestamp() + make_interval(secs => $3)
    FROM unnest($1::text[], $2::integer[]) AS counted (key, requests) ORDER BY key
  ON CONFLICT (key) DO UPDATE SET
    requests = excluded.requests + CASE WHEN known.ends_at > clock_timestamp() THEN known.requests ELSE 0 END,
    ends_at = CASE WHEN known.ends_at > clock_timestamp() THEN known.ends_at ELSE excluded.ends_at END
  RETURNING key, requests, extract(epoch FROM ends_at - clock_timestamp())::float AS seconds`;
