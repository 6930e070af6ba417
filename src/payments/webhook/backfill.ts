import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Claims, type Claim } from '../database/claims.js';
import { backOffSeconds, DueWork } from '../database/due-work.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import type { HeardEvent } from '../gateway/gateway.js';
import { Gateways } from '../gateway/gateways.js';
import { InboxWriter } from './inbox-writer.js';

/** Often enough that a lost event is no mystery for long, and rarely enough to be no load. */
const EVERY_SECONDS = 15 * 60;
const LEASE_SECONDS = 10 * 60;
/** Events may become listable a little after the time they carry. */
const OVERLAP_MS = 10 * 60 * 1000;
/** So many share a commit: after an outage of a day the list is long, and most of it is known. */
const PAGE = 100;
/** As far back as a gateway lists events; Stripe: https://docs.stripe.com/api/events */
const HISTORY_MS_MAX = 30 * 24 * 60 * 60 * 1000;

/** Finds events whose delivery was lost, by asking the gateway for its list: at the start and every few minutes. */
@Injectable()
export class Backfill implements OnModuleInit {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    private readonly writer: InboxWriter,
    private readonly claims: Claims,
    private readonly dueWork: DueWork,
  ) {}

  async onModuleInit(): Promise<void> {
    this.dueWork.register({
      table: 'event_backfill',
      batch: 1,
      leaseSeconds: LEASE_SECONDS,
      // One whose keys are gone cannot be asked; it is once they are back.
      only: `due.gateway IN (${this.gateways.names.map((name) => `'${name}'`).join()})`,
      work: (claim) => this.run(claim),
      failed: (claim) => this.claims.release(claim, backOffSeconds(claim.tries)),
    });
    for (const gateway of this.gateways.names)
      await this.database.query(
        `INSERT INTO payments.event_backfill (id, gateway, due_at) VALUES (gen_random_uuid(), $1, clock_timestamp())
         ON CONFLICT (gateway) DO NOTHING`,
        [gateway],
      );
  }

  private async run(claim: Claim): Promise<void> {
    // By the database's clock: what a process that is ahead once read would never be read again.
    const [row] = await this.database.query<[{ gateway: string; read_until: Date | null; begun: Date }]>(
      `SELECT gateway, least(read_until, clock_timestamp()) AS read_until, clock_timestamp() AS begun
         FROM payments.event_backfill WHERE id = $1`,
      [claim.id],
    );
    const { begun } = row;
    const since = new Date(
      Math.max(begun.getTime() - HISTORY_MS_MAX, (row.read_until?.getTime() ?? 0) - OVERLAP_MS),
    );
    const page: HeardEvent[] = [];
    for await (const heard of this.gateways.of(row.gateway).listEvents(since))
      if (page.push(heard) === PAGE) await this.writeAll(row.gateway, page.splice(0));
    await this.writeAll(row.gateway, page);
    this.dueWork.wake('webhook_event');

    await this.database.query(`UPDATE payments.event_backfill SET read_until = $2, tries = 0 WHERE id = $1`, [
      claim.id,
      begun,
    ]);
    await this.claims.release(claim, EVERY_SECONDS);
  }

  private async writeAll(gateway: string, heard: HeardEvent[]): Promise<void> {
    await Promise.all(heard.map((one) => this.writer.write({ gateway, ...one })));
  }
}
