import type { MigrationInterface, QueryRunner } from 'typeorm';

export class InstalmentsBegun1764600000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Said before payments are asked: from here on its plan is not given up, also before the payment is heard of.
      ALTER TABLE app.instalment ADD payment_begun_at timestamptz`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE app.instalment DROP COLUMN payment_begun_at`);
  }
}
