import { Injectable } from '@nestjs/common';
import { PaymentsDatabase } from './database/payments-database.js';
import { PaymentsConfig } from './payments.config.js';

export interface PaymentsStatus {
  database: { name: string; role: string; serverVersion: string };
  gateway: { name: string; address: string };
  webhookEvents: Record<string, number>;
  outboxWaiting: number;
  payments: Record<string, number>;
}

/** What operators ask of payments from the command line. */
@Injectable()
export class PaymentsOperations {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly config: PaymentsConfig,
  ) {}

  async status(): Promise<PaymentsStatus> {
    const [database] = await this.database.query<[PaymentsStatus['database']]>(
      `SELECT current_database() AS name, current_user AS role, current_setting('server_version') AS "serverVersion"`,
    );
    const [outbox] = await this.database.query<[{ count: string }]>(
      `SELECT count(*) FROM payments.outbox_message WHERE delivered_at IS NULL`,
    );
    return {
      database,
      gateway: { name: this.config.PAYMENT_GATEWAY, address: this.config.stripeAddress },
      webhookEvents: await this.countByStatus('webhook_event'),
      outboxWaiting: Number(outbox.count),
      payments: await this.countByStatus('payment'),
    };
  }

  private async countByStatus(table: 'webhook_event' | 'payment'): Promise<Record<string, number>> {
    const rows = await this.database.query<{ status: string; count: string }[]>(
      `SELECT status, count(*) FROM payments.${table} GROUP BY status ORDER BY status`,
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
  }
}
