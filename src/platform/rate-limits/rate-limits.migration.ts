import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who sent how many requests, until their minute ends. Not logged: after a crash of the server everybody begins anew. */
export class RateLimits1764300000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE UNLOGGED TABLE app.rate_limit (
        key text PRIMARY KEY,
        requests integer NOT NULL,
        ends_at timestamptz NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE app.rate_limit');
  }
}
