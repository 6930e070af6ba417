import { Injectable } from '@nestjs/common';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import type { PaymentMethodUse } from '../payments.contract.js';
import { PaymentMethods } from './payment-methods.service.js';

/** What will charge a method one day: plans and autopay of neighbours, as they declare it. */
@Injectable()
export class PaymentMethodUses {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly methods: PaymentMethods,
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
    });
  }

  async end(name: string): Promise<void> {
    await this.database.query(`DELETE FROM payments.payment_method_use WHERE name = $1`, [name]);
  }
}

/** What depends on a method, the soonest first. */
export async function usesOf(tx: Transaction, paymentMethodId: string): Promise<PaymentMethodUse[]> {
  return tx.query<PaymentMethodUse[]>(
    `SELECT name, payer_id AS "payerId", payment_method_id AS "paymentMethodId", description,
            to_char(next_charge_on, 'YYYY-MM-DD') AS "nextChargeOn"
       FROM payments.payment_method_use WHERE payment_method_id = $1 ORDER BY next_charge_on NULLS LAST, name`,
    [paymentMethodId],
  );
}
