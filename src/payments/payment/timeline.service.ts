import { Injectable } from '@nestjs/common';
import { PaymentsDatabase } from '../database/payments-database.js';
import { PaymentsService } from './payments.service.js';

/** One thing that happened to a payment. */
export interface TimelineEntry {
  at: Date;
  /**
   * `change`: a change of state, from the audit log; `gateway_request`: what we asked of a gateway, with the id by which
   * its own log knows it; `gateway_event`: what it told us.
   */
  kind: 'change' | 'gateway_request' | 'gateway_event';
  /** Who or what made it; of a request, who answered it. */
  actor: string;
  what: string;
  details: Record<string, unknown>;
}

/** Everything that happened to one payment, its refunds and its disputes, in order. */
@Injectable()
export class Timeline {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly payments: PaymentsService,
  ) {}

  /** The oldest first. @throws PaymentsError `not_found` */
  async of(paymentId: string): Promise<TimelineEntry[]> {
    await this.payments.find(paymentId);
    return this.database.query<TimelineEntry[]>(
      `WITH provider_id AS (
         SELECT provider_payment AS id FROM payments.payment_attempt WHERE payment_id = $1
         UNION SELECT provider_refund FROM payments.refund WHERE payment_id = $1
         UNION SELECT provider_dispute FROM payments.dispute WHERE payment_id = $1),
       asked AS (
         SELECT gateway, gateway_requests FROM payments.payment_attempt WHERE payment_id = $1
         UNION ALL SELECT gateway, gateway_requests FROM payments.refund WHERE payment_id = $1
         UNION ALL SELECT gateway, gateway_requests FROM payments.dispute WHERE payment_id = $1),
       entry (at, kind, actor, what, details, place) AS (
         SELECT occurred_at, 'change', actor, action, change, position
           FROM payments.audit_entry WHERE target_id = $1 AND kind = 'change'
         UNION ALL
         SELECT (request ->> 'at')::timestamptz, 'gateway_request', gateway, request ->> 'call',
                jsonb_build_object('requestId', request -> 'id', 'httpStatus', request -> 'httpStatus'), place
           FROM asked, jsonb_array_elements(gateway_requests) WITH ORDINALITY AS sent (request, place)
         UNION ALL
         SELECT received_at, 'gateway_event', gateway, type,
                jsonb_build_object('id', provider_event_id, 'status', status, 'processedAt', processed_at, 'lastError', last_error),
                0
           FROM payments.webhook_event JOIN provider_id ON subject ->> 'providerId' = provider_id.id)
       SELECT at, kind, actor, what, details FROM entry ORDER BY at, place`,
      [paymentId],
    );
  }
}
