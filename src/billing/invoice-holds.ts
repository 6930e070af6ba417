import { type EntityManager, Not } from 'typeorm';
import { Problem } from '../platform/problem/problem.js';
import { holdPlan } from './instalments.js';
import { Invoice } from './invoice.entity.js';
import { isBeingPaid } from './payment-begun.js';
import { Plan } from './plan.entity.js';

/**
 * An invoice and the plan that pays it, held until the transaction ends: the plan first, as everywhere, so that nobody waits in
 * a circle. @throws Problem when a plan was made in the same moment
 */
export async function holdWithPlan(
  tx: EntityManager,
  id: string,
): Promise<{ invoice: Invoice; plan: Plan | null }> {
  const found = await planOf(tx, id);
  const plan = found && (await holdPlan(tx, found.id));
  const invoice = await tx.findOneOrFail(Invoice, { where: { id }, lock: { mode: 'pessimistic_write' } });
  const now = await planOf(tx, id);
  if (now && now.id !== plan?.id)
    throw new Problem('invoice_on_plan', 'This invoice is paid by a plan that was made just now.');
  return { invoice, plan: now && plan };
}

/** Also one that is completed: autopay knows that its charge succeeded before the invoice does. */
function planOf(tx: EntityManager, invoiceId: string): Promise<Plan | null> {
  return tx.findOneBy(Plan, { invoiceId, status: Not('cancelled') });
}

/** The whole is not paid and not being paid; the invoice is held. @throws Problem */
export async function assertUnpaid(tx: EntityManager, { id, status }: Invoice): Promise<void> {
  if (status === 'paid') throw new Problem('obligation_already_paid', 'This invoice has been paid already.');
  const [beingPaid] = await tx.query<unknown[]>(
    `SELECT FROM app.invoice WHERE id = $1 AND ${isBeingPaid('invoice')}`,
    [id],
  );
  if (beingPaid)
    throw new Problem(
      'obligation_has_open_payment',
      'A payment of this invoice is under way. Wait until it has ended, or cancel it.',
    );
}
