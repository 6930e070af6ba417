import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { type Claim, Claims } from '../database/claims.js';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import { Seals } from '../database/sealing.js';
import { Gateways } from '../gateway/gateways.js';
import { PaymentMethodTask } from './payment-method-task.js';
import type { PaymentMethodRecord } from './payment-method.entity.js';
import { Tokens } from './tokens.js';

/** A charge under way may need the old token for as long as a bank debit takes; asked often enough to be forgotten soon. */
const IN_USE_AGAIN_AFTER_SECONDS = 10 * 60;

/**
 * Tokens that are used no more: of a removed method, or of one that was saved again. Each is detached at the gateway,
 * whenever a process may die in between, and then forgotten here.
 */
@Injectable()
export class RetiredTokens {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    private readonly claims: Claims,
    private readonly seals: Seals,
    private readonly tokens: Tokens,
  ) {}

  /** The method is held by this transaction: a charge begun before it keeps this token, one begun later has the new one. */
  async retire(tx: Transaction, method: PaymentMethodRecord): Promise<void> {
    const id = uuidv7();
    await tx.query(
      `INSERT INTO payments.payment_method_task (id, payment_method_id, kind, gateway, sealed_token, created_at, due_at)
       VALUES ($1, $2, 'detach', $3, $4, clock_timestamp(), clock_timestamp())`,
      [id, method.id, method.gateway, this.seals.seal(placeOf(id), this.tokens.of(method))],
    );
  }

  /**
   * The token that a charge begun at that moment was begun with: nothing else may go under its key to the gateway. Null where
   * it is still the method's own.
   */
  async tokenAt(methodId: string, moment: Date): Promise<string | null> {
    const [retired] = await this.database.query<{ id: string; sealed_token: Buffer }[]>(
      `SELECT id, sealed_token FROM payments.payment_method_task
        WHERE payment_method_id = $1 AND kind = 'detach' AND sealed_token IS NOT NULL AND created_at > $2
        ORDER BY created_at LIMIT 1`,
      [methodId, moment],
    );
    return retired ? this.seals.open(placeOf(retired.id), retired.sealed_token).toString() : null;
  }

  /** One that is already gone at the gateway is success. */
  async detach(claim: Claim): Promise<void> {
    const task = await this.database.repository(PaymentMethodTask).findOneByOrFail({ id: claim.id });
    if (await this.isInUse(task)) return this.claims.release(claim, IN_USE_AGAIN_AFTER_SECONDS);
    if (task.sealedToken) {
      const token = this.seals.open(placeOf(task.id), task.sealedToken).toString();
      await this.gateways.of(task.gateway!).detach(token);
    }
    await this.database.transaction(async (tx) => {
      await this.claims.complete(tx, claim);
      await tx.query(
        `UPDATE payments.payment_method_task SET sealed_token = NULL, done_at = clock_timestamp() WHERE id = $1`,
        [task.id],
      );
      await tx.query(
        `UPDATE payments.payment_method SET detached_at = clock_timestamp() WHERE id = $1 AND status = 'removed'`,
        [task.paymentMethodId],
      );
    });
  }

  /** A charge that was begun with it has not ended. What was removed is not waited for: it must not be charged any more. */
  private async isInUse({ paymentMethodId, createdAt }: PaymentMethodTask): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(
      `SELECT FROM payments.payment_attempt attempt
         JOIN payments.payment ON payment.id = attempt.payment_id
         JOIN payments.payment_method method ON method.id = payment.payment_method_id
        WHERE method.id = $1 AND method.status <> 'removed' AND attempt.status <> 'ended' AND attempt.created_at < $2
        LIMIT 1`,
      [paymentMethodId, createdAt],
    );
    return rows.length > 0;
  }
}

function placeOf(rowId: string) {
  return { column: 'payment_method_task.sealed_token', rowId };
}
