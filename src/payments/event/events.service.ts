import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type {
  Dispute,
  DisputeEventType,
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
  target: { type: 'payment' | 'payment_method' | 'setup_intent'; id: string };
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
      };
}

/** Writes what happened beside what changed, in the same transaction. */
@Injectable()
export class Events {
  constructor(private readonly dueWork: DueWork) {}

  /** Call once for each change of state. After the commit, call `published` so that nobody waits for a poll. */
  async record(tx: Transaction, { actor, action, target, change, publish }: Change): Promise<void> {
    await tx.query(
      `WITH audited AS (
         INSERT INTO payments.audit_entry (id, actor, action, target_type, target_id, change, origin)
         VALUES ($1, $2, $3, $4, $5, $6, $10))
       INSERT INTO payments.outbox_message (id, aggregate_id, type, payload, due_at)
       SELECT $7::uuid, $5::uuid, $8::text, $9::jsonb, clock_timestamp() WHERE $7 IS NOT NULL`,
      [
        uuidv7(),
        actor,
        action,
        target.type,
        target.id,
        JSON.stringify(change),
        publish ? uuidv7() : null,
        publish?.type ?? null,
        publish ? JSON.stringify(publish.payload) : null,
        JSON.stringify(currentOrigin()),
      ],
    );
  }

  /** Committed: the relay may look now. */
  published(): void {
    this.dueWork.wake('outbox_message');
  }
}
