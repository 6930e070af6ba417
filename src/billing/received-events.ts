import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Retention } from '../platform/retention/retention.js';
import { BillingConfig } from './billing.config.js';

const PAST = `received_at < statement_timestamp() - make_interval(days => $1)`;

/** Which events of payments were applied is kept longer than any of them may come again. */
@Injectable()
export class ReceivedEvents implements OnModuleInit {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly retention: Retention,
    private readonly config: BillingConfig,
  ) {}

  onModuleInit(): void {
    const days = this.config.RECEIVED_EVENTS_KEPT_DAYS;
    this.retention.register({
      what: 'ids of events that were applied',
      setting: 'RECEIVED_EVENTS_KEPT_DAYS',
      days,
      count: async () => {
        const [{ count }] = await this.dataSource.query<[{ count: string }]>(
          `SELECT count(*) FROM app.received_event WHERE ${PAST}`,
          [days],
        );
        return Number(count);
      },
      remove: async (most) => {
        const [, count] = await this.dataSource.query<[unknown, number]>(
          `DELETE FROM app.received_event WHERE ctid = ANY (ARRAY(SELECT ctid FROM app.received_event WHERE ${PAST} LIMIT $2))`,
          [days, most],
        );
        return count;
      },
    });
  }
}
