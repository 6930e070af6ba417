import type { EntityManager } from 'typeorm';
import { AUDITOR_ROLE, PAYMENTS_LOGIN, PAYMENTS_ROLES } from './roles.js';

interface TableGrant {
  /** What the program's login may do beside reading. `insert`: rows are never changed once they are written. */
  login: 'read' | 'insert' | 'insert and update';
  /** Columns that keep their first value for ever, beside `id`. */
  fixed?: string;
  /** Columns that auditors do not see: tokens, what was sealed, and digests. `*`: the whole table. */
  hidden?: string;
}

/**
 * What each role may do with each table; the owner alone may do more, and nobody logs in as the owner. Nobody may DELETE or
 * TRUNCATE: what must go, goes by a function below. The migrations refuse a table without a row here, and
 * docs/reference/grants.md, compared with the catalogue by a test, shows what becomes of it.
 */
export const GRANTS: Readonly<Record<string, TableGrant>> = {
  payment: {
    login: 'insert and update',
    fixed: `payer_id obligation amount_minor currency capture caller idempotency_key fingerprint
      created_at`,
  },
  payment_attempt: { login: 'insert and update', fixed: 'payment_id gateway created_at' },
  payment_operation: {
    login: 'insert and update',
    fixed: 'payment_id kind amount_minor caller idempotency_key fingerprint created_at',
  },
  refund: {
    login: 'insert and update',
    fixed: `payment_id gateway amount_minor currency caller idempotency_key fingerprint created_at
      refund_request_id`,
  },
  refund_request: {
    login: 'insert and update',
    fixed: `payment_id amount_minor currency reason caller idempotency_key fingerprint created_at
      expires_at`,
  },
  dispute: { login: 'insert and update', fixed: 'payment_id gateway provider_dispute created_at' },
  ledger: { login: 'read' },

  gateway_customer: { login: 'insert and update', fixed: 'payer_id gateway created_at' },
  payment_method: {
    login: 'insert and update',
    fixed: 'payer_id type created_at',
    hidden: 'provider_token token_digest fingerprint_digest',
  },
  setup_intent: { login: 'insert and update', fixed: 'payer_id type flow gateway created_at' },
  mandate: {
    login: 'insert and update',
    fixed: 'payment_method_id setup_intent_id gateway text_version accepted_at origin',
  },
  payment_method_use: { login: 'insert and update', fixed: 'name' },
  payment_method_change: { login: 'insert' },
  payment_method_task: {
    login: 'insert and update',
    fixed: 'payment_method_id kind gateway created_at',
    hidden: 'sealed_token token_digest',
  },
  payer_erasure: { login: 'insert and update', fixed: 'stand_in begun_at' },
  card_testing_evidence: { login: 'insert', hidden: 'address_digest' },

  webhook_event: {
    login: 'insert and update',
    fixed: 'gateway account provider_event_id type subject body raw_sha256 received_at',
    hidden: 'body',
  },
  event_backfill: { login: 'insert and update', fixed: 'gateway' },
  outbox_message: {
    login: 'insert and update',
    fixed: 'position aggregate_id type payload occurred_at',
  },
  event_endpoint: {
    login: 'insert and update',
    fixed: 'url description event_types created_at',
    hidden: 'secret previous_secret',
  },
  event_delivery: {
    login: 'insert and update',
    fixed: 'endpoint_id message_id aggregate_id position created_at',
  },
  event_attempt: {
    login: 'insert and update',
    fixed: 'message_id endpoint_id attempted_at duration_ms http_status problem',
  },
  audit_entry: { login: 'insert' },
  audit_batch: { login: 'insert' },
  reconciliation_difference: { login: 'insert' },

  residence: { login: 'insert' },
  relocation: { login: 'read' },
  relocation_change: { login: 'read' },
  digest_key: { login: 'insert', hidden: '*' },
  payments_migration: { login: 'read' },
};

/** The audit log's sealer asks how far positions have been drawn. */
const SEQUENCES_READ_BY_LOGIN = ['payments.audit_entry_position_seq'];

/**
 * What must be deleted or replaced: one thing by its exact name, one payer whose erasure is recorded, or what is older than
 * its time. Each runs as the owner and looks nowhere but in PostgreSQL's own schema.
 */
const FUNCTIONS_OF_LOGIN = [
  'payments.end_payment_method_use(text)',
  'payments.replace_payer(uuid)',
  'payments.forget_gateway_events(integer, integer)',
  'payments.forget_delivered_messages(integer, integer)',
  'payments.forget_card_testing_evidence(integer, integer)',
  'payments.forget_ended_setups(integer, integer)',
  'payments.destroy_removed_tokens(integer, integer)',
  'payments.remember_gateway_account(text, text)',
];

/** Gives everybody what the table says and takes away the rest. Repeating it changes nothing. */
export async function applyGrants(tx: EntityManager): Promise<void> {
  const [about] = await tx.query<[{ owner: string; isOwner: boolean; roles: number }]>(
    `SELECT nspowner::regrole::text AS owner, pg_has_role(nspowner, 'USAGE') AS "isOwner",
            (SELECT count(*)::int FROM pg_roles WHERE rolname = ANY ($2)) AS roles
       FROM pg_namespace WHERE nspname = $1`,
    [PAYMENTS_ROLES.schema, [PAYMENTS_LOGIN, AUDITOR_ROLE]],
  );
  if (!about.isOwner) return; // the program's own login: it may neither give nor take
  await tx.query(`REVOKE ALL ON SCHEMA payments FROM PUBLIC;
    REVOKE ALL ON ALL TABLES IN SCHEMA payments FROM PUBLIC;
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA payments FROM PUBLIC;`);
  const columns = await columnsOfTables(tx);
  for (const table of columns.keys())
    if (!GRANTS[table])
      throw new Error(`The table payments.${table} has no row in src/payments/database/grants.ts`);
  // One login that owns the schema, as before `db setup`: there is nobody to grant anything to.
  if (about.roles < 2 || about.owner === PAYMENTS_LOGIN) return;

  const everybody = `${PAYMENTS_LOGIN}, ${AUDITOR_ROLE}`;
  await tx.query(`GRANT USAGE ON SCHEMA payments TO ${everybody};
    REVOKE ALL ON ALL TABLES IN SCHEMA payments FROM ${everybody};
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA payments FROM ${everybody};
    REVOKE ALL ON ALL SEQUENCES IN SCHEMA payments FROM PUBLIC, ${everybody};
    GRANT SELECT ON SEQUENCE ${SEQUENCES_READ_BY_LOGIN.join(', ')} TO ${PAYMENTS_LOGIN};
    GRANT EXECUTE ON FUNCTION ${FUNCTIONS_OF_LOGIN.join(', ')} TO ${PAYMENTS_LOGIN};`);
  for (const [table, names] of columns) await tx.query(grantsOf(table, names));
}

function grantsOf(table: string, columns: string[]): string {
  const { login, fixed = '', hidden = '' } = GRANTS[table]!;
  const never = new Set(['id', ...words(fixed)]);
  const concealed = new Set(words(hidden));
  const rights = ['SELECT'];
  if (login !== 'read') rights.push('INSERT');
  if (login === 'insert and update')
    rights.push(`UPDATE (${listOf(columns.filter((it) => !never.has(it)))})`);
  const seen = columns.filter((it) => !concealed.has(it));
  return [
    `GRANT ${rights.join(', ')} ON payments.${table} TO ${PAYMENTS_LOGIN};`,
    hidden === '*' ? '' : `GRANT SELECT (${listOf(seen)}) ON payments.${table} TO ${AUDITOR_ROLE};`,
  ].join('\n');
}

/** Tables and views with their columns. */
async function columnsOfTables(tx: EntityManager): Promise<Map<string, string[]>> {
  const rows = await tx.query<{ name: string; columns: string[] }[]>(
    `SELECT relname AS name, array_agg(attname::text ORDER BY attnum) AS columns
       FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
      WHERE relnamespace = 'payments'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
      GROUP BY relname ORDER BY relname`,
  );
  return new Map(rows.map(({ name, columns }) => [name, columns]));
}

const words = (text: string) => text.split(/\s+/).filter(Boolean);
const listOf = (columns: string[]) => columns.join(', ');
