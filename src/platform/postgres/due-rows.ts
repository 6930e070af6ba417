import { setTimeout as sleep } from 'node:timers/promises';
import {
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import type { BusinessClock } from '../clock/business-clock.js';
import type { PlatformConfig } from '../platform.config.js';

/** A row taken for a while. Whoever takes it later has a higher fence, and only the highest may write. */
export interface TakenRow {
  id: string;
  fence: number;
  /** How often it was taken since it last succeeded, this time included. */
  tries: number;
}

/** Somebody else took the row meanwhile: what this worker found out is void. */
export class RowLost extends Error {}

export interface DueRowsOptions {
  /** With its schema. Has the columns `id`, `ready_at`, `leased_until`, `fence` and `tries`. */
  table: string;
  /** Most rows that are worked on side by side. */
  batch: number;
  /** Longer than the work ever takes; after it the row belongs to whoever takes it next. */
  leaseSeconds: number;
}

const POLL_MS = 1_000;
/** After a take that found nothing: whatever wakes this loop so often is not what it waits for. */
const GATHER_AFTER_NONE_MS = 50;
/** 2 s doubling to 10 min, so that a short outage costs little and a long one little load. */
const RETRY_SECONDS_MAX = 600;

/**
 * Work to be done is a row whose `ready_at` has come, by the business's time; leases are in the database's. It is taken under
 * a lease with a fence, by any number of processes side by side; a worker that dies lets the lease run out, and the row is
 * taken again. A service of the application is one of these, and says what is done with a row.
 */
export abstract class DueRows implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown {
  protected readonly logger = new Logger(this.constructor.name);
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #loop: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;

  protected constructor(
    protected readonly dataSource: DataSource,
    protected readonly clock: BusinessClock,
    private readonly config: PlatformConfig,
    private readonly rows: DueRowsOptions,
  ) {}

  /** When it throws, the row is taken again after a while, at longer and longer intervals. */
  protected abstract work(row: TakenRow): Promise<void>;

  onModuleInit(): void {
    this.clock.onSet(() => this.wake());
  }

  onApplicationBootstrap(): void {
    if (this.config.WORKERS !== 'off') this.#loop = this.loop();
  }

  /** What is being worked on is finished, nothing new is taken. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await Promise.all(this.#underWay);
  }

  /** A row may be ready now: nobody need wait for the next look. */
  wake(): void {
    this.#wake();
  }

  /** The work is done, together with what `tx` changed besides. @throws RowLost */
  protected async done(tx: EntityManager, row: TakenRow): Promise<void> {
    const [, count] = await tx.query<[unknown, number]>(
      `UPDATE ${this.rows.table} SET ready_at = NULL, leased_until = NULL, tries = 0 WHERE id = $1 AND fence = $2`,
      [row.id, row.fence],
    );
    if (count === 0) throw new RowLost(`${this.rows.table} ${row.id} was taken by another worker`);
  }

  /** Gives the row back, to be taken again after a while. */
  private async release(row: TakenRow, delaySeconds: number): Promise<void> {
    await this.dataSource.query(
      `UPDATE ${this.rows.table} SET leased_until = clock_timestamp() + make_interval(secs => $3) WHERE id = $1 AND fence = $2`,
      [row.id, row.fence, delaySeconds],
    );
  }

  private async loop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const woken = new Promise<void>((wake) => (this.#wake = wake));
      const room = this.rows.batch - this.#underWay.size;
      const begunAt = performance.now();
      const rows = room > 0 ? await this.take(room) : [];
      for (const row of rows) {
        const work = this.attempt(row).finally(() => this.#underWay.delete(work) && this.wake());
        this.#underWay.add(work);
      }
      if (rows.length === 0 || rows.length < room) await Promise.race([woken, this.pause(POLL_MS)]);
      if (rows.length === 0 && room > 0)
        await this.pause(Math.max(0, begunAt + GATHER_AFTER_NONE_MS - performance.now()));
    }
  }

  private async take(limit: number): Promise<TakenRow[]> {
    try {
      const [rows] = await this.dataSource.query<[TakenRow[], number]>(
        `UPDATE ${this.rows.table}
            SET leased_until = clock_timestamp() + make_interval(secs => $3), fence = fence + 1, tries = tries + 1
          WHERE id = ANY (ARRAY(SELECT id FROM ${this.rows.table}
                                 WHERE ready_at <= $1 AND (leased_until IS NULL OR leased_until <= statement_timestamp())
                                 ORDER BY ready_at LIMIT $2 FOR UPDATE SKIP LOCKED))
      RETURNING id, fence, tries`,
        [this.clock.now(), limit, this.rows.leaseSeconds],
      );
      return rows;
    } catch (error) {
      if (!this.#stopping.signal.aborted)
        this.logger.error({ err: error, table: this.rows.table }, 'due rows cannot be taken');
      return [];
    }
  }

  private async attempt(row: TakenRow): Promise<void> {
    try {
      await this.work(row);
    } catch (error) {
      if (error instanceof RowLost) return; // whoever took it over does it
      this.logger.warn(
        { err: error, table: this.rows.table, id: row.id, tries: row.tries },
        'due row failed',
      );
      await this.release(row, Math.min(2 ** row.tries, RETRY_SECONDS_MAX)).catch((cause: unknown) => {
        this.logger.error(
          { err: cause, table: this.rows.table, id: row.id },
          'it waits for its lease to end',
        );
      });
    }
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
  }
}
