import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Refunds that need a second person: asked for by one, agreed to by another, and made once. */
export class RefundRequests1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE payments.refund_request (
        id uuid PRIMARY KEY,
        payment_id uuid NOT NULL REFERENCES payments.payment,
        amount_minor bigint NOT NULL CHECK (amount_minor > 0),
        currency text NOT NULL,
        reason text,
        status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'rejected')),
        caller text NOT NULL,
        idempotency_key text NOT NULL,
        fingerprint text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz NOT NULL,
        decided_by text,
        decision_key text,
        decided_at timestamptz,
        CONSTRAINT refund_request_one_per_key UNIQUE (caller, idempotency_key),
        CONSTRAINT refund_request_one_decision_per_key UNIQUE (decided_by, decision_key),
        -- What a refund is bound to when it refers to this.
        CONSTRAINT refund_request_terms UNIQUE (id, payment_id, amount_minor, currency),
        CONSTRAINT refund_request_decided CHECK ((status = 'pending') = (decided_by IS NULL)
          AND (status = 'pending') = (decision_key IS NULL) AND (status = 'pending') = (decided_at IS NULL)),
        CONSTRAINT refund_request_second_person CHECK (status <> 'approved' OR decided_by <> caller),
        CONSTRAINT refund_request_in_time CHECK (status <> 'approved' OR decided_at <= expires_at)
      );
      CREATE INDEX refund_request_of_payment ON payments.refund_request (payment_id);
      CREATE INDEX refund_request_pending ON payments.refund_request (id) WHERE status = 'pending';

      -- At most one refund of each request, and that of no other amount, currency or payment.
      ALTER TABLE payments.refund
        ADD refund_request_id uuid CONSTRAINT refund_one_per_request UNIQUE,
        ADD CONSTRAINT refund_as_requested FOREIGN KEY (refund_request_id, payment_id, amount_minor, currency)
          REFERENCES payments.refund_request (id, payment_id, amount_minor, currency);
      CREATE INDEX refund_of_caller ON payments.refund (caller, created_at) WHERE refund_request_id IS NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX payments.refund_of_caller;
      ALTER TABLE payments.refund DROP COLUMN refund_request_id;
      DROP TABLE payments.refund_request`);
  }
}
