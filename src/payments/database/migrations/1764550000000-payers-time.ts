import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a payment is looked at next is one thing, until when its payer has time another. */
export class PayersTime1764550000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Before that nobody ends a payment that waits for its payer, however often the gateway is asked.
      ALTER TABLE payments.payment_attempt ADD payer_until timestamptz;
      UPDATE payments.payment_attempt AS attempt SET payer_until = due_at
        FROM payments.payment WHERE payment.id = attempt.payment_id AND payment.status = 'requires_action'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE payments.payment_attempt DROP COLUMN payer_until`);
  }
}
