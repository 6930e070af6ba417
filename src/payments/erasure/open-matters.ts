import type { Statements } from '../database/payments-database.js';

/** What keeps a payer from being erased. */
export interface OpenMatter {
  kind: 'payment' | 'refund' | 'dispute' | 'plan';
  id: string;
  note: string;
}

/** Money on its way, a bank that may ask who it was, and what would charge a saved method one day. Autopay by itself owes nothing. */
export async function openMattersOf(database: Statements, payerId: string): Promise<OpenMatter[]> {
  return database.query<OpenMatter[]>(
    `SELECT 'payment' AS kind, id::text, status AS note FROM payments.payment
      WHERE payer_id = $1 AND status IN ('processing', 'requires_action', 'requires_capture')
     UNION ALL
     SELECT 'refund', refund.id::text, refund.status FROM payments.refund JOIN payments.payment ON payment.id = payment_id
      WHERE payer_id = $1 AND refund.status = 'pending'
     UNION ALL
     SELECT 'refund', request.id::text, 'waits for a second person'
       FROM payments.refund_request request JOIN payments.payment ON payment.id = payment_id
      WHERE payer_id = $1 AND request.status = 'pending' AND request.expires_at > clock_timestamp()
     UNION ALL
     SELECT 'dispute', dispute.id::text, dispute.status FROM payments.dispute JOIN payments.payment ON payment.id = payment_id
      WHERE payer_id = $1 AND dispute.status NOT IN ('inquiry_closed', 'won', 'lost')
     UNION ALL
     SELECT 'plan', name, description FROM payments.payment_method_use WHERE payer_id = $1 AND name NOT LIKE 'autopay:%'
      ORDER BY kind, id`,
    [payerId],
  );
}
