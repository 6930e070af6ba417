import type { MigrationInterface, QueryRunner } from 'typeorm';

export class InstalmentPayments1764500000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Whoever made it: while a payment of an instalment is under way, its plan cannot be given up.
      ALTER TABLE app.instalment ADD open_payment_id uuid`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE app.instalment DROP COLUMN open_payment_id`);
  }
}
