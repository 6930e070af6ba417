import { setTimeout as sleep } from 'node:timers/promises';
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { BusinessClock } from '../../platform/clock/business-clock.js';
import { PlatformConfig } from '../../platform/platform.config.js';
import { Claims, ClaimLost, type Claim, type ClaimWith, type DueTable } from './claims.js';

/** One kind of work whose to-do list is a table. */
export interface WorkKind<Row = object> {
  table: DueTable;
  /** Most rows that are worked on side by side. */
  batch: number;
  /** Longer than the work ever takes; after it the row belongs to whoever takes it next. */
  leaseSeconds: number;
  /** Longer than others' where more is done together than one statement; at most what nobody notices. */
  gatherMs?: number;
  /** A further condition on the rows to take, in SQL about the alias `due`. */
  only?: string;
  /** Due by the business clock, as a notice or a deadline is; the rest is due by the database's own. */
  byBusinessClock?: boolean;
  /** What the work needs of the row, in SQL: it comes with the claim, and is not read again. */
  columns?: string;
  work: (claim: ClaimWith<Row>) => Promise<void>;
  /** Told when the work threw; decides when it is tried again. */
  failed: (claim: Claim, error: unknown) => Promise<void>;
}

/** A row whose wake-up call was lost (another process made it, a crash) is found after at most this long. */
const POLL_MS = 1_000;
/** Takes closer to each other than this become one: under load a statement then takes many rows, not one or none. */
const GATHER_MS = 10;
/** After a take that found nothing: whatever wakes this loop so often is not what it waits for. */
const GATHER_AFTER_NONE_MS = 50;
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
    private readonly clock: BusinessClock,
  ) {
    clock.onSet(() => this.#kinds.forEach(({ wake }) => wake()));
  }

  register<Row>(kind: WorkKind<Row>): void {
    this.#kinds.set(kind.table, { kind: kind as WorkKind, wake: () => undefined });
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
    await Promise.all(this.#loops);
  }

  /** Takes rows as long as there are some and there is room for them; one slow row holds up no other. */
  private async loop(kind: WorkKind): Promise<void> {
    const underWay = new Set<Promise<void>>();
    while (!this.#stopping.signal.aborted) {
      const changed = new Promise<void>((wake) => this.#kinds.set(kind.table, { kind, wake }));
      const room = kind.batch - underWay.size;
      const begunAt = performance.now();
      const claims = await this.take(kind, room);
      for (const claim of claims) {
        const work = this.work(kind, claim).finally(() => {
          underWay.delete(work);
          // Room for a worthwhile number of rows again; one that waited for its predecessor may be among them.
          if (underWay.size <= kind.batch / 2) this.wake(kind.table);
        });
        underWay.add(work);
      }
      const mayBeMore = room > 0 && claims.length === room;
      if (!mayBeMore) await Promise.race([changed, this.pause(POLL_MS)]);
      const gatherMs = room > 0 && claims.length === 0 ? GATHER_AFTER_NONE_MS : (kind.gatherMs ?? GATHER_MS);
      await this.pause(Math.max(0, begunAt + gatherMs - performance.now()));
    }
    await Promise.all(underWay); // what is being worked on is finished, nothing new is taken
  }

  private async take(kind: WorkKind, room: number): Promise<Claim[]> {
    if (room <= 0) return [];
    try {
      return await this.claims.take(kind.table, {
        limit: room,
        leaseSeconds: kind.leaseSeconds,
        only: kind.only,
        columns: kind.columns,
        aheadSeconds: kind.byBusinessClock ? (this.clock.now().getTime() - Date.now()) / 1_000 : 0,
      });
    } catch (error) {
      if (this.#stopping.signal.aborted) return [];
      this.logger.error({ err: error, table: kind.table }, 'due work cannot be taken');
      await this.pause(PAUSE_AFTER_ERROR_MS);
      return [];
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
      await kind.failed(claim, error).catch((cause: unknown) => {
        // The row's lease runs out, and it is taken again.
        this.logger.error(
          { err: cause, table: claim.table, id: claim.id },
          'failed work cannot be given back',
        );
      });
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
