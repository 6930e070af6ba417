import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { Payments } from '../payments/payments.contract.js';
import { PlatformConfig } from '../platform/platform.config.js';
import { BusinessClock } from '../platform/clock/business-clock.js';
import { DueRows, type TakenRow } from '../platform/postgres/due-rows.js';
import { declareIfUsable, tellAsItIs } from './declared-use.js';

const BATCH = 10;
const LEASE_SECONDS = 60;

interface Setting {
  payerId: string;
  /** Null when it was switched off. */
  paymentMethodId: string | null;
}

/** Tells payments which method autopay uses, soon after it changed: also while no invoice is open it is not removed by mistake. */
@Injectable()
export class AutopayUses extends DueRows {
  constructor(
    @InjectDataSource() dataSource: DataSource,
    private readonly payments: Payments,
    config: PlatformConfig,
    clock: BusinessClock,
  ) {
    super(dataSource, clock, config, { table: 'app.autopay_use', batch: BATCH, leaseSeconds: LEASE_SECONDS });
  }

  protected async work(row: TakenRow): Promise<void> {
    const name = `autopay:${row.id}`;
    const setting = await tellAsItIs(
      () => this.read(row.id),
      (found) => this.tell(name, found),
    );
    if (!setting) return; // the payer was erased
    await this.dataSource.transaction(async (tx) => {
      await this.done(tx, row);
      if (!setting.paymentMethodId) await tx.query(`DELETE FROM app.autopay_use WHERE id = $1`, [row.id]);
    });
  }

  private async read(id: string): Promise<Setting | null> {
    const [setting] = await this.dataSource.query<Setting[]>(
      `SELECT payer_id AS "payerId", payment_method_id AS "paymentMethodId"
         FROM app.autopay_use LEFT JOIN app.autopay USING (payer_id) WHERE id = $1`,
      [id],
    );
    return setting ?? null;
  }

  private async tell(name: string, setting: Setting | null): Promise<void> {
    if (setting?.paymentMethodId)
      await declareIfUsable(this.payments, {
        name,
        payerId: setting.payerId,
        paymentMethodId: setting.paymentMethodId,
        description: 'Autopay',
        nextChargeOn: null, // the plans that it makes say theirs
      });
    else await this.payments.endUse(name);
  }
}

/** Has payments told, soon and durably, what the payer's autopay uses now. */
export async function autopayChanged(tx: EntityManager, payerId: string): Promise<void> {
  await tx.query(
    `INSERT INTO app.autopay_use AS known (payer_id) VALUES ($1)
     ON CONFLICT (payer_id) DO UPDATE SET ready_at = '-infinity', leased_until = NULL, fence = known.fence + 1, tries = 0`,
    [payerId],
  );
}
