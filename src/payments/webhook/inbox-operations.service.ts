import { Injectable } from '@nestjs/common';
import { DueWork } from '../database/due-work.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import { Seals } from '../database/sealing.js';
import { PaymentsError } from '../payments.contract.js';
import { InboxWriter } from './inbox-writer.js';
import { placeOfBody, WebhookEvent } from './webhook-event.entity.js';
import type { WebhookEventStatus } from './webhook-event-status.js';

/** Which events an operator means. */
export interface EventSelection {
  ids?: string[];
  status?: WebhookEventStatus;
  /** Received at or after, and before. */
  since?: Date;
  until?: Date;
}

/** A charge, a refund or a dispute, by the gateway's own id. */
export interface GatewayObject {
  gateway: string;
  kind: 'payment' | 'refund' | 'dispute';
  providerId: string;
}

export interface EventSummary {
  id: string;
  gateway: string;
  providerEventId: string;
  type: string;
  status: WebhookEventStatus;
  tries: number;
  receivedAt: Date;
  lastError: string | null;
}

const SELECTED = `($1::uuid[] IS NULL OR id = ANY ($1)) AND ($2::text IS NULL OR status = $2)
  AND ($3::timestamptz IS NULL OR received_at >= $3) AND ($4::timestamptz IS NULL OR received_at < $4)`;

/** What an operator does with the inbox. */
@Injectable()
export class InboxOperations {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly dueWork: DueWork,
    private readonly seals: Seals,
    private readonly writer: InboxWriter,
  ) {}

  /** The newest first. */
  async list(selection: EventSelection, limit: number): Promise<EventSummary[]> {
    return this.database.query<EventSummary[]>(
      `SELECT id, gateway, provider_event_id AS "providerEventId", type, status, tries, received_at AS "receivedAt",
              last_error AS "lastError"
         FROM payments.webhook_event WHERE ${SELECTED} ORDER BY received_at DESC LIMIT $5`,
      [...valuesOf(selection), limit],
    );
  }

  /** The bytes that the gateway signed. @throws PaymentsError `not_found` */
  async body(id: string): Promise<string> {
    const event = await this.database.repository(WebhookEvent).findOneBy({ id });
    if (!event) throw new PaymentsError('not_found', 'There is no such webhook event.');
    if (!event.body) throw new PaymentsError('not_found', 'It told of a payer who was erased, and is gone.');
    return this.seals.open(placeOfBody(id), event.body).toString();
  }

  /**
   * As if the gateway had told of each just now: how it stands is read there and settled, and tried again until it is.
   * `occasion` tells one asking from the next. Returns how many.
   */
  async hearOf(occasion: string, objects: readonly GatewayObject[]): Promise<number> {
    await Promise.all(
      objects.map(({ gateway, kind, providerId }) => {
        const event = {
          providerEventId: `${occasion}:${kind}:${providerId}`,
          account: 'own',
          type: 'tokenkeep.asked_again',
          subject: { kind, providerId },
        };
        return this.writer.write({ gateway, event, body: Buffer.from(JSON.stringify(event)) });
      }),
    );
    this.dueWork.wake('webhook_event');
    return objects.length;
  }

  /**
   * Makes events due again, from the start of their tries; applying one twice has no second effect. What a person has
   * dismissed is left alone unless it is asked for by name. Returns how many.
   */
  async replay(selection: EventSelection): Promise<number> {
    const [, count] = await this.database.query<[unknown, number]>(
      `UPDATE payments.webhook_event SET status = 'received', tries = 0, due_at = clock_timestamp()
        WHERE ${SELECTED} AND (status <> 'dismissed' OR $1::uuid[] IS NOT NULL OR $2::text IS NOT NULL)`,
      valuesOf(selection),
    );
    this.dueWork.wake('webhook_event');
    return count;
  }

  /** A person has dealt with it elsewhere: nothing is applied, and nobody is asked to look at it again. @throws PaymentsError `not_found` */
  async dismiss(id: string): Promise<void> {
    const [, count] = await this.database.query<[unknown, number]>(
      `UPDATE payments.webhook_event SET status = 'dismissed' WHERE id = $1 AND status = 'parked'`,
      [id],
    );
    if (count === 0) throw new PaymentsError('not_found', 'There is no parked webhook event with this id.');
  }
}

function valuesOf({ ids, status, since, until }: EventSelection): unknown[] {
  return [ids ?? null, status ?? null, since ?? null, until ?? null];
}
