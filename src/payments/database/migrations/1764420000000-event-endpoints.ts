import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who is told of events over HTTP, which event is on its way to whom, and how each try ended. */
export class EventEndpoints1764420000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payments.event_endpoint (
        id uuid PRIMARY KEY,
        url text NOT NULL,
        description text NOT NULL,
        -- Null: every type, also those to come.
        event_types text[],
        status text NOT NULL CHECK (status IN ('active', 'disabled')),
        disabled_reason text CHECK (disabled_reason IN ('by_operator', 'failing', 'gone')),
        disabled_at timestamptz,
        secret bytea NOT NULL,
        previous_secret bytea,
        previous_secret_until timestamptz,
        failing_since timestamptz,
        paused_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT event_endpoint_disabled CHECK (
          (status = 'disabled') = (disabled_at IS NOT NULL) AND (status = 'disabled') = (disabled_reason IS NOT NULL)),
        CONSTRAINT event_endpoint_previous CHECK ((previous_secret IS NULL) = (previous_secret_until IS NULL))
      );

      -- Written with the event, so that none is missed. It goes when the event goes: docs/operations/erasure-and-retention.md
      CREATE TABLE payments.event_delivery (
        id uuid PRIMARY KEY,
        endpoint_id uuid NOT NULL REFERENCES payments.event_endpoint,
        message_id uuid NOT NULL REFERENCES payments.outbox_message ON DELETE CASCADE,
        aggregate_id uuid NOT NULL,
        position bigint NOT NULL,
        status text NOT NULL CHECK (status IN ('waiting', 'delivered', 'failed')),
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz,
        due_at timestamptz,
        fence integer NOT NULL DEFAULT 0,
        tries integer NOT NULL DEFAULT 0,
        UNIQUE (message_id, endpoint_id),
        CONSTRAINT event_delivery_due CHECK ((status = 'waiting') = (due_at IS NOT NULL)),
        CONSTRAINT event_delivery_ended CHECK ((status = 'waiting') = (ended_at IS NULL))
      );
      CREATE INDEX event_delivery_due ON payments.event_delivery (due_at) WHERE due_at IS NOT NULL;
      CREATE INDEX event_delivery_waiting ON payments.event_delivery (endpoint_id, aggregate_id, position) WHERE status = 'waiting';
      CREATE INDEX event_delivery_of_endpoint ON payments.event_delivery (endpoint_id, position);

      CREATE TABLE payments.event_attempt (
        id uuid PRIMARY KEY,
        message_id uuid NOT NULL REFERENCES payments.outbox_message ON DELETE CASCADE,
        -- Null: the application itself, where payments run alone.
        endpoint_id uuid REFERENCES payments.event_endpoint,
        attempted_at timestamptz NOT NULL,
        duration_ms integer NOT NULL,
        http_status integer,
        problem text,
        answer text
      );
      CREATE INDEX event_attempt_of_message ON payments.event_attempt (message_id, attempted_at);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE payments.event_attempt, payments.event_delivery, payments.event_endpoint');
  }
}
