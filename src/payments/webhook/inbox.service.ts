import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { type Claim, Claims, type ClaimWith } from '../database/claims.js';
import { backOffSeconds, DueWork } from '../database/due-work.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import { Disputes } from '../dispute/disputes.service.js';
import { Gateways } from '../gateway/gateways.js';
import { PaymentsError } from '../payments.contract.js';
import { PaymentMethodNews } from '../payment-method/payment-method-news.js';
import { SetupIntents } from '../payment-method/setup-intents.service.js';
import { PaymentNews } from '../payment/payment-news.js';
import { Refunds } from '../refund/refunds.service.js';
import { InboxWriter } from './inbox-writer.js';
import type { WebhookEvent } from './webhook-event.entity.js';

/** Each asks the gateway; at 200 ms an answer this is 600 events a second. No transaction is open meanwhile. */
const BATCH = 128;
/** An event asks the gateway at most a few times, each with its time-out. */
const LEASE_SECONDS = 120;
/** Over an hour of trying, so that a gateway may be away for that long; then a person must look. Others are not held up. */
const TRIES_MAX = 16;

type Hint = Pick<WebhookEvent, 'gateway' | 'providerEventId' | 'subject'> & { isQuarantined: boolean };
type Subject = NonNullable<WebhookEvent['subject']>;

/** What gateways tell us: verified, made durable, answered, and only then worked on. */
@Injectable()
export class Inbox implements OnModuleInit {
  private readonly logger = new Logger(Inbox.name);

  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    private readonly claims: Claims,
    private readonly dueWork: DueWork,
    private readonly writer: InboxWriter,
    private readonly payments: PaymentNews,
    private readonly refunds: Refunds,
    private readonly disputes: Disputes,
    private readonly setupIntents: SetupIntents,
    private readonly methods: PaymentMethodNews,
  ) {}

  onModuleInit(): void {
    this.dueWork.register({
      table: 'webhook_event',
      batch: BATCH,
      leaseSeconds: LEASE_SECONDS,
      columns:
        'gateway, provider_event_id AS "providerEventId", subject, raw_sha256 IS NOT NULL AS "isQuarantined"',
      work: (claim: ClaimWith<Hint>) => this.apply(claim),
      failed: (claim, error) => this.giveBack(claim, error),
    });
  }

  /**
   * Stores an event once, whatever the number of its deliveries. Nothing of it is applied before the answer.
   * @throws PaymentsError `not_found` for a gateway that we do not use, `webhook_signature_invalid`
   */
  async receive(
    gatewayName: string,
    rawBody: Buffer,
    headers: Record<string, string | string[] | undefined>,
  ): Promise<void> {
    const gateway = this.gateways.find(gatewayName);
    if (!gateway) throw new PaymentsError('not_found', 'There is no such gateway here.');
    const heard = await gateway.verifyWebhook(rawBody, headers);
    if (!heard)
      throw new PaymentsError(
        'webhook_signature_invalid',
        'The signature, or its age, is not right. Check the endpoint secret and both clocks.',
      );
    await Promise.all(heard.map((one) => this.writer.write({ gateway: gateway.name, ...one })));
    this.dueWork.wake('webhook_event');
  }

  /** @throws PaymentsError `not_found` for a gateway that we do not use, or that asks no such thing */
  answerChallenge(gatewayName: string, query: Record<string, string | undefined>): string {
    const answer = this.gateways.find(gatewayName)?.answerChallenge(query);
    if (!answer) throw new PaymentsError('not_found', 'There is nothing at this address.');
    return answer;
  }

  /** An event is a hint: how things stand is asked of the gateway, so order and repetition do not matter. */
  private async apply(claim: ClaimWith<Hint>): Promise<void> {
    // The count includes workers that died of it, who could not give it back.
    if (claim.tries > TRIES_MAX) throw new Error('No worker survived this event');
    const { gateway, providerEventId, subject } = claim;
    if (claim.isQuarantined && subject?.isToldOnce)
      throw new Error(
        `Its text was not kept, and ${gateway} tells it once: look it up there, and settle it by hand`,
      );
    if (subject) await this.refresh(gateway, subject, `webhook ${gateway} ${providerEventId}`);
    await this.claims.completeWith(
      claim,
      `status = 'processed', last_error = NULL, processed_at = clock_timestamp()`,
    );
  }

  private async refresh(gateway: string, subject: Subject, actor: string): Promise<void> {
    const { kind, providerId } = subject;
    switch (kind) {
      case 'payment':
        return this.payments.hear(gateway, providerId, actor);
      case 'fraud_warning':
        return this.payments.suspectFraud(gateway, providerId, actor);
      case 'refund':
        return this.refunds.refresh(gateway, providerId, actor);
      case 'dispute':
        return this.disputes.refresh(gateway, providerId, actor);
      case 'setup':
        return this.setupIntents.refresh(gateway, providerId, subject.setupIntentId, actor);
      case 'method':
        return this.methods.refresh(gateway, providerId, subject.isByNetwork ?? false, actor);
      case 'mandate':
        return this.methods.refreshMandate(gateway, providerId, actor);
    }
  }

  private async giveBack(claim: Claim, error: unknown): Promise<void> {
    const isParked = claim.tries >= TRIES_MAX;
    const lastError = error instanceof Error ? error.message : String(error);
    // Fenced: whoever took it over may have applied it meanwhile.
    await this.database.query(
      `UPDATE payments.webhook_event
          SET status = $3, last_error = $4, due_at = clock_timestamp() + make_interval(secs => $5)
        WHERE id = $1 AND fence = $2`,
      [
        claim.id,
        claim.fence,
        isParked ? 'parked' : 'failed',
        lastError,
        isParked ? null : backOffSeconds(claim.tries),
      ],
    );
    if (isParked)
      this.logger.error({ webhookEventId: claim.id }, 'webhook event parked; an operator must look');
  }
}
