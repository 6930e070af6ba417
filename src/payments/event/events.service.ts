import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type {
  Dispute,
  DisputeEventType,
  PayerErased,
  Payment,
  PaymentEventType,
  PaymentMethod,
  PaymentMethodEventType,
  PaymentMethodReason,
  Refund,
  RefundEventType,
} from '../payments.contract.js';
import { currentOrigin } from '../../platform/http/request-origin.js';
import { DueWork } from '../database/due-work.js';
import type { Transaction } from '../database/payments-database.js';

/** One change of state: always audited; published when others may know. */
export interface Change {
  /** Issuer and subject of a person, or the name of a part of payments: `recovery`, `webhook`. */
  actor: string;
  action: string;
  target: {
    type: 'payment' | 'payment_method' | 'setup_intent' | 'payer_erasure' | 'event_endpoint';
    id: string;
  };
  change: Record<string, unknown>;
  publish?:
    | { type: PaymentEventType; payload: { payment: Payment } }
    | { type: RefundEventType; payload: { payment: Payment; refund: Refund } }
    | { type: DisputeEventType; payload: { payment: Payment; dispute: Dispute } }
    | {
        type: PaymentMethodEventType;
        payload: {
          payerId: string;
          paymentMethod: PaymentMethod;
          reason: PaymentMethodReason;
          replacedBy: string | null;
        };
      }
    | { type: PayerErased['type']; payload: Pick<PayerErased, 'payerId' | 'standIn'> };
}

/** Writes what happened beside what changed, in the same transaction. */
@Injectable()
export class Events {
  constructor(private readonly dueWork: DueWork) {}

  /** Call once for each change of state. After the commit, call `published` so that nobody waits for a poll. */
  async record(tx: Transaction, change: Change): Promise<void> {
    await tx.query(RECORD, recordedValues(change));
  }

  /** Committed: the relay may look now. */
  published(): void {
    this.dueWork.wake('outbox_message');
    this.dueWork.wake('event_delivery');
  }
}

/** How many values `recordedWith` takes. */
const RECORDED = 10;

/**
 * For a statement that writes a change by itself: parts of its WITH, which record the change once for a row of `changed`, with
 * a delivery for each endpoint that wants to hear of it, and nothing when that has none. Their values are `recordedValues`, from `$first` on.
 */
export function recordedWith(changed: string, first: number): string {
  const [id, actor, action, type, target, change, origin, messageId, messageType, payload] = Array.from(
    { length: RECORDED },
    (_, index) => `$${first + index}`,
  );
  return `audited AS (
      INSERT INTO payments.audit_entry (id, actor, action, target_type, target_id, change, origin)
      SELECT ${id}::uuid, ${actor}::text, ${action}::text, ${type}::text, ${target}::uuid, ${change}::jsonb, ${origin}::jsonb
        FROM ${changed} WHERE ${id}::uuid IS NOT NULL),
    told AS (
      INSERT INTO payments.outbox_message (id, aggregate_id, type, payload, due_at)
      SELECT ${messageId}::uuid, ${target}::uuid, ${messageType}::text, ${payload}::jsonb, clock_timestamp()
        FROM ${changed} WHERE ${messageId}::uuid IS NOT NULL
      RETURNING id, aggregate_id, position, type),
    sent AS (
      INSERT INTO payments.event_delivery (id, endpoint_id, message_id, aggregate_id, position, status, due_at)
      SELECT gen_random_uuid(), endpoint.id, told.id, told.aggregate_id, told.position, 'waiting', clock_timestamp()
        FROM told JOIN payments.event_endpoint endpoint
          ON endpoint.status = 'active' AND (endpoint.event_types IS NULL OR told.type = ANY (endpoint.event_types)))`;
}

/** What `recordedWith` writes; null where there is nothing to record. */
export function recordedValues(change: Change | null): unknown[] {
  if (!change) return Array<null>(RECORDED).fill(null);
  const { actor, action, target, publish } = change;
  const message = publish ? [uuidv7(), publish.type, JSON.stringify(publish.payload)] : [null, null, null];
  const details = [JSON.stringify(change.change), JSON.stringify(currentOrigin())];
  return [uuidv7(), actor, action, target.type, target.id, ...details, ...message];
}

const RECORD = `WITH changed AS (SELECT), ${recordedWith('changed', 1)} SELECT`;
