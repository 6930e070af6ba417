import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { v7 as uuidv7 } from 'uuid';
import { Metrics } from '../../platform/metrics/metrics.js';
import { type Claim, ClaimLost, Claims, type ClaimWith } from '../database/claims.js';
import { backOffSeconds, DueWork } from '../database/due-work.js';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import { PaymentsConfig } from '../payments.config.js';
import type { PaymentsEvent } from '../payments.contract.js';
import { DISABLED_AFTER_DAYS, waitAfter } from './delivery-schedule.js';
import { assertEventDeliveryEdge } from './event-delivery-status.js';
import { EventEndpoints } from './event-endpoints.service.js';
import { EventSender, isTaken, outcomeOf, type Sent } from './event-sender.js';
import { signedEvent } from './signed-event.js';

const BATCH = 50;
/** A call with its time-out, and what it writes. */
const LEASE_SECONDS = 60;
/** An endpoint that does not answer holds no more than one batch up, and then for so long nobody. */
const PAUSE_SECONDS = 60;
const GONE = 410;
const ACTOR = 'event deliveries';

/** Events of one payment go out in their order, and an endpoint that does not answer is left alone. OFFSET 0: as in the outbox. */
const DELIVERABLE = `NOT EXISTS (SELECT FROM payments.event_delivery earlier
    WHERE earlier.endpoint_id = due.endpoint_id AND earlier.aggregate_id = due.aggregate_id
      AND earlier.position < due.position AND earlier.status = 'waiting' OFFSET 0)
  AND EXISTS (SELECT FROM payments.event_endpoint endpoint WHERE endpoint.id = due.endpoint_id
    AND coalesce(endpoint.paused_until <= statement_timestamp(), true) OFFSET 0)`;

interface Delivery {
  endpointId: string;
  messageId: string;
}

interface Message {
  type: string;
  occurredAt: Date;
  payload: object;
}

/** Sends events to endpoints, each at least once, until it is taken or the schedule has ended. */
@Injectable()
export class EventDeliveries implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(EventDeliveries.name);
  readonly #sender: EventSender;
  readonly #attempts: Counter<'outcome'>;

  constructor(
    private readonly database: PaymentsDatabase,
    private readonly endpoints: EventEndpoints,
    private readonly claims: Claims,
    private readonly dueWork: DueWork,
    metrics: Metrics,
    config: PaymentsConfig,
  ) {
    this.#sender = new EventSender({ privateRanges: config.EVENT_ENDPOINTS_PRIVATE_RANGES });
    this.#attempts = metrics.counter(
      'event_delivery_attempts_total',
      'Tries to deliver events to endpoints',
      ['outcome'],
    );
  }

  onModuleInit(): void {
    this.dueWork.register({
      table: 'event_delivery',
      batch: BATCH,
      leaseSeconds: LEASE_SECONDS,
      only: DELIVERABLE,
      columns: 'endpoint_id AS "endpointId", message_id AS "messageId"',
      work: (claim: ClaimWith<Delivery>) => this.deliver(claim),
      failed: (claim) => this.claims.release(claim, backOffSeconds(claim.tries)),
    });
  }

  onApplicationShutdown(): void {
    this.#sender.close();
  }

  private async deliver(claim: ClaimWith<Delivery>): Promise<void> {
    const { endpointId, messageId } = claim;
    const endpoint = await this.endpoints.find(endpointId);
    const [message] = await this.database.query<[Message]>(
      `SELECT type, occurred_at AS "occurredAt", payload FROM payments.outbox_message WHERE id = $1`,
      [messageId],
    );
    const { type, occurredAt, payload } = message;
    const event = { id: messageId, type, occurredAt: occurredAt.toISOString(), ...payload } as PaymentsEvent;
    const sent = await this.#sender.post(
      endpoint.url,
      signedEvent(event, this.endpoints.secretsOf(endpoint)),
    );

    this.#attempts.inc({ outcome: outcomeOf(sent) });
    await this.database.transaction((tx) =>
      isTaken(sent) ? this.taken(tx, claim, sent) : this.refused(tx, claim, sent),
    );
    this.dueWork.wake('event_delivery'); // the next one of its payment waited for it
  }

  private async taken(tx: Transaction, claim: ClaimWith<Delivery>, sent: Sent): Promise<void> {
    await this.end(tx, claim, 'delivered');
    await noteAttempt(tx, claim, sent);
    await tx.query(
      `UPDATE payments.event_endpoint SET failing_since = NULL, paused_until = NULL WHERE id = $1 AND failing_since IS NOT NULL`,
      [claim.endpointId],
    );
  }

  private async refused(tx: Transaction, claim: ClaimWith<Delivery>, sent: Sent): Promise<void> {
    const { endpointId, tries } = claim;
    const { httpStatus, problem, retryAfterSeconds } = sent;
    const wait = waitAfter(tries);
    // Not sooner than it asks; and as it speaks for all events, the others wait as well.
    const pauseSeconds = httpStatus === null ? PAUSE_SECONDS : retryAfterSeconds;
    if (wait === null) await this.end(tx, claim, 'failed');
    else await this.tryAgain(tx, claim, Math.max(wait, retryAfterSeconds ?? 0));
    await noteAttempt(tx, claim, sent);
    this.logger.warn({ endpointId, eventId: claim.messageId, tries, httpStatus, problem }, 'event not taken');

    const [[endpoint]] = await tx.query<[{ status: string; isHopeless: boolean }[], number]>(
      `UPDATE payments.event_endpoint
          SET failing_since = coalesce(failing_since, clock_timestamp()),
              paused_until = coalesce(clock_timestamp() + make_interval(secs => $2), paused_until)
        WHERE id = $1
    RETURNING status, failing_since < clock_timestamp() - make_interval(days => $3) AS "isHopeless"`,
      [endpointId, pauseSeconds, DISABLED_AFTER_DAYS],
    );
    if (endpoint?.status !== 'active' || (!endpoint.isHopeless && httpStatus !== GONE)) return;
    await this.endpoints.disableHeld(tx, endpointId, httpStatus === GONE ? 'gone' : 'failing', ACTOR);
    this.logger.error({ endpointId }, 'event endpoint disabled: it takes nothing any more');
  }

  private async end(tx: Transaction, claim: Claim, status: 'delivered' | 'failed'): Promise<void> {
    assertEventDeliveryEdge('waiting', status);
    await this.write(tx, claim, `status = $3, ended_at = clock_timestamp(), due_at = NULL`, status);
  }

  private async tryAgain(tx: Transaction, claim: Claim, seconds: number): Promise<void> {
    await this.write(tx, claim, `due_at = clock_timestamp() + make_interval(secs => $3)`, seconds);
  }

  /** @throws ClaimLost */
  private async write(tx: Transaction, { id, fence }: Claim, columns: string, value: unknown): Promise<void> {
    const [, count] = await tx.query<[unknown, number]>(
      `UPDATE payments.event_delivery SET ${columns} WHERE id = $1 AND fence = $2`,
      [id, fence, value],
    );
    if (count === 0) throw new ClaimLost(`event_delivery ${id} was taken by another worker`);
  }
}

async function noteAttempt(
  tx: Transaction,
  { messageId, endpointId }: Delivery,
  { at, durationMs, httpStatus, problem, answer }: Sent,
): Promise<void> {
  await tx.query(
    `INSERT INTO payments.event_attempt (id, message_id, endpoint_id, attempted_at, duration_ms, http_status, problem, answer)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [uuidv7(), messageId, endpointId, at, durationMs, httpStatus, problem, answer],
  );
}
