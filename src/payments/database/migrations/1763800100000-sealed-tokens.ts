import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tokens are sealed with a key that is not here, and looked up by a keyed digest. */
export class SealedTokens1763800100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Under which digests are made; itself sealed. One row.
      CREATE TABLE payments.digest_key (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        sealed bytea NOT NULL
      );`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE payments.digest_key');
  }
}
