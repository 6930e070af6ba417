import { Injectable } from '@nestjs/common';
import { PaymentsDatabase, type Transaction } from './payments-database.js';

/** Tables whose rows are work to be done once `due_at` has come. */
export type DueTable =
  | 'webhook_event'
  | 'outbox_message'
  | 'event_delivery'
  | 'payment_attempt'
  | 'payment_operation'
  | 'refund'
  | 'payment_method_task'
  | 'setup_intent'
  | 'payer_erasure'
  | 'event_backfill';

/** A row taken for a while. Whoever took it later has a higher fence, and only the highest may write. */
export interface Claim {
  table: DueTable;
  id: string;
  fence: number;
  /** How often the row was taken since it last succeeded, this time included: counted before the work. */
  tries: number;
  /** How far the clock that these rows are due by is ahead of the database's. */
  aheadSeconds: number;
}

/** A claim with the columns that its kind of work asked for. */
export type ClaimWith<Row> = Claim & Row;

/** Somebody else took the row meanwhile: what this worker found out is void. */
export class ClaimLost extends Error {}

/** Rows that are done within this time of each other are marked by one statement. */
const GATHER_MS = 5;

interface Done {
  claim: Claim;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * Takes due rows under a lease. The lease is `due_at` itself, pushed into the future: a worker that dies lets it pass, and
 * the row is due again. Times are the database's, so that clocks of processes do not matter.
 */
@Injectable()
export class Claims {
  readonly #done = new Map<string, Done[]>();

  constructor(private readonly database: PaymentsDatabase) {}

  /**
   * However long the history is, this reads the rows that it takes and no others: `statement_timestamp` is fixed for the
   * statement, so the index ends the search where `clock_timestamp` would be compared with every row, and an array of ids
   * is looked up one by one where a list would be joined with the whole table.
   */
  async take<Row>(
    table: DueTable,
    how: { limit: number; leaseSeconds: number; only?: string; columns?: string; aheadSeconds?: number },
  ): Promise<ClaimWith<Row>[]> {
    const { aheadSeconds = 0 } = how;
    const [rows] = await this.database.query<[Omit<ClaimWith<Row>, 'table' | 'aheadSeconds'>[], number]>(
      `UPDATE payments.${table} AS taken
          SET due_at = clock_timestamp() + make_interval(secs => $2 + $3::float8), fence = fence + 1, tries = tries + 1
        WHERE id = ANY (ARRAY(SELECT id FROM payments.${table} AS due
                               WHERE due_at <= statement_timestamp() + make_interval(secs => $3) ${how.only ? `AND ${how.only}` : ''}
                               ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED))
    RETURNING id, fence, tries${how.columns ? `, ${how.columns}` : ''}`,
      [how.limit, how.leaseSeconds, aheadSeconds],
    );
    return rows.map((row) => ({ ...row, table, aheadSeconds }) as ClaimWith<Row>);
  }

  /** Marks the work as done, in the transaction that did it. @throws ClaimLost */
  async complete(tx: Transaction, claim: Claim): Promise<void> {
    const [, count] = await tx.query<[unknown, number]>(
      `UPDATE payments.${claim.table} SET due_at = NULL, tries = 0 WHERE id = $1 AND fence = $2`,
      [claim.id, claim.fence],
    );
    if (count === 0) throw lost(claim);
  }

  /**
   * Marks the work as done, together with all that it changed here: columns of the row itself. Rows of one kind that are
   * done at about the same time share a statement, and so a wait for the disk. @throws ClaimLost
   */
  completeWith(claim: Claim, columns: string): Promise<void> {
    const statement = `UPDATE payments.${claim.table} SET ${columns}, due_at = NULL, tries = 0
      WHERE id = ANY ($1::uuid[]) AND fence = ($2::int[])[array_position($1::uuid[], id)] RETURNING id`;
    return new Promise((resolve, reject) => {
      const others = this.#done.get(statement);
      if (others) return void others.push({ claim, resolve, reject });
      this.#done.set(statement, [{ claim, resolve, reject }]);
      setTimeout(() => void this.completeTogether(statement), GATHER_MS);
    });
  }

  private async completeTogether(statement: string): Promise<void> {
    const done = this.#done.get(statement)!;
    this.#done.delete(statement);
    try {
      const [rows] = await this.database.query<[{ id: string }[], number]>(statement, [
        done.map(({ claim }) => claim.id),
        done.map(({ claim }) => claim.fence),
      ]);
      const kept = new Set(rows.map(({ id }) => id));
      for (const { claim, resolve, reject } of done)
        if (kept.has(claim.id)) resolve();
        else reject(lost(claim));
    } catch (error) {
      for (const { reject } of done) reject(error);
    }
  }

  /** Gives the row back, to be taken again after a while; null means never by itself. */
  async release(claim: Claim, delaySeconds: number | null): Promise<void> {
    await this.database.query(
      `UPDATE payments.${claim.table} SET due_at = clock_timestamp() + make_interval(secs => $3) WHERE id = $1 AND fence = $2`,
      [claim.id, claim.fence, delaySeconds === null ? null : delaySeconds + claim.aheadSeconds],
    );
  }
}

function lost({ table, id }: Claim): ClaimLost {
  return new ClaimLost(`${table} ${id} was taken by another worker`);
}
