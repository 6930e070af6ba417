import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the gateway's own log calls the requests that were sent for a row: id, call, HTTP status, time. */
export class GatewayRequests1764250000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of TABLES)
      await runner.query(`ALTER TABLE ${table} ADD gateway_requests jsonb NOT NULL DEFAULT '[]'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`ALTER TABLE ${table} DROP COLUMN gateway_requests`);
  }
}

const TABLES = ['payments.payment_attempt', 'payments.refund', 'payments.dispute'];
