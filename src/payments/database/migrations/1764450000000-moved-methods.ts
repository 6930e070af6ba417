import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Saved methods move to another gateway; the token that they had is kept for a while, so that they can move back. */
export class MovedMethods1764450000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE payments.payment_method_task
        -- The gateway's record of the payer that the token belongs to.
        ADD provider_customer text,
        -- Keyed, as the method's own: by it a token is found that was taken back, or moved already.
        ADD token_digest text,
        -- Where the method went when it left this token behind: until the token is detached, it can come back.
        ADD moved_to text;
      CREATE INDEX payment_method_task_tokens ON payments.payment_method_task (payment_method_id) WHERE kind = 'detach';
      CREATE INDEX payment_method_task_moved ON payments.payment_method_task (gateway, moved_to) WHERE moved_to IS NOT NULL;
      CREATE INDEX gateway_customer_of_gateway ON payments.gateway_customer (gateway, provider_customer);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX payments.gateway_customer_of_gateway;
      DROP INDEX payments.payment_method_task_tokens;
      ALTER TABLE payments.payment_method_task DROP COLUMN provider_customer, DROP COLUMN token_digest, DROP COLUMN moved_to;`);
  }
}
