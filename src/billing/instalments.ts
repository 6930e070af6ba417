import type { EntityManager } from 'typeorm';
import { Problem } from '../platform/problem/problem.js';
import { canBecome, type InstalmentReason, type InstalmentStatus } from './instalment-status.js';
import { Instalment, Plan } from './plan.entity.js';

/** An instalment with its plan, held until the transaction ends. Plans are held first, so that nobody waits in a circle. */
export interface HeldInstalment extends Instalment {
  plan: Plan;
}

/** The instalment that a payment is for, or null when it pays something else. */
export function holdByObligation(tx: EntityManager, obligation: string): Promise<HeldInstalment | null> {
  return hold(tx, `obligation = $1 AND status <> 'cancelled'`, obligation);
}

export function holdById(tx: EntityManager, id: string): Promise<HeldInstalment | null> {
  return hold(tx, 'id = $1', id);
}

async function hold(tx: EntityManager, where: string, value: string): Promise<HeldInstalment | null> {
  const rows = await tx.query<{ id: string; plan_id: string }[]>(
    `SELECT id, plan_id FROM app.instalment WHERE ${where}`,
    [value],
  );
  const row = rows[0];
  if (!row) return null;
  const plan = await holdPlan(tx, row.plan_id);
  const instalment = await tx.findOneByOrFail(Instalment, { id: row.id });
  return Object.assign(instalment, { plan });
}

export async function holdPlan(tx: EntityManager, id: string): Promise<Plan> {
  return tx.findOneOrFail(Plan, { where: { id }, lock: { mode: 'pessimistic_write' } });
}

/** Everything that an instalment can become by itself; the statuses decide which columns go with it. */
export type Change =
  | { to: 'scheduled'; readyAt: Date }
  | { to: 'collecting'; paymentId: string | null }
  | { to: 'action_needed'; reason: InstalmentReason; paymentId?: string }
  | { to: 'paid'; paymentId: string; paidAt: string };

/** How one instalment moves on; its plan is held. Those of a plan that ends are cancelled together: `cancelUncharged`. */
export async function move(tx: EntityManager, instalment: Instalment, change: Change): Promise<void> {
  assertEdge(instalment.status, change.to);
  const after = {
    status: change.to,
    statusReason: change.to === 'action_needed' ? change.reason : null,
    readyAt: change.to === 'scheduled' ? change.readyAt : null,
    paymentId: 'paymentId' in change ? (change.paymentId ?? null) : instalment.paymentId,
    paidAt: change.to === 'paid' ? new Date(change.paidAt) : null,
  };
  await tx.query(
    `UPDATE app.instalment
        SET status = $2, status_reason = $3, ready_at = $4, payment_id = $5, paid_at = $6, leased_until = NULL, tries = 0
      WHERE id = $1`,
    [instalment.id, after.status, after.statusReason, after.readyAt, after.paymentId, after.paidAt],
  );
  Object.assign(instalment, after);
}

function assertEdge(from: InstalmentStatus, to: InstalmentStatus): void {
  const isSame = from === to && (to === 'scheduled' || to === 'action_needed' || to === 'collecting');
  if (!isSame && !canBecome(from, to)) throw new Error(`An instalment that is ${from} cannot become ${to}`);
}

/** Has payments told, soon and durably, what the plan uses now. */
export async function planChanged(tx: EntityManager, planId: string): Promise<void> {
  await tx.query(
    `UPDATE app.plan SET ready_at = '-infinity', leased_until = NULL, fence = fence + 1, tries = 0 WHERE id = $1`,
    [planId],
  );
}

export function noSuchPlan(): Problem {
  return new Problem('not_found', 'There is no such plan, or it is not yours.');
}
