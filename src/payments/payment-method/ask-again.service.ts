import { Injectable } from '@nestjs/common';
import { BusinessClock } from '../../platform/clock/business-clock.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import { PaymentMethodChanges } from './payment-method-changes.js';
import { PaymentMethodRecord } from './payment-method.entity.js';

/** Methods of one transaction: their mails go out in handfuls, and charges wait for none of them for long. */
const BATCH = 50;

export interface Asked {
  methods: number;
  payers: number;
}

/**
 * A gateway is left without its tokens being moved: payers are asked to add their methods again. Until they do, the old
 * ones go on being charged there.
 */
@Injectable()
export class AskAgain {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly changes: PaymentMethodChanges,
    private readonly events: Events,
    private readonly clock: BusinessClock,
  ) {}

  /** Who would be asked: the active methods of that gateway whose owner was not asked yet. */
  async count(gateway: string): Promise<Asked> {
    const [row] = await this.database.query<[Asked]>(
      `SELECT count(*)::int AS methods, count(DISTINCT payer_id)::int AS payers FROM payments.payment_method
        WHERE gateway = $1 AND status = 'active' AND asked_again_at IS NULL`,
      [gateway],
    );
    return row;
  }

  /** Each once, however often it is run; it goes on where it was broken off. */
  async ask(gateway: string, progress: (methods: number) => void): Promise<number> {
    let asked = 0;
    for (;;) {
      const count = await this.askSome(gateway);
      if (count === 0) return asked;
      this.events.published();
      progress((asked += count));
    }
  }

  private async askSome(gateway: string): Promise<number> {
    return this.database.transaction(async (tx) => {
      const methods = await tx
        .createQueryBuilder(PaymentMethodRecord, 'method')
        .where(`method.gateway = :gateway AND method.status = 'active' AND method.asked_again_at IS NULL`, {
          gateway,
        })
        .orderBy('method.id')
        .limit(BATCH)
        .setLock('pessimistic_write')
        .getMany();
      for (const method of methods)
        await this.changes.apply(tx, method, {
          reason: 'asked_again',
          actor: 'operator',
          set: { askedAgainAt: this.clock.now() },
          tells: 'payment_method.replacement_asked',
        });
      return methods.length;
    });
  }
}
