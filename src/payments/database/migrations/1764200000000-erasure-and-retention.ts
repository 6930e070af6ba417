import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Payers who are to be forgotten, and what goes after its time. All that is deleted is deleted by a function that says what may go. */
export class ErasureAndRetention1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ERASURES);
    await runner.query(REPLACE_PAYER);
    await runner.query(RETENTION);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION payments.replace_payer, payments.forget_gateway_events, payments.forget_delivered_messages,
        payments.forget_card_testing_evidence, payments.forget_ended_setups, payments.destroy_removed_tokens;
      DROP INDEX payments.webhook_event_by_time, payments.outbox_message_by_time, payments.card_testing_evidence_by_time,
        payments.setup_intent_by_time, payments.payment_method_token_left;
      DROP TABLE payments.payer_erasure`);
  }
}

const ERASURES = `
  -- The payer's id is here only until it is replaced everywhere, this row included.
  CREATE TABLE payments.payer_erasure (
    id uuid PRIMARY KEY,
    payer_id text,
    stand_in text NOT NULL UNIQUE,
    status text NOT NULL CHECK (status IN ('begun', 'told', 'done')),
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz,
    due_at timestamptz,
    fence integer NOT NULL DEFAULT 0,
    tries integer NOT NULL DEFAULT 0,
    CONSTRAINT payer_erasure_forgets CHECK ((status = 'done') = (payer_id IS NULL) AND (status = 'done') = (done_at IS NOT NULL))
  );
  CREATE UNIQUE INDEX payer_erasure_one_at_a_time ON payments.payer_erasure (payer_id) WHERE payer_id IS NOT NULL;
  CREATE INDEX payer_erasure_due ON payments.payer_erasure (due_at) WHERE due_at IS NOT NULL;

  -- Null: destroyed. A method that can still be charged always has both.
  ALTER TABLE payments.payment_method
    ALTER provider_token DROP NOT NULL,
    ALTER token_digest DROP NOT NULL,
    ADD CONSTRAINT payment_method_token CHECK (status = 'removed' OR (provider_token IS NOT NULL AND token_digest IS NOT NULL));
  ALTER TABLE payments.webhook_event ALTER body DROP NOT NULL;`;

/** Who asked is a person where the payer was there; jobs and staff stay as they are. */
const REPLACE_PAYER = `
  CREATE FUNCTION payments.replace_payer(erasure uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DECLARE
    payer text;
    replacement text;
    persons text[];
    names text[];
  BEGIN
    SELECT payer_id, stand_in INTO payer, replacement
      FROM payments.payer_erasure WHERE id = erasure AND status = 'told' FOR UPDATE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'no erasure % waits for this step', erasure;
    END IF;

    SELECT coalesce(array_agg(DISTINCT caller), '{}') INTO persons FROM (
      SELECT caller FROM payments.payment WHERE payer_id = payer AND return_url IS NOT NULL
      UNION ALL
      SELECT operation.caller FROM payments.payment_operation operation JOIN payments.payment ON payment.id = payment_id
       WHERE payer_id = payer AND operation.kind = 'confirmation') AS asked;

    SELECT coalesce(array_agg(name), '{}') INTO names FROM (
      SELECT provider_payment AS name FROM payments.payment_attempt JOIN payments.payment ON payment.id = payment_id WHERE payer_id = payer
      UNION ALL
      SELECT provider_refund FROM payments.refund JOIN payments.payment ON payment.id = payment_id WHERE payer_id = payer
      UNION ALL
      SELECT provider_dispute FROM payments.dispute JOIN payments.payment ON payment.id = payment_id WHERE payer_id = payer
      UNION ALL
      SELECT provider_setup FROM payments.setup_intent WHERE payer_id = payer
      UNION ALL
      SELECT id::text FROM payments.setup_intent WHERE payer_id = payer) AS known WHERE name IS NOT NULL; -- Adyen's news bear our ids
    -- What can be asked of nobody stays, or no money could be given back; it names a payer only where something was saved.
    UPDATE payments.webhook_event SET body = NULL
     WHERE subject ->> 'providerId' = ANY (names) AND body IS NOT NULL
       AND (subject ->> 'kind' = 'setup' OR NOT coalesce(subject ? 'isToldOnce', false));

    UPDATE payments.payment_operation AS operation
       SET caller = replacement || ' ' || operation.id, fingerprint = ''
      FROM payments.payment WHERE payment.id = payment_id AND payer_id = payer AND operation.caller = ANY (persons);
    UPDATE payments.payment SET caller = replacement || ' ' || id, fingerprint = ''
     WHERE payer_id = payer AND caller = ANY (persons);
    UPDATE payments.payment SET payer_id = replacement WHERE payer_id = payer;

    DELETE FROM payments.payment_method_change
     WHERE payment_method_id IN (SELECT id FROM payments.payment_method WHERE payer_id = payer);
    UPDATE payments.payment_method
       SET payer_id = replacement, provider_token = NULL, token_digest = NULL, fingerprint_digest = NULL, provider_customer = NULL,
           expiry_month = NULL, expiry_year = NULL, bank_name = NULL
     WHERE payer_id = payer;
    -- Where a gateway knows payers by our ids, the name that it has for a setup holds one.
    UPDATE payments.setup_intent
       SET payer_id = replacement, provider_setup = replace(provider_setup, payer, replacement), address_digest = NULL, return_url = NULL
     WHERE payer_id = payer;
    DELETE FROM payments.payment_method_use WHERE payer_id = payer;
    DELETE FROM payments.card_testing_evidence WHERE payer_id = payer;
    DELETE FROM payments.gateway_customer WHERE payer_id = payer;

    UPDATE payments.outbox_message
       SET payload = jsonb_set(payload, CASE WHEN payload ? 'payment' THEN '{payment,payerId}' ELSE '{payerId}' END::text[],
                               to_jsonb(replacement))
     WHERE coalesce(payload -> 'payment' ->> 'payerId', payload ->> 'payerId') = payer;
    UPDATE payments.payer_erasure SET payer_id = NULL, status = 'done', done_at = clock_timestamp() WHERE id = erasure;
  END $$;`;

/**
 * Each takes no more than so many rows at a time, and none that is younger than a floor, whatever days are asked for: a
 * stolen login cannot use them to wipe away what it did. A token is never sent again a day after its method was removed.
 */
const RETENTION = `
  CREATE INDEX webhook_event_by_time ON payments.webhook_event USING brin (received_at);
  CREATE INDEX outbox_message_by_time ON payments.outbox_message USING brin (occurred_at);
  CREATE INDEX card_testing_evidence_by_time ON payments.card_testing_evidence USING brin (occurred_at);
  CREATE INDEX setup_intent_by_time ON payments.setup_intent USING brin (created_at);
  CREATE INDEX payment_method_token_left ON payments.payment_method (detached_at)
    WHERE status = 'removed' AND detached_at IS NOT NULL AND provider_token IS NOT NULL;

  CREATE FUNCTION payments.forget_gateway_events(days integer, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM payments.webhook_event WHERE id = ANY (ARRAY(
      SELECT id FROM payments.webhook_event
       WHERE received_at < statement_timestamp() - make_interval(days => greatest(days, 30)) AND status = 'processed' AND due_at IS NULL
       LIMIT most FOR UPDATE SKIP LOCKED)) RETURNING id)
    SELECT count(*) FROM gone $$;

  CREATE FUNCTION payments.forget_delivered_messages(days integer, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM payments.outbox_message WHERE id = ANY (ARRAY(
      SELECT id FROM payments.outbox_message
       WHERE occurred_at < statement_timestamp() - make_interval(days => greatest(days, 7)) AND delivered_at IS NOT NULL
       LIMIT most FOR UPDATE SKIP LOCKED)) RETURNING id)
    SELECT count(*) FROM gone $$;

  CREATE FUNCTION payments.forget_card_testing_evidence(days integer, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM payments.card_testing_evidence WHERE id = ANY (ARRAY(
      SELECT id FROM payments.card_testing_evidence
       WHERE occurred_at < statement_timestamp() - make_interval(days => greatest(days, 7))
       LIMIT most FOR UPDATE SKIP LOCKED)) RETURNING id)
    SELECT count(*) FROM gone $$;

  CREATE FUNCTION payments.forget_ended_setups(days integer, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (DELETE FROM payments.setup_intent WHERE id = ANY (ARRAY(
      SELECT id FROM payments.setup_intent
       WHERE created_at < statement_timestamp() - make_interval(days => greatest(days, 30))
         AND status = 'ended' AND payment_method_id IS NULL AND due_at IS NULL
         AND NOT EXISTS (SELECT FROM payments.mandate WHERE setup_intent_id = setup_intent.id)
       LIMIT most FOR UPDATE SKIP LOCKED)) RETURNING id)
    SELECT count(*) FROM gone $$;

  CREATE FUNCTION payments.destroy_removed_tokens(days integer, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH gone AS (
      UPDATE payments.payment_method SET provider_token = NULL, token_digest = NULL, fingerprint_digest = NULL WHERE id = ANY (ARRAY(
        SELECT id FROM payments.payment_method
         WHERE detached_at < statement_timestamp() - make_interval(days => greatest(days, 7)) AND status = 'removed' AND provider_token IS NOT NULL
         LIMIT most FOR UPDATE SKIP LOCKED)) RETURNING id)
    SELECT count(*) FROM gone $$;`;
