import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a saved method needs to stay true for years: consent, proof, duplicates, uses, history, and work to be done for it. */
export class SavedMethodsForLife1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(METHODS);
    await runner.query(SETUPS);
    await runner.query(AROUND);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE payments.card_testing_evidence, payments.payment_method_task, payments.payment_method_change,
        payments.payment_method_use, payments.mandate;
      ALTER TABLE payments.setup_intent DROP CONSTRAINT setup_intent_status_check, 
        DROP COLUMN mandate_version, DROP COLUMN origin, DROP COLUMN address_digest, DROP COLUMN agreed_at, DROP COLUMN replaces, DROP COLUMN verification_kind, DROP COLUMN verification_tries,
        DROP COLUMN verify_by, DROP COLUMN deposits_on, DROP COLUMN due_at, DROP COLUMN fence, DROP COLUMN tries;
      ALTER TABLE payments.payment_method DROP COLUMN fingerprint_digest, DROP COLUMN replaced_by, DROP COLUMN setup_intent_id,
        DROP COLUMN expiry_notice, DROP COLUMN asked_again_at;`);
  }
}

const DUE = `
  due_at timestamptz,
  fence integer NOT NULL DEFAULT 0,
  tries integer NOT NULL DEFAULT 0`;

const METHODS = `
  ALTER TABLE payments.payment_method
    -- Keyed, so that a copy of the table tells nobody which payers share a card.
    ADD fingerprint_digest text,
    ADD replaced_by uuid REFERENCES payments.payment_method,
    -- The setup that it last came from: where the payer goes on when it must still be verified.
    ADD setup_intent_id uuid,
    -- The last step of the expiry sweep that was told, in days before; it begins anew when the expiry changes.
    ADD expiry_notice smallint,
    -- An operator asked its owner to add it again, because its gateway will not be used for ever.
    ADD asked_again_at timestamptz;
  -- One card or account of one payer is one method. One that was removed may be saved again, as a new one.
  CREATE UNIQUE INDEX payment_method_one_per_fingerprint ON payments.payment_method (payer_id, fingerprint_digest)
    WHERE fingerprint_digest IS NOT NULL AND status <> 'removed';`;

const SETUPS = `
  ALTER TABLE payments.setup_intent
    DROP CONSTRAINT setup_intent_status_check,
    ADD CONSTRAINT setup_intent_status_check CHECK (status IN ('pending', 'verifying', 'completed', 'ended')),
    -- Which text the payer agreed to, and on which site: kept with the mandate once they did.
    ADD mandate_version text,
    ADD origin text,
    ADD address_digest text,
    ADD agreed_at timestamptz,
    -- The method that the new one takes the place of, once it can be charged.
    ADD replaces uuid REFERENCES payments.payment_method,
    ADD verification_kind text CHECK (verification_kind IN ('amounts', 'descriptor_code')),
    ADD verification_tries smallint NOT NULL DEFAULT 0,
    ADD deposits_on timestamptz,
    ADD verify_by timestamptz,
    ADD due_at timestamptz,
    ADD fence integer NOT NULL DEFAULT 0,
    ADD tries integer NOT NULL DEFAULT 0;
  CREATE INDEX setup_intent_due ON payments.setup_intent (due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX setup_intent_of_payer ON payments.setup_intent (payer_id, created_at DESC);`;

const AROUND = `
  -- The payer's consent to be charged later: which text, when, on which site. Never changed, only revoked.
  CREATE TABLE payments.mandate (
    id uuid PRIMARY KEY,
    payment_method_id uuid NOT NULL REFERENCES payments.payment_method,
    setup_intent_id uuid NOT NULL REFERENCES payments.setup_intent,
    gateway text NOT NULL,
    provider_mandate text,
    text_version text NOT NULL,
    accepted_at timestamptz NOT NULL,
    origin text,
    revoked_at timestamptz,
    revoked_reason text,
    CONSTRAINT mandate_one_per_setup UNIQUE (setup_intent_id),
    UNIQUE (gateway, provider_mandate)
  );
  CREATE UNIQUE INDEX mandate_in_force ON payments.mandate (payment_method_id) WHERE revoked_at IS NULL;

  -- What will charge a method one day, as neighbours declared it.
  CREATE TABLE payments.payment_method_use (
    name text PRIMARY KEY,
    payment_method_id uuid NOT NULL REFERENCES payments.payment_method,
    payer_id text NOT NULL,
    description text NOT NULL,
    next_charge_on date,
    declared_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  CREATE INDEX payment_method_use_of_method ON payments.payment_method_use (payment_method_id);

  -- Every change of a method's status or display data, for its owner to read.
  CREATE TABLE payments.payment_method_change (
    id uuid PRIMARY KEY,
    payment_method_id uuid NOT NULL REFERENCES payments.payment_method,
    reason text NOT NULL,
    by_whom text NOT NULL CHECK (by_whom IN ('payer', 'gateway', 'operator', 'system')),
    before jsonb,
    after jsonb NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  CREATE INDEX payment_method_change_of_method ON payments.payment_method_change (payment_method_id, id DESC);

  -- What is to be done for a method: a token to be detached, a notice of its expiry, a question before it is charged.
  CREATE TABLE payments.payment_method_task (
    id uuid PRIMARY KEY,
    payment_method_id uuid NOT NULL REFERENCES payments.payment_method,
    kind text NOT NULL CHECK (kind IN ('detach', 'expiry', 'check')),
    gateway text,
    sealed_token bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz,
    ${DUE},
    CONSTRAINT payment_method_task_detach CHECK (kind <> 'detach' OR sealed_token IS NOT NULL OR done_at IS NOT NULL)
  );
  COMMENT ON COLUMN payments.payment_method_task.sealed_token IS 'sealed';
  CREATE INDEX payment_method_task_due ON payments.payment_method_task (due_at) WHERE due_at IS NOT NULL;
  CREATE UNIQUE INDEX payment_method_task_one ON payments.payment_method_task (payment_method_id, kind) WHERE kind <> 'detach';

  -- Signs that somebody tries out stolen cards here: setups begun, cards refused. Outages are none.
  CREATE TABLE payments.card_testing_evidence (
    id uuid PRIMARY KEY,
    payer_id text NOT NULL,
    address_digest text,
    kind text NOT NULL CHECK (kind IN ('setup', 'refusal')),
    -- One piece of evidence per thing that happened, however often it is heard of.
    about text NOT NULL UNIQUE,
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  CREATE INDEX card_testing_evidence_of_payer ON payments.card_testing_evidence (payer_id, occurred_at);
  CREATE INDEX card_testing_evidence_of_address ON payments.card_testing_evidence (address_digest, occurred_at);`;
