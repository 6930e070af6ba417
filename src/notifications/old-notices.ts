import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { BusinessClock } from '../platform/clock/business-clock.js';
import { Retention } from '../platform/retention/retention.js';
import { NotificationsConfig } from './notifications.config.js';

const PAST = `concluded_at < $1::timestamptz - make_interval(days => $2)`;

/** Notices that were sent, or could not be, with what a local inbox shows of them. */
@Injectable()
export class OldNotices implements OnModuleInit {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly retention: Retention,
    private readonly clock: BusinessClock,
    private readonly config: NotificationsConfig,
  ) {}

  onModuleInit(): void {
    const days = this.config.NOTICES_KEPT_DAYS;
    this.retention.register({
      what: 'notices to payers',
      setting: 'NOTICES_KEPT_DAYS',
      days,
      count: async () => {
        const [{ count }] = await this.dataSource.query<[{ count: string }]>(
          `SELECT count(*) FROM app.notice WHERE ${PAST}`,
          [this.clock.now(), days],
        );
        return Number(count);
      },
      remove: async (most) => {
        const [{ count }] = await this.dataSource.query<[{ count: string }]>(
          `WITH gone AS (DELETE FROM app.notice WHERE id = ANY (ARRAY(SELECT id FROM app.notice WHERE ${PAST} LIMIT $3)) RETURNING id),
                mail AS (DELETE FROM app.development_mail WHERE id IN (SELECT id FROM gone))
           SELECT count(*) FROM gone`,
          [this.clock.now(), days, most],
        );
        return Number(count);
      },
    });
  }
}
