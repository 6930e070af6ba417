import { Injectable } from '@nestjs/common';
import { BusinessClock } from '../../platform/clock/business-clock.js';
import { DueWork } from '../database/due-work.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import type { PaymentMethodUse } from '../payments.contract.js';
import { planCheck } from './payment-method-task.js';
import { PaymentMethods } from './payment-methods.service.js';

/** What will charge a method one day: plans and autopay of neighbours, as they declare it. */
@Injectable()
export class PaymentMethodUses {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly methods: PaymentMethods,
    private readonly dueWork: DueWork,
    private readonly clock: BusinessClock,
  ) {}

  /** The method is held meanwhile, so that nobody removes it in the same moment. @throws PaymentsError */
  async declare(use: PaymentMethodUse): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.methods.chargeable(tx, use.payerId, use.paymentMethodId);
      await tx.query(
        `INSERT INTO payments.payment_method_use (name, payer_id, payment_method_id, description, next_charge_on)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name) DO UPDATE SET payment_method_id = excluded.payment_method_id, payer_id = excluded.payer_id,
           description = excluded.description, next_charge_on = excluded.next_charge_on`,
        [use.name, use.payerId, use.paymentMethodId, use.description, use.nextChargeOn],
      );
      await planCheck(tx, use.paymentMethodId, this.clock.now());
    });
    this.dueWork.wake('payment_method_task');
  }

  async end(name: string): Promise<void> {
    await this.database.query(`SELECT payments.end_payment_method_use($1)`, [name]);
  }
}
