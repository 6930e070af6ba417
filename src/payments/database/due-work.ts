import { setTimeout as sleep } from 'node:timers/promises';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { PlatformConfig } from '../../platform/platform.config.js';
import { Claims, ClaimLost, type Claim, type DueTable } from './claims.js';

/** One kind of work whose to-do list is a table. */
export interface WorkKind {
  table: DueTable;
  /** Rows taken at once; they are worked on side by side. */
  batch: number;
  /** Longer than the work ever takes; after it the row belongs to whoever takes it next. */
  leaseSeconds: number;
  /** A further condition on the rows to take, in SQL about the alias `due`. */
  only?: string;
  work: (claim: Claim) => Promise<void>;
  /** Told when the work threw; decides when it is tried again. */
  failed: (claim: Claim, error: unknown) => Promise<void>;
}

/** A row whose wake-up call was lost (another process made it, a crash) is found after at most this long. */
const POLL_MS = 1_000;
/** After the database failed us, so that an outage is not hammered. */
const PAUSE_AFTER_ERROR_MS = 5_000;

/** The one loop behind inbox, outbox and recovery; any number of processes may run it side by side. */
@Injectable()
export class DueWork implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DueWork.name);
  readonly #kinds = new Map<DueTable, { kind: WorkKind; wake: () => void }>();
  readonly #stopping = new AbortController();
  #loops: Promise<void>[] = [];

  constructor(
    private readonly claims: Claims,
    private readonly config: PlatformConfig,
  ) {}

  register(kind: WorkKind): void {
    this.#kinds.set(kind.table, { kind, wake: () => undefined });
  }

  /** Says that a row of this table may be due now, so that nobody waits for the next poll. */
  wake(table: DueTable): void {
    this.#kinds.get(table)?.wake();
  }

  onApplicationBootstrap(): void {
    if (this.config.WORKERS === 'off') return;
    this.#loops = [...this.#kinds.values()].map(({ kind }) => this.loop(kind));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#loops); // what is being worked on is finished, nothing new is taken
  }

  private async loop(kind: WorkKind): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const woken = new Promise<void>((wake) => this.#kinds.set(kind.table, { kind, wake }));
      const took = await this.runOnce(kind);
      if (took === 'error') await this.pause(PAUSE_AFTER_ERROR_MS);
      else if (took === 0) await Promise.race([woken, this.pause(POLL_MS)]);
    }
  }

  /** Takes one batch and works through it. Exposed for tests and for the operator's commands. */
  async runOnce(kind: WorkKind): Promise<number | 'error'> {
    try {
      const claims = await this.claims.take(kind.table, {
        limit: kind.batch,
        leaseSeconds: kind.leaseSeconds,
        only: kind.only,
      });
      await Promise.all(claims.map((claim) => this.work(kind, claim)));
      return claims.length;
    } catch (error) {
      if (!this.#stopping.signal.aborted)
        this.logger.error({ err: error, table: kind.table }, 'due work cannot be taken');
      return 'error';
    }
  }

  private async work(kind: WorkKind, claim: Claim): Promise<void> {
    try {
      await kind.work(claim);
    } catch (error) {
      if (error instanceof ClaimLost) return; // whoever took it over does it
      this.logger.warn(
        { err: error, table: claim.table, id: claim.id, tries: claim.tries },
        'due work failed',
      );
      await kind.failed(claim, error);
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
  }
}

/** Seconds until the next try: 1 s doubling to 10 min, so that a short outage costs little and a long one little load. */
export function backOffSeconds(tries: number): number {
  return Math.min(2 ** (tries - 1), 600);
}
