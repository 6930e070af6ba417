import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Contacts } from '../accounts/accounts.contract.js';
import { BusinessClock } from '../platform/clock/business-clock.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { PlatformConfig } from '../platform/platform.config.js';
import { DueRows, type TakenRow } from '../platform/postgres/due-rows.js';
import { type Mail, Mailer, MailRefused } from './mailer.js';
import type { Content } from './notice.js';
import { NotificationsConfig } from './notifications.config.js';
import { letterFor } from './templates.js';

/** Connections to a mail server at a time; most allow ten or more. */
const BATCH = 5;
/** Longer than a mail server may take, by the mailer's own time-outs. */
const LEASE_SECONDS = 120;
/** At intervals that grow to 10 minutes: about two days. Older news is no news. */
const TRIES_MAX = 300;

type Outcome = 'sent' | 'no_address' | 'switched_off' | 'given_up';

/** Sends notices that are committed, each once: a crash between the mail server's yes and ours repeats it, by the same Message-ID. */
@Injectable()
export class Post extends DueRows {
  readonly #count;

  constructor(
    @InjectDataSource() dataSource: DataSource,
    private readonly contacts: Contacts,
    private readonly mailer: Mailer,
    private readonly notifications: NotificationsConfig,
    config: PlatformConfig,
    clock: BusinessClock,
    metrics: Metrics,
  ) {
    super(dataSource, clock, config, { table: 'app.notice', batch: BATCH, leaseSeconds: LEASE_SECONDS });
    this.#count = metrics.counter('notices_total', 'Notices to payers, by how they ended', [
      'kind',
      'outcome',
    ]);
  }

  protected async work(row: TakenRow): Promise<void> {
    const [notice] = await this.dataSource.query<[Content & { payerId: string }]>(
      `SELECT payer_id AS "payerId", kind, facts FROM app.notice WHERE id = $1`,
      [row.id],
    );
    const contact = await this.contacts.of(notice.payerId);
    if (this.notifications.goesTo === 'nobody') return this.conclude(row, notice.kind, 'switched_off');
    if (!contact) return this.conclude(row, notice.kind, 'no_address');

    const addressOf = (place: string) => this.notifications.addressOf(place);
    const letter = letterFor(notice, { name: contact.name, addressOf });
    await this.conclude(row, notice.kind, await this.deliver(row, { id: row.id, to: contact, ...letter }));
  }

  private async deliver(row: TakenRow, mail: Mail): Promise<Outcome> {
    try {
      await this.mailer.send(mail);
      return 'sent';
    } catch (error) {
      if (!(error instanceof MailRefused) && row.tries < TRIES_MAX) throw error;
      this.logger.error({ err: error, noticeId: row.id }, 'a notice could not be sent');
      return 'given_up';
    }
  }

  private async conclude(row: TakenRow, kind: string, outcome: Outcome): Promise<void> {
    await this.dataSource.transaction(async (tx) => {
      await this.done(tx, row);
      await tx.query(`UPDATE app.notice SET outcome = $2, concluded_at = $3 WHERE id = $1`, [
        row.id,
        outcome,
        this.clock.now(),
      ]);
    });
    this.#count.inc({ kind, outcome });
  }
}
