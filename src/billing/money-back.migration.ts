import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MoneyBack1764600000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- When a bank took the money of this invoice back: autopay does not charge it again.
      ALTER TABLE app.invoice ADD returned_at timestamptz;
      -- Finance gave back what was paid of it: its plan may end.
      ALTER TABLE app.instalment ADD given_back boolean NOT NULL DEFAULT false`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE app.invoice DROP COLUMN returned_at;
      ALTER TABLE app.instalment DROP COLUMN given_back`);
  }
}
