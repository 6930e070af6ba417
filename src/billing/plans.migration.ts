import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Plans1764100000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE app.plan (
        id uuid PRIMARY KEY,
        payer_id text NOT NULL,
        invoice_id uuid NOT NULL REFERENCES app.invoice,
        -- What the payer agreed to, or what their autopay makes of an invoice.
        origin text NOT NULL CHECK (origin IN ('agreed', 'autopay')),
        status text NOT NULL CHECK (status IN ('active', 'completed', 'cancelled')),
        description text NOT NULL,
        -- An id in another database, so no foreign key.
        payment_method_id uuid NOT NULL,
        payment_method_type text NOT NULL,
        caller text NOT NULL,
        idempotency_key text NOT NULL,
        fingerprint text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        -- Set while payments are to be told which method the plan uses.
        ready_at timestamptz,
        leased_until timestamptz,
        fence integer NOT NULL DEFAULT 0,
        tries integer NOT NULL DEFAULT 0,
        CONSTRAINT plan_one_per_key UNIQUE (caller, idempotency_key)
      );
      CREATE UNIQUE INDEX plan_one_per_invoice ON app.plan (invoice_id) WHERE status <> 'cancelled';
      CREATE INDEX plan_of_payer ON app.plan (payer_id, id DESC);
      CREATE INDEX plan_of_method ON app.plan (payment_method_id) WHERE status = 'active';
      CREATE INDEX plan_ready ON app.plan (ready_at) WHERE ready_at IS NOT NULL;

      CREATE TABLE app.instalment (
        id uuid PRIMARY KEY,
        plan_id uuid NOT NULL REFERENCES app.plan,
        position integer NOT NULL CHECK (position > 0),
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
        due_on date NOT NULL,
        obligation text NOT NULL,
        status text NOT NULL CHECK (status IN ('scheduled', 'collecting', 'action_needed', 'paid', 'cancelled')),
        status_reason text,
        payment_id uuid,
        paid_at timestamptz,
        -- When it is charged, by the clock of the business; null while there is nothing to be done by us.
        ready_at timestamptz,
        leased_until timestamptz,
        fence integer NOT NULL DEFAULT 0,
        tries integer NOT NULL DEFAULT 0,
        CONSTRAINT instalment_position UNIQUE (plan_id, position),
        CONSTRAINT instalment_paid_by CHECK (status <> 'paid' OR (payment_id IS NOT NULL AND paid_at IS NOT NULL)),
        CONSTRAINT instalment_reason CHECK ((status = 'action_needed') = (status_reason IS NOT NULL)),
        CONSTRAINT instalment_ready CHECK (status = 'scheduled' OR ready_at IS NULL)
      );
      CREATE UNIQUE INDEX instalment_of_obligation ON app.instalment (obligation) WHERE status <> 'cancelled';
      CREATE INDEX instalment_ready ON app.instalment (ready_at) WHERE ready_at IS NOT NULL;

      -- Each charge without the payer: written before payments are asked, so that a crash repeats it and makes no other.
      CREATE TABLE app.instalment_charge (
        instalment_id uuid NOT NULL REFERENCES app.instalment,
        number integer NOT NULL CHECK (number > 0),
        payment_method_id uuid NOT NULL,
        payment_id uuid,
        outcome text CHECK (outcome IN ('succeeded', 'declined', 'refused', 'needs_payer')),
        began_at timestamptz NOT NULL,
        PRIMARY KEY (instalment_id, number)
      );
      CREATE UNIQUE INDEX instalment_charge_open ON app.instalment_charge (instalment_id) WHERE outcome IS NULL;
      CREATE UNIQUE INDEX instalment_charge_payment ON app.instalment_charge (payment_id);
      CREATE INDEX instalment_charge_of_method ON app.instalment_charge (payment_method_id, began_at);

      CREATE TABLE app.autopay (
        payer_id text PRIMARY KEY,
        payment_method_id uuid NOT NULL,
        payment_method_type text NOT NULL,
        since timestamptz NOT NULL DEFAULT clock_timestamp()
      );

      -- An invoice is paid whole or by a plan, never both: these say that paying it whole has begun.
      ALTER TABLE app.invoice
        ADD payment_begun_at timestamptz,
        ADD open_payment_id uuid,
        ADD plan_id uuid REFERENCES app.plan,
        DROP CONSTRAINT invoice_paid_by,
        ADD CONSTRAINT invoice_paid_by CHECK (
          (status = 'paid') = (paid_at IS NOT NULL) AND (status = 'paid') = (payment_id IS NOT NULL OR plan_id IS NOT NULL));`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE app.invoice
        DROP CONSTRAINT invoice_paid_by,
        ADD CONSTRAINT invoice_paid_by CHECK ((status = 'paid') = (payment_id IS NOT NULL AND paid_at IS NOT NULL)),
        DROP COLUMN payment_begun_at, DROP COLUMN open_payment_id, DROP COLUMN plan_id;
      DROP TABLE app.autopay, app.instalment_charge, app.instalment, app.plan`);
  }
}
