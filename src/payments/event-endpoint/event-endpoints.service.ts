import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { PlatformConfig } from '../../platform/platform.config.js';
import { DueWork } from '../database/due-work.js';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import { Seals } from '../database/sealing.js';
import { Events } from '../event/events.service.js';
import { PaymentsConfig } from '../payments.config.js';
import { PaymentsError } from '../payments.contract.js';
import { problemOfUrl } from './endpoint-url.js';
import {
  type DisabledReason,
  type EventEndpoint,
  EventEndpointRecord,
  endpointView,
} from './event-endpoint.entity.js';
import { EVENT_TYPES, isEventType } from './event-types.js';
import { newEndpointSecret } from './signed-event.js';

/** More are a mistake: each event of each is a row, a call and a log line. */
const ENDPOINTS_MAX = 20;
/** A day is enough to bring a new secret to every instance of a receiver. */
export const OVERLAP_HOURS = 24;
export const OVERLAP_HOURS_MAX = 7 * 24;

export interface NewEventEndpoint {
  url: string;
  description?: string;
  /** Left out: every type, also those to come. */
  eventTypes?: string[];
}

/** The secret is shown this once. */
export type WithSecret = EventEndpoint & { secret: string };

/** Who is told of events over HTTP, and by which secret they know that it was us. */
@Injectable()
export class EventEndpoints {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly seals: Seals,
    private readonly events: Events,
    private readonly dueWork: DueWork,
    private readonly config: PaymentsConfig,
    private readonly platform: PlatformConfig,
  ) {}

  /** It hears of everything that happens from now on. @throws PaymentsError `validation_failed` */
  async create(wanted: NewEventEndpoint, actor: string): Promise<WithSecret> {
    const { url, description = '', eventTypes } = this.checked(wanted);
    const id = uuidv7();
    const secret = newEndpointSecret();
    const sealed = this.seals.seal({ column: 'event_endpoint.secret', rowId: id }, secret);
    await this.database.transaction(async (tx) => {
      await tx.query(`SELECT pg_advisory_xact_lock(hashtext('payments.event_endpoint'))`);
      const count = await tx.countBy(EventEndpointRecord, { status: 'active' });
      if (count >= ENDPOINTS_MAX) throw invalid(`There are ${ENDPOINTS_MAX} endpoints. Disable one first.`);
      await tx.query(
        `INSERT INTO payments.event_endpoint (id, url, description, event_types, status, secret) VALUES ($1, $2, $3, $4, 'active', $5)`,
        [id, url, description, eventTypes ?? null, sealed],
      );
      await this.record(tx, id, 'created', actor, { url, eventTypes: eventTypes ?? null });
    });
    return { ...endpointView(await this.find(id)), secret };
  }

  /** The newest first. */
  async list({ limit, after }: { limit: number; after?: string }): Promise<EventEndpointRecord[]> {
    return this.database
      .repository(EventEndpointRecord)
      .createQueryBuilder('endpoint')
      .where('(:after::uuid IS NULL OR endpoint.id < :after)', { after: after ?? null })
      .orderBy('endpoint.id', 'DESC')
      .limit(limit)
      .getMany();
  }

  /** @throws PaymentsError `not_found` */
  async find(id: string): Promise<EventEndpointRecord> {
    const endpoint = await this.database.repository(EventEndpointRecord).findOneBy({ id });
    if (!endpoint) throw new PaymentsError('not_found', 'There is no such event endpoint.');
    return endpoint;
  }

  /** A new secret. For some hours the old one signs beside it, so that a receiver can change without losing anything. */
  async rotate(id: string, overlapHours: number, actor: string): Promise<WithSecret> {
    const secret = newEndpointSecret();
    await this.database.transaction(async (tx) => {
      const endpoint = await this.held(tx, id);
      const rowId = endpoint.id;
      const old = this.seals.open({ column: 'event_endpoint.secret', rowId }, endpoint.secret);
      await tx.query(
        `UPDATE payments.event_endpoint
            SET secret = $2, previous_secret = $3::bytea,
                previous_secret_until = CASE WHEN $3::bytea IS NOT NULL THEN clock_timestamp() + make_interval(hours => $4) END
          WHERE id = $1`,
        [
          id,
          this.seals.seal({ column: 'event_endpoint.secret', rowId }, secret),
          overlapHours > 0 ? this.seals.seal({ column: 'event_endpoint.previous_secret', rowId }, old) : null,
          overlapHours,
        ],
      );
      await this.record(tx, id, 'secret_rotated', actor, { overlapHours });
    });
    return { ...endpointView(await this.find(id)), secret };
  }

  /** Nothing is sent there any more; what waits for it is given up, and can be sent again later. */
  async disable(id: string, actor: string): Promise<EventEndpointRecord> {
    await this.database.transaction(async (tx) => {
      const endpoint = await this.held(tx, id);
      if (endpoint.status === 'active') await this.disableHeld(tx, id, 'by_operator', actor);
    });
    return this.find(id);
  }

  /** In the transaction that found out; the endpoint is one that is active. */
  async disableHeld(tx: Transaction, id: string, reason: DisabledReason, actor: string): Promise<void> {
    await tx.query(
      `UPDATE payments.event_endpoint SET status = 'disabled', disabled_reason = $2, disabled_at = clock_timestamp() WHERE id = $1`,
      [id, reason],
    );
    await tx.query(
      `UPDATE payments.event_delivery SET status = 'failed', ended_at = clock_timestamp(), due_at = NULL, fence = fence + 1
        WHERE endpoint_id = $1 AND status = 'waiting'`,
      [id],
    );
    await this.record(tx, id, 'disabled', actor, { reason });
  }

  /** It hears of everything from now on; what happened meanwhile is sent when somebody asks for it. */
  async enable(id: string, actor: string): Promise<EventEndpointRecord> {
    await this.database.transaction(async (tx) => {
      const { status, url } = await this.held(tx, id);
      if (status === 'active') return;
      this.checked({ url }); // the rules may have changed
      await tx.query(
        `UPDATE payments.event_endpoint
            SET status = 'active', disabled_reason = NULL, disabled_at = NULL, failing_since = NULL, paused_until = NULL
          WHERE id = $1`,
        [id],
      );
      await this.record(tx, id, 'enabled', actor, {});
    });
    this.dueWork.wake('event_delivery');
    return this.find(id);
  }

  /** What signs now, the newest first. */
  secretsOf({ id, secret, previousSecret, previousSecretUntil }: EventEndpointRecord): string[] {
    const current = this.seals.open({ column: 'event_endpoint.secret', rowId: id }, secret).toString();
    if (!previousSecret || !previousSecretUntil || previousSecretUntil < new Date()) return [current];
    const place = { column: 'event_endpoint.previous_secret', rowId: id };
    return [current, this.seals.open(place, previousSecret).toString()];
  }

  private checked(wanted: NewEventEndpoint): NewEventEndpoint {
    const { url, eventTypes } = wanted;
    const problem = problemOfUrl(url, {
      mayBePlain: !this.platform.isProduction,
      privateRanges: this.config.EVENT_ENDPOINTS_PRIVATE_RANGES,
    });
    if (problem) throw invalid(problem);
    const unknown = eventTypes?.find((type) => !isEventType(type));
    if (unknown !== undefined)
      throw invalid(`There is no event ${unknown}. There are: ${Object.keys(EVENT_TYPES).join(', ')}.`);
    return wanted;
  }

  private async held(tx: Transaction, id: string): Promise<EventEndpointRecord> {
    const endpoint = await tx.findOne(EventEndpointRecord, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
    if (!endpoint) throw new PaymentsError('not_found', 'There is no such event endpoint.');
    return endpoint;
  }

  private async record(
    tx: Transaction,
    id: string,
    what: string,
    actor: string,
    change: Record<string, unknown>,
  ): Promise<void> {
    await this.events.record(tx, {
      actor,
      action: `event_endpoint.${what}`,
      target: { type: 'event_endpoint', id },
      change,
    });
  }
}

function invalid(message: string): PaymentsError {
  return new PaymentsError('validation_failed', message);
}
