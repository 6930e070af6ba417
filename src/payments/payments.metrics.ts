import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HealthChecks } from '../platform/health/health.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { IsolationWatch } from './database/isolation-watch.js';
import { PaymentsDatabase } from './database/payments-database.js';
import { Backlogs, type Waiting } from './operations/backlog.service.js';

/** What payments tell about themselves: whether their database answers, and how far work is behind. */
@Injectable()
export class PaymentsMetrics implements OnModuleInit {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly isolation: IsolationWatch,
    private readonly backlogs: Backlogs,
    private readonly metrics: Metrics,
    private readonly health: HealthChecks,
  ) {}

  onModuleInit(): void {
    this.health.register('paymentsDatabase', async () => {
      await this.database.query('SELECT 1');
      return { isolation: await this.isolation.level() };
    });
    this.lag(
      'webhook_inbox_lag_seconds',
      'Age of the oldest webhook event that is not processed',
      'webhook_event',
    );
    this.lag(
      'outbox_lag_seconds',
      'Age of the oldest outbox message that is not delivered',
      'outbox_message',
    );
    this.metrics.gauge(
      'outbox_messages_waiting',
      'Outbox messages that are not delivered',
      [],
      async (gauge) => gauge.set((await this.backlogs.of('outbox_message')).waiting),
    );
    this.lag(
      'event_delivery_lag_seconds',
      'Age of the oldest event that an endpoint has not taken and will be sent again',
      'event_delivery',
    );
    this.metrics.gauge(
      'event_endpoints',
      'Endpoints of events: active, failing (active, and taking nothing) or disabled',
      ['status'],
      async (gauge) => {
        for (const [status, count] of Object.entries(await this.backlogs.endpoints()))
          gauge.set({ status }, count);
      },
    );
    this.metrics.gauge(
      'payments_isolation_level',
      '1 for how far payment data is from the rest, as measured: schema, role, database or cluster, with or without +process',
      ['level'],
      async (gauge) => {
        const level = await this.isolation.level();
        gauge.reset();
        gauge.set({ level }, 1);
      },
    );
    this.metrics.gauge(
      'audit_seal_lag_seconds',
      'Age of the oldest audit entry that is not sealed',
      [],
      async (gauge) => {
        const [row] = await this.database.query<[{ lag: number }]>(
          `SELECT coalesce(extract(epoch FROM clock_timestamp() - min(occurred_at)), 0)::float AS lag
             FROM payments.audit_entry
            WHERE position > coalesce((SELECT max(last_position) FROM payments.audit_batch), 0)`,
        );
        gauge.set(row.lag);
      },
    );
    this.metrics.gauge(
      'payments_pool_connections',
      'Connections to the payments database by state',
      ['state'],
      (gauge) => {
        for (const [state, count] of Object.entries(this.database.pool())) gauge.set({ state }, count);
      },
    );
  }

  private lag(name: string, help: string, table: Waiting): void {
    this.metrics.gauge(name, help, [], async (gauge) =>
      gauge.set((await this.backlogs.of(table)).lagSeconds),
    );
  }
}
