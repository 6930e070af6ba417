import { Injectable } from '@nestjs/common';
import { DueWork } from '../database/due-work.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import { PaymentsError } from '../payments.contract.js';
import type { EventDeliveryStatus } from './event-delivery-status.js';
import { EventEndpoints } from './event-endpoints.service.js';

/** One try to deliver an event. */
export interface EventAttempt {
  attemptedAt: string;
  durationMs: number;
  /** Null where there was no answer; then `problem` says why. */
  httpStatus: number | null;
  problem: string | null;
  /** The first words of the answer. */
  answer: string | null;
}

/** An event on its way to an endpoint. */
export interface EventDelivery {
  id: string;
  eventId: string;
  eventType: string;
  status: EventDeliveryStatus;
  occurredAt: string;
  /** When it is tried next; null: not by itself. */
  nextTryAt: string | null;
  /** The oldest first. */
  attempts: EventAttempt[];
}

/** Which events an operator means. */
export interface ResendSelection {
  eventIds?: string[];
  /** Happened at or after, and before. */
  since?: Date;
  until?: Date;
  /** Only those that were given up. */
  isFailed?: boolean;
}

/** What became of events, endpoint by endpoint, and how to send them again. */
@Injectable()
export class EventLog {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly endpoints: EventEndpoints,
    private readonly dueWork: DueWork,
  ) {}

  /** The newest first. */
  async deliveries(
    endpointId: string,
    { limit, after, status }: { limit: number; after?: string; status?: EventDeliveryStatus },
  ): Promise<EventDelivery[]> {
    await this.endpoints.find(endpointId);
    const rows = await this.database.query<(EventDelivery & { occurredAt: Date; nextTryAt: Date | null })[]>(
      `SELECT delivery.id, message.id AS "eventId", message.type AS "eventType", delivery.status,
              message.occurred_at AS "occurredAt", delivery.due_at AS "nextTryAt",
              coalesce((SELECT json_agg(json_build_object('attemptedAt', attempt.attempted_at, 'durationMs', attempt.duration_ms,
                                 'httpStatus', attempt.http_status, 'problem', attempt.problem, 'answer', attempt.answer) ORDER BY attempt.attempted_at)
                          FROM payments.event_attempt attempt
                         WHERE attempt.message_id = message.id AND attempt.endpoint_id = delivery.endpoint_id), '[]') AS attempts
         FROM payments.event_delivery delivery JOIN payments.outbox_message message ON message.id = delivery.message_id
        WHERE delivery.endpoint_id = $1 AND ($2::text IS NULL OR delivery.status = $2)
          AND ($3::uuid IS NULL OR delivery.position < (SELECT position FROM payments.event_delivery WHERE id = $3))
        ORDER BY delivery.position DESC LIMIT $4`,
      [endpointId, status ?? null, after ?? null, limit],
    );
    return rows.map((row) => ({
      ...row,
      occurredAt: row.occurredAt.toISOString(),
      nextTryAt: row.nextTryAt?.toISOString() ?? null,
      attempts: row.attempts.map((it) => ({ ...it, attemptedAt: new Date(it.attemptedAt).toISOString() })),
    }));
  }

  /**
   * Sends events again, also those of before the endpoint was there, from the start of the schedule. Whoever applies each id
   * once notices nothing. Returns how many. @throws PaymentsError `event_endpoint_disabled`
   */
  async resend(endpointId: string, selection: ResendSelection): Promise<number> {
    const { status, eventTypes } = await this.endpoints.find(endpointId);
    if (status === 'disabled')
      throw new PaymentsError('event_endpoint_disabled', 'This endpoint is disabled. Enable it first.');
    const { eventIds, since, until, isFailed = false } = selection;
    const rows = await this.database.query<unknown[]>(
      `INSERT INTO payments.event_delivery (id, endpoint_id, message_id, aggregate_id, position, status, due_at)
       SELECT gen_random_uuid(), $1, message.id, message.aggregate_id, message.position, 'waiting', clock_timestamp()
         FROM payments.outbox_message message
        WHERE ($2::text[] IS NULL OR message.type = ANY ($2)) AND ($3::uuid[] IS NULL OR message.id = ANY ($3))
          AND ($4::timestamptz IS NULL OR message.occurred_at >= $4) AND ($5::timestamptz IS NULL OR message.occurred_at < $5)
          AND (NOT $6 OR EXISTS (SELECT FROM payments.event_delivery delivery
                WHERE delivery.message_id = message.id AND delivery.endpoint_id = $1 AND delivery.status = 'failed'))
           ON CONFLICT (message_id, endpoint_id) DO UPDATE
          SET status = 'waiting', due_at = clock_timestamp(), tries = 0, ended_at = NULL
    RETURNING id`,
      [endpointId, eventTypes, eventIds ?? null, since ?? null, until ?? null, isFailed],
    );
    this.dueWork.wake('event_delivery');
    return rows.length;
  }
}
