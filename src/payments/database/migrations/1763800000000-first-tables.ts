import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Saved methods, payments, the inbox of gateway events, the outbox, and the audit log. */
export class FirstTables1763800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SAVED_METHODS);
    await runner.query(PAYMENTS);
    await runner.query(FOLLOW_UPS);
    await runner.query(EVENTS);
    await runner.query(BOOKS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP VIEW payments.ledger;
      DROP TABLE payments.reconciliation_difference, payments.audit_entry, payments.outbox_message, payments.event_backfill, payments.webhook_event, payments.dispute,
        payments.refund, payments.payment_operation, payments.payment_attempt,
        payments.payment, payments.setup_intent, payments.payment_method, payments.gateway_customer`);
  }
}

/** `due_at`, `fence` and `tries` make a table a to-do list: see claims.ts. */
const DUE = `
  due_at timestamptz,
  fence integer NOT NULL DEFAULT 0,
  tries integer NOT NULL DEFAULT 0`;

const SAVED_METHODS = `
  CREATE TABLE payments.gateway_customer (
    id uuid PRIMARY KEY,
    payer_id text NOT NULL,
    gateway text NOT NULL,
    provider_customer text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (payer_id, gateway)
  );

  CREATE TABLE payments.payment_method (
    id uuid PRIMARY KEY,
    payer_id text NOT NULL,
    type text NOT NULL CHECK (type IN ('card', 'us_bank_account')),
    status text NOT NULL CHECK (status IN ('pending_verification', 'active', 'requires_replacement', 'removed')),
    status_reason text,
    is_default boolean NOT NULL DEFAULT false,
    gateway text NOT NULL,
    provider_token text NOT NULL,
    provider_customer text,
    card_brand text,
    last_four text NOT NULL CHECK (last_four ~ '^[0-9]{4}$'),
    expiry_month smallint CHECK (expiry_month BETWEEN 1 AND 12),
    expiry_year smallint CHECK (expiry_year BETWEEN 2000 AND 2199),
    bank_name text,
    detached_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ${DUE},
    UNIQUE (gateway, provider_token),
    CONSTRAINT default_is_usable CHECK (NOT is_default OR status = 'active')
  );
  CREATE UNIQUE INDEX payment_method_one_default ON payments.payment_method (payer_id) WHERE is_default;
  CREATE INDEX payment_method_of_payer ON payments.payment_method (payer_id, created_at DESC);
  CREATE INDEX payment_method_due ON payments.payment_method (due_at) WHERE due_at IS NOT NULL;

  CREATE TABLE payments.setup_intent (
    id uuid PRIMARY KEY,
    payer_id text NOT NULL,
    type text NOT NULL CHECK (type IN ('card', 'us_bank_account')),
    flow text NOT NULL CHECK (flow IN ('redirect', 'embedded')),
    status text NOT NULL CHECK (status IN ('pending', 'completed', 'ended')),
    status_reason text,
    gateway text NOT NULL,
    provider_setup text,
    return_url text,
    payment_method_id uuid REFERENCES payments.payment_method,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (gateway, provider_setup)
  );`;

const PAYMENTS = `
  CREATE TABLE payments.payment (
    id uuid PRIMARY KEY,
    payer_id text NOT NULL,
    payment_method_id uuid NOT NULL REFERENCES payments.payment_method,
    obligation text NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    captured_minor bigint NOT NULL DEFAULT 0,
    refunded_minor bigint NOT NULL DEFAULT 0,
    -- Refunds on their way: they hold their part until the gateway says how they ended.
    refunding_minor bigint NOT NULL DEFAULT 0,
    disputed_minor bigint NOT NULL DEFAULT 0,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    capture text NOT NULL CHECK (capture IN ('automatic', 'manual')),
    return_url text,
    status text NOT NULL
      CHECK (status IN ('processing', 'requires_action', 'requires_capture', 'succeeded', 'failed', 'cancelled')),
    status_detail text,
    expected_by timestamptz,
    failure jsonb,
    next_action_url text,
    fraud_suspected_at timestamptz,
    caller text NOT NULL,
    idempotency_key text NOT NULL,
    fingerprint text NOT NULL,
    -- Given back in full, or lost in a dispute: what was paid for may be paid again. Never taken back.
    obligation_freed boolean NOT NULL DEFAULT false,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT payment_captured_within_amount CHECK (captured_minor BETWEEN 0 AND amount_minor),
    CONSTRAINT payment_returned_within_captured
      CHECK (least(refunded_minor, refunding_minor, disputed_minor) >= 0
        AND refunded_minor + refunding_minor + disputed_minor <= captured_minor),
    CONSTRAINT payment_one_per_key UNIQUE (caller, idempotency_key)
  );
  -- One obligation, one payment that counts: under way, or paid and not given back in full.
  CREATE UNIQUE INDEX payment_one_per_obligation ON payments.payment (obligation)
    WHERE status NOT IN ('failed', 'cancelled') AND NOT obligation_freed;
  CREATE INDEX payment_of_payer ON payments.payment (payer_id, id DESC);

  CREATE TABLE payments.payment_attempt (
    id uuid PRIMARY KEY,
    payment_id uuid NOT NULL REFERENCES payments.payment,
    gateway text NOT NULL,
    provider_payment text,
    status text NOT NULL CHECK (status IN ('begun', 'prepared', 'ended')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ${DUE},
    UNIQUE (gateway, provider_payment)
  );
  CREATE INDEX payment_attempt_of_payment ON payments.payment_attempt (payment_id);
  CREATE INDEX payment_attempt_due ON payments.payment_attempt (due_at) WHERE due_at IS NOT NULL;`;

const FOLLOW_UPS = `
  CREATE TABLE payments.payment_operation (
    id uuid PRIMARY KEY,
    payment_id uuid NOT NULL REFERENCES payments.payment,
    kind text NOT NULL CHECK (kind IN ('confirmation', 'capture', 'cancellation')),
    amount_minor bigint,
    return_url text,
    status text NOT NULL CHECK (status IN ('begun', 'ended')),
    caller text NOT NULL,
    idempotency_key text NOT NULL,
    fingerprint text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ${DUE},
    CONSTRAINT payment_operation_one_per_key UNIQUE (caller, idempotency_key)
  );
  -- Two operations on one payment would race each other at the gateway.
  CREATE UNIQUE INDEX payment_operation_one_at_a_time ON payments.payment_operation (payment_id) WHERE status = 'begun';
  CREATE INDEX payment_operation_due ON payments.payment_operation (due_at) WHERE due_at IS NOT NULL;

  CREATE TABLE payments.refund (
    id uuid PRIMARY KEY,
    payment_id uuid NOT NULL REFERENCES payments.payment,
    gateway text NOT NULL,
    provider_refund text,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    currency text NOT NULL,
    reason text,
    status text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'cancelled')),
    failure_code text,
    caller text NOT NULL,
    idempotency_key text NOT NULL,
    fingerprint text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ${DUE},
    UNIQUE (gateway, provider_refund),
    CONSTRAINT refund_one_per_key UNIQUE (caller, idempotency_key)
  );
  CREATE INDEX refund_of_payment ON payments.refund (payment_id);
  CREATE INDEX refund_due ON payments.refund (due_at) WHERE due_at IS NOT NULL;

  CREATE TABLE payments.dispute (
    id uuid PRIMARY KEY,
    payment_id uuid NOT NULL REFERENCES payments.payment,
    gateway text NOT NULL,
    provider_dispute text NOT NULL,
    status text NOT NULL CHECK (status IN
      ('inquiry', 'inquiry_under_review', 'inquiry_closed', 'needs_response', 'under_review', 'won', 'lost')),
    amount_minor bigint NOT NULL,
    withdrawn_minor bigint NOT NULL,
    currency text NOT NULL,
    reason text NOT NULL,
    is_contestable boolean NOT NULL,
    evidence_due_by timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (gateway, provider_dispute)
  );
  CREATE INDEX dispute_of_payment ON payments.dispute (payment_id);
  CREATE INDEX dispute_by_deadline ON payments.dispute (evidence_due_by) WHERE status IN ('inquiry', 'needs_response');`;

const EVENTS = `
  CREATE TABLE payments.webhook_event (
    id uuid PRIMARY KEY,
    gateway text NOT NULL,
    account text NOT NULL,
    provider_event_id text NOT NULL,
    type text NOT NULL,
    subject jsonb,
    body bytea NOT NULL,
    status text NOT NULL CHECK (status IN ('received', 'processed', 'failed', 'parked')),
    last_error text,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    processed_at timestamptz,
    ${DUE},
    UNIQUE (gateway, account, provider_event_id)
  );
  CREATE INDEX webhook_event_of_subject ON payments.webhook_event ((subject ->> 'providerId'));
  CREATE INDEX webhook_event_due ON payments.webhook_event (due_at) WHERE due_at IS NOT NULL;

  -- Until when the gateway's own list of events was read, to find deliveries that were lost.
  CREATE TABLE payments.event_backfill (
    id uuid PRIMARY KEY,
    gateway text NOT NULL UNIQUE,
    read_until timestamptz,
    ${DUE}
  );

  CREATE TABLE payments.outbox_message (
    id uuid PRIMARY KEY,
    position bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    aggregate_id uuid NOT NULL,
    type text NOT NULL,
    payload jsonb NOT NULL,
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    delivered_at timestamptz,
    last_error text,
    ${DUE}
  );
  CREATE INDEX outbox_message_due ON payments.outbox_message (due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX outbox_message_waiting ON payments.outbox_message (aggregate_id, position) WHERE delivered_at IS NULL;

  CREATE TABLE payments.audit_entry (
    id uuid PRIMARY KEY,
    position bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    action text NOT NULL,
    target_type text NOT NULL,
    target_id uuid NOT NULL,
    change jsonb NOT NULL
  );
  CREATE INDEX audit_entry_of_target ON payments.audit_entry (target_id, position);

  -- Every row of these is updated a few times and then never again: what that leaves behind is cleared away by its number,
  -- not by its share of a history that only grows.
  ALTER TABLE payments.outbox_message SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
  ALTER TABLE payments.webhook_event SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
  ALTER TABLE payments.payment_attempt SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);`;

const BOOKS = `
  -- Where the gateway's books and ours differed, run by run.
  CREATE TABLE payments.reconciliation_difference (
    id uuid PRIMARY KEY,
    run_id uuid NOT NULL,
    kind text NOT NULL,
    gateway text NOT NULL,
    provider_id text,
    payment_id uuid,
    reason text NOT NULL,
    ours jsonb,
    theirs jsonb,
    repair text NOT NULL,
    found_at timestamptz NOT NULL DEFAULT clock_timestamp()
  );
  CREATE INDEX reconciliation_difference_of_run ON payments.reconciliation_difference (run_id);

  -- The payments as double entry: every movement leaves one account and enters another, so each sum is zero. A view of
  -- the rows above, not a second truth.
  CREATE VIEW payments.ledger WITH (security_invoker) AS
    WITH movement (payment_id, currency, entry, source, target, amount_minor) AS (
      SELECT id, currency, 'capture', 'payer', 'gateway', captured_minor FROM payments.payment WHERE captured_minor > 0
      UNION ALL
      SELECT payment_id, currency, 'refund', 'gateway', CASE status WHEN 'pending' THEN 'in_transit' ELSE 'payer' END, amount_minor
        FROM payments.refund WHERE status IN ('pending', 'succeeded')
      UNION ALL
      SELECT payment_id, currency, 'dispute', 'gateway', CASE status WHEN 'lost' THEN 'payer' ELSE 'withheld' END, withdrawn_minor
        FROM payments.dispute WHERE withdrawn_minor > 0)
    SELECT payment_id, currency, entry, source AS account, -amount_minor AS amount_minor FROM movement
    UNION ALL
    SELECT payment_id, currency, entry, target, amount_minor FROM movement;`;
