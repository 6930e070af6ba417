import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { type PayerErased, Payments } from '../payments/payments.contract.js';
import { PlanUses } from './plan-uses.service.js';
import { cancelUncharged } from './plan-writing.js';

/** Invoices and plans stay, as records of money, and name the stand-in. Applying it again finds nobody. */
@Injectable()
export class ErasedPayers implements OnModuleInit {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly payments: Payments,
    private readonly uses: PlanUses,
  ) {}

  onModuleInit(): void {
    this.payments.subscribe('billing: erasure', async (event) => {
      if (event.type === 'payer.erased') await this.replace(event);
    });
  }

  private async replace({ payerId, standIn }: PayerErased): Promise<void> {
    await this.dataSource.transaction(async (tx) => {
      for (const table of ['autopay', 'autopay_use'])
        await tx.query(`DELETE FROM app.${table} WHERE payer_id = $1`, [payerId]); // payments end its use themselves
      await this.endPlans(tx, payerId);
      // Whoever agreed to a plan is a person; autopay is not. A key of nobody is never sent again.
      await tx.query(
        `UPDATE app.plan
            SET payer_id = $2, fingerprint = CASE origin WHEN 'agreed' THEN '' ELSE fingerprint END,
                caller = CASE origin WHEN 'agreed' THEN $2 || ' ' || id ELSE caller END
          WHERE payer_id = $1`,
        [payerId, standIn],
      );
      await tx.query(`UPDATE app.invoice SET payer_id = $2 WHERE payer_id = $1`, [payerId, standIn]);
    });
    this.uses.wake();
  }

  /** One that payments had not heard of yet when they looked for what is open. */
  private async endPlans(tx: EntityManager, payerId: string): Promise<void> {
    const plans = await tx.query<{ id: string }[]>(
      `SELECT id FROM app.plan WHERE payer_id = $1 AND status = 'active' ORDER BY id FOR UPDATE`,
      [payerId],
    );
    for (const { id } of plans) await cancelUncharged(tx, id);
  }
}
