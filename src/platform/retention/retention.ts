import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { PlatformConfig } from '../platform.config.js';

/** Something that is kept for a time, and then goes. */
export interface Kept {
  /** In words for operators: `gateway events`. */
  what: string;
  /** The setting that says how long, and what it says. */
  setting: string;
  days: number;
  /** How many rows are past their time. */
  count: () => Promise<number>;
  /** Removes at most so many of them, and says how many. */
  remove: (most: number) => Promise<number>;
}

export interface PastItsTime {
  what: string;
  setting: string;
  days: number;
  rows: number;
}

/** What goes in one statement: done in well under a second, so that nobody waits for its locks. */
const BATCH = 1_000;
const EVERY_MS = 6 * 60 * 60 * 1_000;

/** Removes what is past its time: at the start and every six hours, in batches, in as many processes as run. Modules register what they keep. */
@Injectable()
export class Retention implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Retention.name);
  readonly #kept: Kept[] = [];
  #timer?: NodeJS.Timeout;
  #running: Promise<unknown> = Promise.resolve();
  #isStopping = false;

  constructor(private readonly config: PlatformConfig) {}

  register(...kept: Kept[]): void {
    this.#kept.push(...kept);
  }

  onApplicationBootstrap(): void {
    if (this.config.WORKERS === 'off') return;
    this.runInBackground();
    this.#timer = setInterval(() => this.runInBackground(), EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  /** What would go now. */
  async pastTheirTime(): Promise<PastItsTime[]> {
    const found: PastItsTime[] = [];
    for (const { what, setting, days, count } of this.#kept)
      found.push({ what, setting, days, rows: await count() });
    return found;
  }

  /** Removes it. Broken off, the next run goes on. */
  async run(): Promise<PastItsTime[]> {
    const removed: PastItsTime[] = [];
    for (const kept of this.#kept) {
      const { what, setting, days } = kept;
      const rows = await this.removeAll(kept);
      if (rows > 0) this.logger.log({ what, days, rows }, 'removed what was past its time');
      removed.push({ what, setting, days, rows });
    }
    return removed;
  }

  private async removeAll({ remove }: Kept): Promise<number> {
    for (let rows = 0; ;) {
      const count = this.#isStopping ? 0 : await remove(BATCH);
      rows += count;
      if (count < BATCH) return rows;
    }
  }

  private runInBackground(): void {
    this.#running = this.run().catch((error: unknown) =>
      this.logger.error({ err: error }, 'what is past its time cannot be removed'),
    );
  }
}
