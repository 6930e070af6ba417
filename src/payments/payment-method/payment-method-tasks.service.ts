import { Injectable, type OnModuleInit } from '@nestjs/common';
import { BusinessClock } from '../../platform/clock/business-clock.js';
import { type Claim, Claims } from '../database/claims.js';
import { backOffSeconds, DueWork } from '../database/due-work.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import { nextStepAt, reachedStep } from './card-expiry.js';
import { PaymentMethodChanges } from './payment-method-changes.js';
import { PaymentMethodNews } from './payment-method-news.js';
import { EXPIRY_REASONS } from './payment-method-reasons.js';
import { PaymentMethodTask, planCheck, planExpiryNotice } from './payment-method-task.js';
import { RetiredTokens } from './retired-tokens.service.js';

const BATCH = 10;
/** One call to the gateway, with its time-out and its repetition. */
const LEASE_SECONDS = 120;

/** What has to be done for saved methods when its time has come: detach tokens, tell of an expiry, check before a charge. */
@Injectable()
export class PaymentMethodTasks implements OnModuleInit {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly claims: Claims,
    private readonly dueWork: DueWork,
    private readonly clock: BusinessClock,
    private readonly events: Events,
    private readonly changes: PaymentMethodChanges,
    private readonly news: PaymentMethodNews,
    private readonly retiredTokens: RetiredTokens,
  ) {}

  onModuleInit(): void {
    this.dueWork.register({
      table: 'payment_method_task',
      batch: BATCH,
      leaseSeconds: LEASE_SECONDS,
      byBusinessClock: true,
      work: (claim) => this.run(claim),
      failed: (claim) => this.claims.release(claim, backOffSeconds(claim.tries)),
    });
  }

  private async run(claim: Claim): Promise<void> {
    const task = await this.database.repository(PaymentMethodTask).findOneByOrFail({ id: claim.id });
    switch (task.kind) {
      case 'detach':
        return this.retiredTokens.detach(claim);
      case 'expiry':
        return this.tellOfExpiry(claim, task.paymentMethodId);
      case 'check':
        return this.check(claim, task.paymentMethodId);
    }
  }

  /** One notice per step, and only the step that has been reached: what was missed meanwhile is not told any more. */
  private async tellOfExpiry(claim: Claim, methodId: string): Promise<void> {
    const now = this.clock.now();
    await this.database.transaction(async (tx) => {
      const method = await this.changes.hold(tx, methodId);
      await this.claims.complete(tx, claim);
      if (method.status === 'removed') return;
      const step = reachedStep(method, now);
      const isNews = step !== null && (method.expiryNotice === null || step < method.expiryNotice);
      if (isNews && method.status === 'active')
        await this.changes.apply(tx, method, {
          reason: EXPIRY_REASONS[step],
          actor: 'expiry sweep',
          set: { expiryNotice: step },
          tells: 'payment_method.expiring',
        });
      await planExpiryNotice(tx, method, nextStepAt(method, now));
    });
    this.events.published();
  }

  /** A method that died unnoticed is found here, not by a charge that fails. */
  private async check(claim: Claim, methodId: string): Promise<void> {
    await this.news.look(methodId, 'check before a charge');
    await this.database.transaction(async (tx) => {
      await this.claims.complete(tx, claim);
      await planCheck(tx, methodId, this.clock.now());
    });
  }
}
