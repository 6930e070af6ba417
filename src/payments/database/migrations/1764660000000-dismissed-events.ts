import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What can never be applied, and was dealt with elsewhere, a person puts away; like what was applied, it is forgotten after a while. */
export class DismissedEvents1764660000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await allow(runner, ['received', 'processed', 'failed', 'parked', 'dismissed']);
    await runner.query(forgetting(['processed', 'dismissed']));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(forgetting(['processed']));
    await runner.query(`UPDATE payments.webhook_event SET status = 'parked' WHERE status = 'dismissed'`);
    await allow(runner, ['received', 'processed', 'failed', 'parked']);
  }
}

/** The rows that are there have been checked when they were written: a large inbox need not be read. */
async function allow(runner: QueryRunner, statuses: string[]): Promise<void> {
  await runner.query(`
    ALTER TABLE payments.webhook_event DROP CONSTRAINT webhook_event_status_check,
      ADD CONSTRAINT webhook_event_status_check CHECK (status IN (${quoted(statuses)})) NOT VALID`);
}

const forgetting = (statuses: string[]): string => `
  CREATE OR REPLACE FUNCTION payments.forget_gateway_events(days integer, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM payments.webhook_event WHERE id = ANY (ARRAY(
      SELECT id FROM payments.webhook_event
       WHERE received_at < statement_timestamp() - make_interval(days => greatest(days, 30))
         AND status IN (${quoted(statuses)}) AND due_at IS NULL AND NOT coalesce(subject ? 'isToldOnce', false)
       LIMIT most FOR UPDATE SKIP LOCKED)) RETURNING id)
    SELECT count(*) FROM gone $$;`;

const quoted = (statuses: string[]): string => statuses.map((it) => `'${it}'`).join(', ');
