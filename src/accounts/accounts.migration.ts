import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Accounts1763800000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE app.person (
        subject text PRIMARY KEY,
        payer_id text NOT NULL UNIQUE,
        name text NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE app.person`);
  }
}
