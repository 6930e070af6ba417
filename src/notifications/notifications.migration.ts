import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Notifications1764100000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- What somebody is to be told, written with the fact that it tells of; the key makes it once.
      CREATE TABLE app.notice (
        id uuid PRIMARY KEY,
        key text NOT NULL UNIQUE,
        payer_id text NOT NULL,
        kind text NOT NULL,
        facts jsonb NOT NULL,
        outcome text CHECK (outcome IN ('sent', 'no_address', 'switched_off', 'given_up')),
        created_at timestamptz NOT NULL,
        concluded_at timestamptz,
        ready_at timestamptz,
        leased_until timestamptz,
        fence integer NOT NULL DEFAULT 0,
        tries integer NOT NULL DEFAULT 0,
        CONSTRAINT notice_concluded CHECK ((outcome IS NULL) = (concluded_at IS NULL))
      );
      CREATE INDEX notice_ready ON app.notice (ready_at) WHERE ready_at IS NOT NULL;
      CREATE INDEX notice_of_payer ON app.notice (payer_id);
      CREATE INDEX notice_concluded_at ON app.notice (concluded_at) WHERE concluded_at IS NOT NULL;

      -- Where mail goes that is sent nowhere: development only.
      CREATE TABLE app.development_mail (
        id uuid PRIMARY KEY,
        recipient text NOT NULL,
        subject text NOT NULL,
        body_text text NOT NULL,
        body_html text NOT NULL,
        sent_at timestamptz NOT NULL
      );`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE app.development_mail, app.notice`);
  }
}
