import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Refunds that failed are few, and looked for every few seconds. */
export class FailedRefunds1764600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX refund_failed ON payments.refund (created_at) WHERE status = 'failed'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX payments.refund_failed`);
  }
}
