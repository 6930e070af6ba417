import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a bank sent a refund back: one that was made before that does not make up for it. */
export class RefundFailedAt1764650000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE payments.refund ADD failed_at timestamptz`);
    await runner.query(`UPDATE payments.refund SET failed_at = created_at WHERE status = 'failed'`);
    await runner.query(`
      ALTER TABLE payments.refund ADD CONSTRAINT refund_failed_at CHECK ((status = 'failed') = (failed_at IS NOT NULL))`);
    await runner.query(`DROP INDEX payments.refund_failed`);
    await runner.query(`CREATE INDEX refund_failed ON payments.refund (failed_at) WHERE status = 'failed'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX payments.refund_failed`);
    await runner.query(`CREATE INDEX refund_failed ON payments.refund (created_at) WHERE status = 'failed'`);
    await runner.query(`ALTER TABLE payments.refund DROP failed_at`);
  }
}
