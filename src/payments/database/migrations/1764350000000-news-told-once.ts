import type { MigrationInterface, QueryRunner } from 'typeorm';

/** News of a gateway that cannot be asked is all that is known of a payment: it is not forgotten with the other events. */
export class NewsToldOnce1764350000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(forgetting("AND NOT coalesce(subject ? 'isToldOnce', false)"));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(forgetting(''));
  }
}

const forgetting = (unless: string): string => `
  CREATE OR REPLACE FUNCTION payments.forget_gateway_events(days integer, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM payments.webhook_event WHERE id = ANY (ARRAY(
      SELECT id FROM payments.webhook_event
       WHERE received_at < statement_timestamp() - make_interval(days => greatest(days, 30)) AND status = 'processed' AND due_at IS NULL
         ${unless}
       LIMIT most FOR UPDATE SKIP LOCKED)) RETURNING id)
    SELECT count(*) FROM gone $$;`;
