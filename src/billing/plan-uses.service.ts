import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { Payments } from '../payments/payments.contract.js';
import { PlatformConfig } from '../platform/platform.config.js';
import { BusinessClock } from '../platform/clock/business-clock.js';
import { DueRows, type TakenRow } from '../platform/postgres/due-rows.js';
import { declareIfUsable, tellAsItIs } from './declared-use.js';

const BATCH = 10;
const LEASE_SECONDS = 60;

interface PlanInUse {
  payerId: string;
  paymentMethodId: string;
  status: string;
  description: string;
  nextChargeOn: string | null;
}

/** Tells payments which method each plan uses, soon after it changed: a method in use is not removed by mistake. */
@Injectable()
export class PlanUses extends DueRows {
  constructor(
    @InjectDataSource() dataSource: DataSource,
    private readonly payments: Payments,
    config: PlatformConfig,
    clock: BusinessClock,
  ) {
    super(dataSource, clock, config, { table: 'app.plan', batch: BATCH, leaseSeconds: LEASE_SECONDS });
  }

  protected async work(row: TakenRow): Promise<void> {
    const name = `plan:${row.id}`;
    await tellAsItIs(
      () => this.read(row.id),
      ({ status, ...use }) =>
        status === 'active' ? declareIfUsable(this.payments, { name, ...use }) : this.payments.endUse(name),
    );
    await this.dataSource.transaction((tx) => this.done(tx, row));
  }

  private async read(id: string): Promise<PlanInUse> {
    const [plan] = await this.dataSource.query<[PlanInUse]>(
      `SELECT payer_id AS "payerId", payment_method_id AS "paymentMethodId", status, description,
              (SELECT to_char(min(due_on), 'YYYY-MM-DD') FROM app.instalment
                WHERE plan_id = plan.id AND status = 'scheduled') AS "nextChargeOn"
         FROM app.plan WHERE id = $1`,
      [id],
    );
    return plan;
  }
}
