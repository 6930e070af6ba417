import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is left of the bytes of an event that held a card number: their digest, for whoever asks the gateway about it. */
export class QuarantinedEvents1764150000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE payments.webhook_event ADD raw_sha256 bytea`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE payments.webhook_event DROP COLUMN raw_sha256`);
  }
}
