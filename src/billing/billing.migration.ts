import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Billing1763800000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE app.invoice (
        id uuid PRIMARY KEY,
        payer_id text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('tuition', 'fee')),
        description text NOT NULL,
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        due_on date NOT NULL,
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paid', 'void')),
        payment_id uuid,
        paid_at timestamptz,
        caller text NOT NULL,
        idempotency_key text NOT NULL,
        fingerprint text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT invoice_one_per_key UNIQUE (caller, idempotency_key),
        CONSTRAINT invoice_paid_by CHECK ((status = 'paid') = (payment_id IS NOT NULL AND paid_at IS NOT NULL))
      );
      CREATE INDEX invoice_of_payer ON app.invoice (payer_id, id DESC);

      -- Events of payments that were applied here, so that each is applied once.
      CREATE TABLE app.received_event (
        listener text NOT NULL,
        event_id uuid NOT NULL,
        received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (listener, event_id)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE app.received_event, app.invoice`);
  }
}
