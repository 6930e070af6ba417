import type { MigrationInterface, QueryRunner } from 'typeorm';

export class WithdrawnPlans1764600000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Autopay was switched off, or over to another method, while the plan was charged: it is not charged again.
      ALTER TABLE app.plan ADD withdrawn boolean NOT NULL DEFAULT false;
      UPDATE app.plan SET withdrawn = true
       WHERE origin = 'autopay' AND status = 'active'
         AND NOT EXISTS (SELECT FROM app.autopay WHERE payer_id = plan.payer_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE app.plan DROP COLUMN withdrawn`);
  }
}
