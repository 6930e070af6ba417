import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who read what, from where, with what outcome; and the seals over it. Nothing of it is ever changed or removed. */
export class SealedAuditLog1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ENTRIES);
    await runner.query(BATCHES);
    await runner.query(APPEND_ONLY);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE payments.audit_batch;
      DROP TRIGGER append_only ON payments.audit_entry;
      DROP FUNCTION payments.refuse_change();
      ALTER TABLE payments.audit_entry DROP COLUMN kind, DROP COLUMN outcome, DROP COLUMN origin, DROP COLUMN transaction_id;
      DELETE FROM payments.audit_entry WHERE target_id IS NULL;
      ALTER TABLE payments.audit_entry ALTER COLUMN target_type SET NOT NULL, ALTER COLUMN target_id SET NOT NULL`);
  }
}

/**
 * The table is made anew for the order of its columns: PostgreSQL fills them from left to right, so whoever has drawn a
 * position has a transaction id already. The sealer relies on it.
 */
const ENTRIES = `
  ALTER TABLE payments.audit_entry RENAME TO audit_entry_before;
  ALTER TABLE payments.audit_entry_before RENAME CONSTRAINT audit_entry_pkey TO audit_entry_before_pkey;
  ALTER INDEX payments.audit_entry_of_target RENAME TO audit_entry_before_of_target;
  ALTER TABLE payments.audit_entry_before RENAME CONSTRAINT audit_entry_position_key TO audit_entry_before_position_key;
  ALTER SEQUENCE payments.audit_entry_position_seq RENAME TO audit_entry_before_position_seq;

  CREATE TABLE payments.audit_entry (
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    position bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    id uuid PRIMARY KEY,
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL DEFAULT 'change' CHECK (kind IN ('change', 'access', 'operation')),
    actor text NOT NULL,
    action text NOT NULL,
    -- None for a list, and for what concerns no single thing.
    target_type text,
    target_id uuid,
    outcome text NOT NULL DEFAULT 'succeeded' CHECK (outcome IN ('succeeded', 'refused', 'failed')),
    origin jsonb NOT NULL,
    change jsonb NOT NULL
  );
  INSERT INTO payments.audit_entry (position, id, occurred_at, actor, action, target_type, target_id, origin, change)
    OVERRIDING SYSTEM VALUE
    SELECT position, id, occurred_at, actor, action, target_type, target_id, '{}', change FROM payments.audit_entry_before;
  SELECT setval('payments.audit_entry_position_seq', max(position)) FROM payments.audit_entry HAVING max(position) > 0;
  DROP TABLE payments.audit_entry_before;
  CREATE INDEX audit_entry_of_target ON payments.audit_entry (target_id, position);
  -- An auditor asks for a span of time; a BRIN index costs a charge next to nothing.
  CREATE INDEX audit_entry_by_time ON payments.audit_entry USING brin (occurred_at);`;

const BATCHES = `
  -- All entries with a position above after_position, up to last_position: none can be added between them any more.
  CREATE TABLE payments.audit_batch (
    number bigint PRIMARY KEY,
    after_position bigint NOT NULL,
    last_position bigint NOT NULL UNIQUE,
    entries_before bigint NOT NULL,
    entries integer NOT NULL CHECK (entries > 0),
    root bytea NOT NULL,
    previous_hash bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    key_name text NOT NULL,
    signature bytea NOT NULL,
    -- The hash of every entry, in order: they name the one that does not fit.
    leaves bytea NOT NULL
  );`;

const APPEND_ONLY = `
  CREATE FUNCTION payments.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
  BEGIN
    RAISE EXCEPTION 'the audit log is only added to' USING ERRCODE = 'insufficient_privilege';
  END $$;
  CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payments.audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse_change();
  CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payments.audit_batch
    FOR EACH STATEMENT EXECUTE FUNCTION payments.refuse_change();`;
