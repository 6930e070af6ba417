import { Injectable } from '@nestjs/common';
import { PaymentsDatabase } from '../database/payments-database.js';
import type { AuditEntryDto, AuditEntryQuery } from './audit-entries.dto.js';

export type AuditFilter = Partial<Omit<AuditEntryQuery, 'limit' | 'cursor'>>;

/** Rows of one statement of an export: a few hundred KB. */
const EXPORT_PAGE = 1_000;

const MATCHES = `($1::text IS NULL OR kind = $1) AND ($2::text IS NULL OR actor = $2) AND ($3::text IS NULL OR action = $3)
  AND ($4::uuid IS NULL OR target_id = $4) AND ($5::text IS NULL OR outcome = $5)
  AND ($6::text IS NULL OR origin ->> 'requestId' = $6)
  AND ($7::timestamptz IS NULL OR occurred_at >= $7) AND ($8::timestamptz IS NULL OR occurred_at < $8)`;

const SHOWN = `id, position::text, occurred_at AS "occurredAt", kind, actor, action, target_type AS "targetType",
  target_id AS "targetId", outcome, origin, change AS details,
  (SELECT number::int FROM payments.audit_batch
    WHERE last_position >= entry.position ORDER BY last_position LIMIT 1) AS batch`;

type Row = Omit<AuditEntryDto, 'occurredAt'> & { occurredAt: Date };

/** What auditors read. */
@Injectable()
export class AuditEntries {
  constructor(private readonly database: PaymentsDatabase) {}

  /** The newest first. */
  async list(filter: AuditFilter, page: { limit: number; after?: string }): Promise<AuditEntryDto[]> {
    const rows = await this.database.query<Row[]>(
      `SELECT ${SHOWN} FROM payments.audit_entry entry
        WHERE ${MATCHES} AND ($9::uuid IS NULL
              OR position < (SELECT position FROM payments.audit_entry WHERE id = $9))
        ORDER BY entry.position DESC LIMIT $10`,
      [...valuesOf(filter), page.after ?? null, page.limit],
    );
    return rows.map(shown);
  }

  /** All that match, in the order of the log, as they stand at the beginning. */
  async *all(filter: AuditFilter): AsyncGenerator<AuditEntryDto> {
    const [end] = await this.database.query<[{ position: string | null }]>(
      `SELECT max(position)::text AS position FROM payments.audit_entry`,
    );
    let after: string | undefined = '0';
    while (after !== undefined) {
      const rows: Row[] = await this.database.query<Row[]>(
        `SELECT ${SHOWN} FROM payments.audit_entry entry
          WHERE ${MATCHES} AND position > $9 AND position <= $10 ORDER BY entry.position LIMIT $11`,
        [...valuesOf(filter), after, end.position ?? '0', EXPORT_PAGE],
      );
      yield* rows.map(shown);
      after = rows.at(-1)?.position;
    }
  }
}

function valuesOf(filter: AuditFilter): unknown[] {
  const { kind, actor, action, targetId, outcome, requestId, since, until } = filter;
  return [kind, actor, action, targetId, outcome, requestId, since, until].map((it) => it ?? null);
}

function shown(row: Row): AuditEntryDto {
  return { ...row, occurredAt: row.occurredAt.toISOString() };
}
