import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the operators' page asks every few seconds is found without reading the history. */
export class OperatorsPage1764500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The payments of a time, and those that have been open for long, are both a range of it for each status.
      CREATE INDEX payment_by_status ON payments.payment (status, created_at);
      CREATE INDEX refund_by_time ON payments.refund (created_at);
      CREATE INDEX webhook_event_parked ON payments.webhook_event (received_at) WHERE status = 'parked';
      -- Which gateways have methods at all is asked of it, one gateway at a time.
      CREATE INDEX payment_method_of_gateway ON payments.payment_method (gateway) WHERE status <> 'removed';`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX payments.payment_method_of_gateway;
      DROP INDEX payments.webhook_event_parked;
      DROP INDEX payments.refund_by_time;
      DROP INDEX payments.payment_by_status;`);
  }
}
