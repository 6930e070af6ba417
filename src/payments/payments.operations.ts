import { Injectable } from '@nestjs/common';
import { type DatabaseFacts, databaseFacts } from '../platform/postgres/database-facts.js';
import { acceptedDefaultLogins } from '../platform/postgres/default-logins.js';
import { type AuditVerification, AuditVerifier } from './audit/audit-verifier.js';
import { AuditKeys } from './audit/audit-keys.js';
import { DueWork } from './database/due-work.js';
import { IsolationWatch } from './database/isolation-watch.js';
import { PaymentsDatabase } from './database/payments-database.js';
import { type Begun, type ErasureProgress, PayerErasures } from './erasure/payer-erasures.service.js';
import { AccessLog } from './event/access-log.js';
import { type EventEndpoint, endpointView } from './event-endpoint/event-endpoint.entity.js';
import { EventEndpoints } from './event-endpoint/event-endpoints.service.js';
import { EventLog } from './event-endpoint/event-log.service.js';
import { Gateways } from './gateway/gateways.js';
import { MethodMigration } from './payment-method/method-migration.service.js';
import { Attention, type AttentionRow } from './operations/attention.service.js';
import { Backlogs } from './operations/backlog.service.js';
import { type Asked, AskAgain } from './payment-method/ask-again.service.js';
import { type TimelineEntry, Timeline } from './payment/timeline.service.js';
import { PaymentsConfig } from './payments.config.js';
import { isMendedByAsking } from './reconciliation/differences.js';
import { Reconciliation, type ReconciliationResult } from './reconciliation/reconciliation.service.js';
import {
  InboxOperations,
  type EventSelection,
  type EventSummary,
} from './webhook/inbox-operations.service.js';

export { WEBHOOK_EVENT_STATUSES, type WebhookEventStatus } from './webhook/webhook-event-status.js';
export type { AuditVerification };
export type {
  MigrationEnds,
  MigrationOutcome,
  MigrationReport,
} from './payment-method/method-migration.service.js';

export interface AuditFacts {
  entries: number;
  entriesWithoutActor: number;
}

export interface PaymentsStatus {
  database: { name: string; role: string; serverVersion: string };
  /** How far payment data is from the rest, as measured. */
  isolation: string;
  gateway: { name: string; address: string };
  charging: 'on' | 'off';
  webhookEvents: Record<string, number>;
  outboxWaiting: number;
  payments: Record<string, number>;
}

/** What operators ask of payments from the command line. */
@Injectable()
export class PaymentsOperations {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly isolation: IsolationWatch,
    private readonly config: PaymentsConfig,
    private readonly dueWork: DueWork,
    private readonly backlogs: Backlogs,
    private readonly needsAttention: Attention,
    private readonly inbox: InboxOperations,
    private readonly timelines: Timeline,
    private readonly reconciliation: Reconciliation,
    private readonly gateways: Gateways,
    private readonly methodsToAskFor: AskAgain,
    readonly methodMigration: MethodMigration,
    private readonly accessLog: AccessLog,
    private readonly auditVerifier: AuditVerifier,
    private readonly auditKeys: AuditKeys,
    private readonly erasures: PayerErasures,
    readonly eventEndpoints: EventEndpoints,
    readonly eventLog: EventLog,
  ) {}

  /** Before a command does anything: what an operator sees and does leaves an entry, too. */
  recordCommand(operator: string, command: string, options: Record<string, unknown>): Promise<void> {
    return this.accessLog.record({
      kind: 'operation',
      actor: operator,
      action: `command.${command.replaceAll(' ', '_')}`,
      details: options,
    });
  }

  /** Whether the audit log is what was sealed, signed and anchored; an auditor asks that without us. */
  verifyAudit(progress: (entries: number) => void): Promise<AuditVerification> {
    return this.auditVerifier.verify(progress);
  }

  async auditFacts(): Promise<AuditFacts> {
    const [facts] = await this.database.query<[AuditFacts]>(
      `SELECT count(*)::int AS entries, (count(*) FILTER (WHERE actor = ''))::int AS "entriesWithoutActor"
         FROM payments.audit_entry`,
    );
    return facts;
  }

  /** What the payments database says of itself, with a look for card numbers through every row. */
  async databaseFacts(progress: (rows: number) => void): Promise<DatabaseFacts> {
    const facts = await databaseFacts(
      (sql, parameters) => this.database.query(sql, parameters),
      'payments',
      progress,
    );
    return { ...facts, defaultLoginsAccepted: await acceptedDefaultLogins(this.database.url) };
  }

  /** Signs what an operator hands out, by the key that signs the audit log. */
  sign(text: string): { keyName: string; signature: string } {
    return { keyName: this.auditKeys.signingName, signature: this.auditKeys.sign(text).toString('base64') };
  }

  /** Null where the key is not known here. */
  isSigned(text: string, { keyName, signature }: { keyName: string; signature: string }): boolean | null {
    return this.auditKeys.verify(keyName, text, Buffer.from(signature, 'base64'));
  }

  async status(): Promise<PaymentsStatus> {
    const [database] = await this.database.query<[PaymentsStatus['database']]>(
      `SELECT current_database() AS name, current_user AS role, current_setting('server_version') AS "serverVersion"`,
    );
    return {
      database,
      isolation: await this.isolation.level(),
      gateway: { name: this.config.gateway.PAYMENT_GATEWAY, address: this.config.gateway.address },
      charging: this.config.PAYMENTS_CHARGING,
      webhookEvents: await this.countByStatus('webhook_event'),
      outboxWaiting: (await this.backlogs.of('outbox_message')).waiting,
      payments: await this.countByStatus('payment'),
    };
  }

  /** What needs a person's eyes, why, and the command that deals with it. */
  attention(): Promise<AttentionRow[]> {
    return this.needsAttention.list();
  }

  timeline(paymentId: string): Promise<TimelineEntry[]> {
    return this.timelines.of(paymentId);
  }

  /** Makes recovery look at a payment now; with no id, at every one that is open and that nobody is writing. Returns how many. */
  async recover(paymentId?: string): Promise<number> {
    const [, count] = await this.database.query<[unknown, number]>(
      `UPDATE payments.payment_attempt SET due_at = clock_timestamp(), tries = 0
        WHERE id = ANY (ARRAY(SELECT id FROM payments.payment_attempt
                               WHERE due_at IS NOT NULL AND ($1::uuid IS NULL OR payment_id = $1) FOR UPDATE SKIP LOCKED))`,
      [paymentId ?? null],
    );
    this.dueWork.wake('payment_attempt');
    return count;
  }

  webhookEvents(selection: EventSelection, limit: number): Promise<EventSummary[]> {
    return this.inbox.list(selection, limit);
  }

  webhookEventBody(id: string): Promise<string> {
    return this.inbox.body(id);
  }

  replayWebhookEvents(selection: EventSelection): Promise<number> {
    return this.inbox.replay(selection);
  }

  dismissWebhookEvent(id: string): Promise<void> {
    return this.inbox.dismiss(id);
  }

  /** Makes undelivered messages due now. Returns how many. */
  async retryOutbox(): Promise<number> {
    const [, count] = await this.database.query<[unknown, number]>(
      `UPDATE payments.outbox_message SET due_at = clock_timestamp() WHERE delivered_at IS NULL`,
    );
    this.dueWork.wake('outbox_message');
    return count;
  }

  /**
   * Delivers again what was delivered since then: for neighbours whose own database was restored to an earlier moment.
   * Whoever still knows an event leaves it alone. Returns how many.
   */
  async redeliverOutbox(since: Date): Promise<number> {
    const [, count] = await this.database.query<[unknown, number]>(
      `UPDATE payments.outbox_message SET delivered_at = NULL, due_at = clock_timestamp(), tries = 0
        WHERE delivered_at IS NOT NULL AND occurred_at >= $1`,
      [since],
    );
    this.dueWork.wake('outbox_message');
    return count;
  }

  reconcile(since: Date, until: Date, progress: (compared: number) => void): Promise<ReconciliationResult> {
    return this.reconciliation.run(since, until, progress);
  }

  /** Has the gateway asked about what differs, in the background. Returns how many it will be asked about. */
  askAgainAbout({ runId, differences }: ReconciliationResult): Promise<number> {
    const mendable = differences.filter(({ reason }) => isMendedByAsking(reason));
    return this.inbox.hearOf(`reconcile:${runId}`, mendable);
  }

  /** Asks payers to add the methods of a gateway again; with `isDryRun` only says how many. */
  async askAgain(gateway: string, isDryRun: boolean, progress: (methods: number) => void): Promise<Asked> {
    this.gateways.of(gateway);
    const asked = await this.methodsToAskFor.count(gateway);
    return isDryRun ? asked : { ...asked, methods: await this.methodsToAskFor.ask(gateway, progress) };
  }

  /** Begins to forget a payer, or says what is open; the workers of any process finish it. */
  erasePayer(payerId: string, operator: string): Promise<Begun> {
    return this.erasures.begin(payerId, operator);
  }

  erasureProgress(erasureId: string): Promise<ErasureProgress> {
    return this.erasures.progress(erasureId);
  }

  async listEventEndpoints(limit: number): Promise<EventEndpoint[]> {
    return (await this.eventEndpoints.list({ limit })).map(endpointView);
  }

  /** Where events go now. */
  async eventEndpointUrls(): Promise<string[]> {
    const rows = await this.database.query<{ url: string }[]>(
      `SELECT url FROM payments.event_endpoint WHERE status = 'active'`,
    );
    return rows.map(({ url }) => url);
  }

  private async countByStatus(table: 'webhook_event' | 'payment'): Promise<Record<string, number>> {
    const rows = await this.database.query<{ status: string; count: string }[]>(
      `SELECT status, count(*) FROM payments.${table} GROUP BY status ORDER BY status`,
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
  }
}
