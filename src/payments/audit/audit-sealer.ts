import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { PlatformConfig } from '../../platform/platform.config.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import { AuditAnchors } from './audit-anchors.js';
import {
  type Batch,
  entriesBetween,
  type Head,
  headAfter,
  headerOf,
  lastBatch,
  NO_BATCH,
} from './audit-batch.js';
import { AuditKeys } from './audit-keys.js';
import { rootOf } from './hash-tree.js';

/** How long an entry may wait for its seal at most, when no transaction is long. */
const SEAL_EVERY_MS = 1_000;
/** A look at whether the transactions of a moment have ended. */
const LOOK_EVERY_MS = 100;
/** A batch of these is read, hashed and stored in well under a second, and its hashes are a row of 320 KB. */
const BATCH_MAX = 10_000;
/** What was sealed and not yet anchored is what somebody with the whole database could still cut off. */
const ANCHOR_EVERY_MS = 10_000;
/** After the database failed us, so that an outage is not hammered. */
const PAUSE_AFTER_ERROR_MS = 5_000;

/** A moment of the log: every entry up to the position was begun by a transaction older than `horizon`. */
interface Mark {
  position: string;
  horizon: string;
  /** Of the home that this was seen at: the transactions of another server have other numbers. */
  epoch: number;
}

/**
 * Seals the audit log in batches, in any number of processes side by side: the first to store a number wins.
 *
 * Positions come from a sequence, and transactions commit in another order than they drew them; one that rolls back leaves
 * a gap. So a batch ends at a position that was seen at some moment, and is made once every transaction of that moment
 * has ended: below it nothing can be added any more, and a gap stays one.
 */
@Injectable()
export class AuditSealer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(AuditSealer.name);
  readonly #stopping = new AbortController();
  #loop = Promise.resolve();
  #anchored = { number: 0, at: 0 };
  /** The newest batch that this process has seen: the chain never gets shorter. */
  #seen: Head = NO_BATCH;

  constructor(
    private readonly database: PaymentsDatabase,
    private readonly keys: AuditKeys,
    private readonly anchors: AuditAnchors,
    private readonly config: PlatformConfig,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.WORKERS !== 'off') this.#loop = this.loop();
  }

  /** What is sealed is anchored before the process ends. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    if (this.config.WORKERS !== 'off') await this.anchor({ now: true }).catch(() => undefined); // the next process does it
  }

  private async loop(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      let pauseMs = SEAL_EVERY_MS;
      try {
        await this.sealAll();
        await this.anchor({ now: false });
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.logger.error({ err: error }, 'the audit log cannot be sealed');
        pauseMs = PAUSE_AFTER_ERROR_MS;
      }
      await this.pause(pauseMs);
    }
  }

  /** Seals what there is at this moment, once all its transactions have ended. */
  private async sealAll(): Promise<void> {
    let head = await this.head();
    const mark = await this.mark();
    if (BigInt(mark.position) <= BigInt(head.lastPosition)) return;
    while (!(await this.isClosed(mark))) {
      if ((await this.epoch()) !== mark.epoch) return; // the data have moved; the next look is at their new home
      await this.pause(LOOK_EVERY_MS);
      if (this.#stopping.signal.aborted) return;
    }
    for (;;) {
      const batch = await this.batchAfter(head, mark.position);
      if (!batch) return;
      if (!(await this.store(batch, mark.epoch))) return; // another process was first, and goes on; or the data have moved
      head = headAfter(batch);
      this.#seen = head;
    }
  }

  private async head(): Promise<Head> {
    const last = await lastBatch(this.database);
    const head = last ? headAfter(last) : NO_BATCH;
    if (head.number < this.#seen.number)
      throw new Error(
        `The audit log ends with batch ${head.number}, and it had batch ${this.#seen.number}: it was cut off. Run: npm run cli -- audit verify`,
      );
    this.#seen = head;
    return head;
  }

  /** The position first: whoever has drawn it has a transaction id already, and that is below the horizon. */
  private async mark(): Promise<Mark> {
    const [drawn] = await this.database.query<[{ position: string }]>(
      `SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS position FROM payments.audit_entry_position_seq`,
    );
    const [running] = await this.database.query<[{ horizon: string; epoch: number }]>(
      `SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS horizon, epoch FROM payments.residence`,
    );
    return { ...drawn, ...running };
  }

  private async isClosed({ horizon, epoch }: Mark): Promise<boolean> {
    const [oldest] = await this.database.query<[{ closed: boolean }]>(
      `SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 AND epoch = $2 AS closed FROM payments.residence`,
      [horizon, epoch],
    );
    return oldest.closed;
  }

  private async epoch(): Promise<number> {
    const [home] = await this.database.query<[{ epoch: number }]>('SELECT epoch FROM payments.residence');
    return home.epoch;
  }

  private async batchAfter(head: Head, upTo: string): Promise<Batch | null> {
    const entries = await entriesBetween(this.database, head.lastPosition, upTo, BATCH_MAX);
    if (entries.length === 0) return null;
    const [clock] = await this.database.query<[{ now: Date }]>(
      `SELECT date_trunc('milliseconds', clock_timestamp()) AS now`,
    );
    const leaves = Buffer.concat(entries.map(({ leaf }) => leaf));
    const unsigned = {
      number: head.number + 1,
      afterPosition: head.lastPosition,
      lastPosition: entries.at(-1)!.position,
      entriesBefore: head.entries,
      entries: entries.length,
      root: rootOf(leaves),
      previousHash: head.hash,
      sealedAt: clock.now,
      keyName: this.keys.signingName,
    };
    return { ...unsigned, signature: this.keys.sign(headerOf(unsigned)), leaves };
  }

  private async store(batch: Batch, epoch: number): Promise<boolean> {
    const stored = await this.database.query<unknown[]>(
      `INSERT INTO payments.audit_batch (number, after_position, last_position, entries_before, entries, root,
         previous_hash, sealed_at, key_name, signature, leaves)
       SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 FROM payments.residence WHERE epoch = $12
       ON CONFLICT DO NOTHING RETURNING number`,
      [
        ...[batch.number, batch.afterPosition, batch.lastPosition, batch.entriesBefore, batch.entries],
        ...[batch.root, batch.previousHash, batch.sealedAt, batch.keyName, batch.signature, batch.leaves],
        epoch,
      ],
    );
    return stored.length === 1;
  }

  private async anchor({ now }: { now: boolean }): Promise<void> {
    const isDue = now || Date.now() >= this.#anchored.at + ANCHOR_EVERY_MS;
    if (!isDue || this.#seen.number <= this.#anchored.number) return;
    const batch = await lastBatch(this.database);
    if (!batch) return;
    await this.anchors.write(batch);
    this.#anchored = { number: batch.number, at: Date.now() };
  }

  private async pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal, ref: false }).catch(() => undefined);
  }
}
