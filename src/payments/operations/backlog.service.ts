import { Injectable } from '@nestjs/common';
import { PaymentsDatabase } from '../database/payments-database.js';

/** Tables whose rows wait until somebody takes them, and since when each has been there. */
const SINCE = {
  webhook_event: 'received_at',
  outbox_message: 'occurred_at',
  event_delivery: 'created_at',
} as const;
export type Waiting = keyof typeof SINCE;

export interface Backlog {
  waiting: number;
  /** Age of the oldest. */
  lagSeconds: number;
}

/** How far work is behind, for metrics, commands and the operators' page alike. Each question is one look into a small index. */
@Injectable()
export class Backlogs {
  constructor(private readonly database: PaymentsDatabase) {}

  async of(table: Waiting): Promise<Backlog> {
    const [row] = await this.database.query<[Backlog]>(
      `SELECT count(*)::int AS waiting,
              coalesce(extract(epoch FROM clock_timestamp() - min(${SINCE[table]})), 0)::float AS "lagSeconds"
         FROM payments.${table} WHERE due_at IS NOT NULL`,
    );
    return row;
  }

  /** Events that have failed and are tried again; those that wait for their first try are not among them. */
  async failedEvents(): Promise<number> {
    const [row] = await this.database.query<[{ failed: number }]>(
      `SELECT count(*)::int AS failed FROM payments.webhook_event WHERE due_at IS NOT NULL AND status = 'failed'`,
    );
    return row.failed;
  }

  /** `failing`: active, and taking nothing. */
  async endpoints(): Promise<Record<'active' | 'failing' | 'disabled', number>> {
    const rows = await this.database.query<{ status: 'active' | 'failing' | 'disabled'; count: number }[]>(
      `SELECT CASE WHEN status = 'active' AND failing_since IS NOT NULL THEN 'failing' ELSE status END AS status, count(*)::int
         FROM payments.event_endpoint GROUP BY 1`,
    );
    const counts = { active: 0, failing: 0, disabled: 0 };
    for (const { status, count } of rows) counts[status] = count;
    return counts;
  }
}
