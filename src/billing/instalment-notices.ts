import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type MoneyNotice, Notifications } from '../notifications/notifications.contract.js';
import type { HeldInstalment } from './instalments.js';

type InstalmentNotice = Pick<MoneyNotice, 'key' | 'kind' | 'reason' | 'nextTryOn'>;

/** Tells payers how their instalments stand, by the names that they know them by. */
@Injectable()
export class InstalmentNotices {
  constructor(private readonly notifications: Notifications) {}

  async tell(tx: EntityManager, instalment: HeldInstalment, notice: InstalmentNotice): Promise<void> {
    const { plan, amountMinor, currency } = instalment;
    await this.notifications.tell(tx, {
      payerId: plan.payerId,
      description: await nameOf(tx, instalment),
      amountMinor,
      currency,
      place: plan.withdrawn ? `/invoices/${plan.invoiceId}` : `/plans/${plan.id}`,
      ...notice,
    });
  }
}

/** `Tuition, autumn term, instalment 3 of 10`. */
async function nameOf(tx: EntityManager, { planId, position, plan }: HeldInstalment): Promise<string> {
  if (plan.origin === 'autopay') return plan.description;
  const [row] = await tx.query<[{ count: number }]>(
    `SELECT count(*)::int AS count FROM app.instalment WHERE plan_id = $1`,
    [planId],
  );
  return `${plan.description}, instalment ${position} of ${row.count}`;
}
