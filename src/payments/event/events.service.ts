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
    const values = recordedValues(change);
    await tx.query(
      RECORD,
      COLUMNS.map((column) => values[column]),
    );
  }

  /** Committed: the relay may look now. */
  published(): void {
    this.dueWork.wake('outbox_message');
    this.dueWork.wake('event_delivery');
  }
}

/** What is recorded of a change. */
export const RECORDED = {
  audit_id: 'uuid',
  actor: 'text',
  action: 'text',
  target_type: 'text',
  target_id: 'uuid',
  change: 'jsonb',
  origin: 'jsonb',
  message_id: 'uuid',
  message_type: 'text',
  payload: 'jsonb',
} as const;

/**
 * For a statement that writes changes by itself: parts of its WITH, which record each row of `changed` that has the columns `RECORDED`
 * once, with a delivery for each endpoint that wants to hear of it; a row in which they are null is not recorded.
 */
export function recordedWith(changed: string): string {
  return `audited AS (
      INSERT INTO payments.audit_entry (id, actor, action, target_type, target_id, change, origin)
      SELECT audit_id, actor, action, target_type, target_id, change, origin FROM ${changed} WHERE audit_id IS NOT NULL),
    told AS (
      INSERT INTO payments.outbox_message (id, aggregate_id, type, payload, due_at)
      SELECT message_id, target_id, message_type, payload, clock_timestamp() FROM ${changed} WHERE message_id IS NOT NULL
      RETURNING id, aggregate_id, position, type),
    sent AS (
      INSERT INTO payments.event_delivery (id, endpoint_id, message_id, aggregate_id, position, status, due_at)
      SELECT gen_random_uuid(), endpoint.id, told.id, told.aggregate_id, told.position, 'waiting', clock_timestamp()
        FROM told JOIN payments.event_endpoint endpoint
          ON endpoint.status = 'active' AND (endpoint.event_types IS NULL OR told.type = ANY (endpoint.event_types)))`;
}

/** The values of `RECORDED`; null where there is nothing to record. A message has the id of the audit entry that tells the same. */
export function recordedValues(change: Change | null): Record<keyof typeof RECORDED, unknown> {
  const id = change && uuidv7();
  const publish = change?.publish;
  return {
    audit_id: id,
    actor: change?.actor,
    action: change?.action,
    target_type: change?.target.type,
    target_id: change?.target.id,
    change: change && JSON.stringify(change.change),
    origin: change && JSON.stringify(currentOrigin()),
    message_id: publish && id,
    message_type: publish?.type,
    payload: publish && JSON.stringify(publish.payload),
  };
}

const COLUMNS = Object.keys(RECORDED) as (keyof typeof RECORDED)[];
const VALUES = COLUMNS.map((column, at) => `$${at + 1}::${RECORDED[column]} AS ${column}`);
const RECORD = `WITH changed AS (SELECT ${VALUES.join(', ')}), ${recordedWith('changed')} SELECT`;
