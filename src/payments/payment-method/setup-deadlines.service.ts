import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Claim, Claims } from '../database/claims.js';
import { backOffSeconds, DueWork } from '../database/due-work.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import type { SetupOutcome } from '../gateway/saving.js';
import { Gateways } from '../gateway/gateways.js';
import { SetupCompletion } from './setup-completion.service.js';
import { SetupIntentRecord } from './setup-intent.entity.js';

const BATCH = 10;
/** Two calls to the gateway, each with its time-out and its repetition. */
const LEASE_SECONDS = 180;
const ACTOR = 'setup deadline';

/** Setups that nobody finished are ended at the gateway and here, so that no half-open one can be used later. */
@Injectable()
export class SetupDeadlines implements OnModuleInit {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    private readonly completion: SetupCompletion,
    private readonly claims: Claims,
    private readonly dueWork: DueWork,
  ) {}

  onModuleInit(): void {
    this.dueWork.register({
      table: 'setup_intent',
      batch: BATCH,
      leaseSeconds: LEASE_SECONDS,
      byBusinessClock: true,
      work: (claim) => this.end(claim),
      failed: (claim) => this.claims.release(claim, backOffSeconds(claim.tries)),
    });
  }

  /** What the payer finished at the last moment is saved; everything else ends. Either way it says when it is due again. */
  private async end(claim: Claim): Promise<void> {
    const setup = await this.database.repository(SetupIntentRecord).findOneByOrFail({ id: claim.id });
    if (setup.status === 'completed' || setup.status === 'ended')
      return this.claims.completeWith(claim, 'status = status');
    await this.completion.apply(setup, await this.outcomeOf(setup), ACTOR);
  }

  private async outcomeOf({
    providerSetup,
    gateway,
    flow,
    status,
  }: SetupIntentRecord): Promise<SetupOutcome> {
    const reason = status === 'verifying' ? 'verification_expired' : 'expired';
    // The process died before the gateway's id was stored: nobody was sent there.
    if (!providerSetup) return { status: 'ended', reason };
    const outcome = await this.gateways.of(gateway).cancelSetup(providerSetup, flow);
    if (outcome.status === 'succeeded') return outcome;
    // The page of a gateway may be done with, while the account behind it waits for ever: it ends here.
    const nowWaits = outcome.status === 'verifying' && status === 'pending';
    return nowWaits ? outcome : { status: 'ended', reason };
  }
}
