import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { PaymentMethod } from '../payments/payments.contract.js';
import { type HeldInstalment, planChanged } from './instalments.js';
import type { Invoice } from './invoice.entity.js';
import { obligationOf, obligationOfInstalment } from './obligation.js';
import { isBeingPaid } from './payment-begun.js';
import type { ScheduledInstalment } from './plan-schedule.js';

export interface NewPlan {
  invoice: Invoice;
  origin: 'agreed' | 'autopay';
  method: Pick<PaymentMethod, 'id' | 'type'>;
  instalments: (ScheduledInstalment & { readyAt: Date })[];
  fingerprint: string;
  requester: { caller: string; idempotencyKey: string };
}

/** Writes a plan with its instalments; the invoice is held. Returns its id. */
export async function insertPlan(tx: EntityManager, plan: NewPlan): Promise<string> {
  const id = uuidv7();
  const { invoice, origin, method, requester } = plan;
  await tx.query(
    `INSERT INTO app.plan
       (id, payer_id, invoice_id, origin, status, description, payment_method_id, payment_method_type,
        caller, idempotency_key, fingerprint, ready_at)
     VALUES ($1, $2, $3, $4, 'active', $5, $6, $7, $8, $9, $10, '-infinity')`,
    [
      id,
      invoice.payerId,
      invoice.id,
      origin,
      invoice.description,
      method.id,
      method.type,
      requester.caller,
      requester.idempotencyKey,
      plan.fingerprint,
    ],
  );
  for (const { position, amountMinor, dueOn, readyAt } of plan.instalments) {
    const instalmentId = uuidv7();
    // Autopay pays the invoice itself, so that the payer who pays it by hand and autopay stand in each other's way.
    const obligation = origin === 'autopay' ? obligationOf(invoice) : obligationOfInstalment(instalmentId);
    await tx.query(
      `INSERT INTO app.instalment
         (id, plan_id, position, amount_minor, currency, due_on, obligation, status, ready_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, 'scheduled', $8)`,
      [instalmentId, id, position, amountMinor, invoice.currency, dueOn, obligation, readyAt],
    );
  }
  return id;
}

/** Ends a plan of which nothing is paid, or nothing any more; false when something is, or is being paid now. */
export async function cancelUncharged(tx: EntityManager, planId: string): Promise<boolean> {
  const [row] = await tx.query<[{ touched: boolean }]>(
    `SELECT EXISTS (SELECT FROM app.instalment WHERE plan_id = $1
                     AND ((status = 'paid' AND NOT given_back) OR status = 'collecting' OR ${isBeingPaid('instalment')}))
         OR EXISTS (SELECT FROM app.instalment_charge charge JOIN app.instalment ON instalment.id = instalment_id
                     WHERE plan_id = $1 AND (outcome IS NULL OR status_reason = 'authentication_required')) AS touched`,
    [planId],
  );
  if (row.touched) return false;
  await tx.query(
    `UPDATE app.instalment SET status = 'cancelled', status_reason = NULL, ready_at = NULL, leased_until = NULL
      WHERE plan_id = $1`,
    [planId],
  );
  await tx.query(`UPDATE app.plan SET status = 'cancelled' WHERE id = $1 AND status = 'active'`, [planId]);
  await planChanged(tx, planId);
  return true;
}

/** Once its last instalment is paid, the plan is done, and its invoice with it. */
export async function completePlan(
  tx: EntityManager,
  { planId, plan }: HeldInstalment,
  at: string,
): Promise<void> {
  await planChanged(tx, planId);
  const [, count] = await tx.query<[unknown, number]>(
    `UPDATE app.plan SET status = 'completed'
      WHERE id = $1 AND status = 'active'
        AND NOT EXISTS (SELECT FROM app.instalment WHERE plan_id = $1 AND status <> 'paid')`,
    [planId],
  );
  if (count === 0 || plan.origin === 'autopay') return; // an autopaid invoice is paid by the payment itself
  await tx.query(
    `UPDATE app.invoice SET status = 'paid', plan_id = $2, paid_at = $3, returned_at = NULL WHERE id = $1 AND status = 'open'`,
    [plan.invoiceId, planId, at],
  );
}
