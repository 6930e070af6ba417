import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Kept, Retention } from '../../platform/retention/retention.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import { PaymentsConfig } from '../payments.config.js';

/** What may go, as a condition; the function that removes it, which the database gives us, has the same one and a floor of its own. */
const KINDS = [
  {
    what: 'gateway events',
    setting: 'GATEWAY_EVENTS_KEPT_DAYS',
    table: 'webhook_event',
    past: `received_at < $1 AND status IN ('processed', 'dismissed') AND due_at IS NULL
      AND NOT coalesce(subject ? 'isToldOnce', false)`,
    removedBy: 'forget_gateway_events',
  },
  {
    what: 'delivered messages to neighbours',
    setting: 'DELIVERED_MESSAGES_KEPT_DAYS',
    table: 'outbox_message',
    past: 'occurred_at < $1 AND delivered_at IS NOT NULL',
    removedBy: 'forget_delivered_messages',
  },
  {
    what: 'evidence of card testing',
    setting: 'CARD_TESTING_EVIDENCE_KEPT_DAYS',
    table: 'card_testing_evidence',
    past: 'occurred_at < $1',
    removedBy: 'forget_card_testing_evidence',
  },
  {
    what: 'setups that saved nothing',
    setting: 'ENDED_SETUPS_KEPT_DAYS',
    table: 'setup_intent',
    past: `created_at < $1 AND status = 'ended' AND payment_method_id IS NULL AND due_at IS NULL
      AND NOT EXISTS (SELECT FROM payments.mandate WHERE setup_intent_id = setup_intent.id)`,
    removedBy: 'forget_ended_setups',
  },
  {
    what: 'tokens of removed methods',
    setting: 'REMOVED_TOKENS_KEPT_DAYS',
    table: 'payment_method',
    past: `detached_at < $1 AND status = 'removed' AND provider_token IS NOT NULL`,
    removedBy: 'destroy_removed_tokens',
  },
] as const;

/** What payments keep for a time. Payments, refunds, disputes, mandates and the audit log are no part of it: they stay. */
@Injectable()
export class PaymentsRetention implements OnModuleInit {
  constructor(
    private readonly retention: Retention,
    private readonly database: PaymentsDatabase,
    private readonly config: PaymentsConfig,
  ) {}

  onModuleInit(): void {
    this.retention.register(...KINDS.map((kind) => this.kept(kind)));
  }

  private kept({ what, setting, table, past, removedBy }: (typeof KINDS)[number]): Kept {
    const days = this.config[setting];
    const moment = `statement_timestamp() - make_interval(days => $1)`;
    return {
      what,
      setting,
      days,
      count: async () => {
        const [{ count }] = await this.database.query<[{ count: string }]>(
          `SELECT count(*) FROM payments.${table} WHERE ${past.replace('$1', moment)}`,
          [days],
        );
        return Number(count);
      },
      remove: async (most) => {
        const [{ count }] = await this.database.query<[{ count: string }]>(
          `SELECT payments.${removedBy}($1, $2) AS count`,
          [days, most],
        );
        return Number(count);
      },
    };
  }
}
