import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The columns that hold what may not be read here: the gateway's tokens, and the bytes that it sent. */
export class SealedColumns1763800200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DO $$ BEGIN
        IF EXISTS (SELECT FROM payments.payment_method) OR EXISTS (SELECT FROM payments.webhook_event) THEN
          RAISE EXCEPTION 'This database was made before tokens were sealed. Begin with an empty one.';
        END IF;
      END $$;
      ALTER TABLE payments.payment_method
        DROP COLUMN provider_token,
        ADD COLUMN provider_token bytea NOT NULL,
        ADD COLUMN token_digest text NOT NULL,
        ADD CONSTRAINT payment_method_one_per_token UNIQUE (gateway, token_digest);
      COMMENT ON COLUMN payments.payment_method.provider_token IS 'sealed';
      COMMENT ON COLUMN payments.webhook_event.body IS 'sealed';`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE payments.payment_method
        DROP COLUMN token_digest,
        DROP COLUMN provider_token,
        ADD COLUMN provider_token text NOT NULL,
        ADD UNIQUE (gateway, provider_token)`);
  }
}
