import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AutopayUses1764600000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- That payments are to be told which method a payer's autopay uses. They know it by the id, which names nobody.
      CREATE TABLE app.autopay_use (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        payer_id text NOT NULL UNIQUE,
        ready_at timestamptz DEFAULT '-infinity',
        leased_until timestamptz,
        fence integer NOT NULL DEFAULT 0,
        tries integer NOT NULL DEFAULT 0
      );
      CREATE INDEX autopay_use_ready ON app.autopay_use (ready_at) WHERE ready_at IS NOT NULL;
      INSERT INTO app.autopay_use (payer_id) SELECT payer_id FROM app.autopay`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE app.autopay_use`);
  }
}
