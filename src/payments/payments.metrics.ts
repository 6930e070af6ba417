import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HealthChecks } from '../platform/health/health.js';
import { Metrics } from '../platform/metrics/metrics.js';
import { PaymentsDatabase } from './database/payments-database.js';

/** What payments tell about themselves: whether their database answers, and how far work is behind. */
@Injectable()
export class PaymentsMetrics implements OnModuleInit {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly metrics: Metrics,
    private readonly health: HealthChecks,
  ) {}

  onModuleInit(): void {
    this.health.register('paymentsDatabase', async () => {
      await this.database.query('SELECT 1');
      return {};
    });
    this.lag(
      'webhook_inbox_lag_seconds',
      'Age of the oldest webhook event that is not processed',
      'webhook_event',
      'received_at',
    );
    this.lag(
      'outbox_lag_seconds',
      'Age of the oldest outbox message that is not delivered',
      'outbox_message',
      'occurred_at',
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

  private lag(name: string, help: string, table: string, since: string): void {
    this.metrics.gauge(name, help, [], async (gauge) => {
      const [row] = await this.database.query<[{ lag: number }]>(
        `SELECT coalesce(extract(epoch FROM clock_timestamp() - min(${since})), 0)::float AS lag
           FROM payments.${table} WHERE due_at IS NOT NULL`,
      );
      gauge.set(row.lag);
    });
  }
}
