import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan, Not } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { type Claim, Claims } from '../database/claims.js';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import { Seals } from '../database/sealing.js';
import { Gateways } from '../gateway/gateways.js';
import { PaymentMethodTask } from './payment-method-task.js';
import { PaymentMethodRecord } from './payment-method.entity.js';
import { Tokens } from './tokens.js';

/** A charge under way may need the old token for as long as a bank debit takes; asked often enough to be forgotten soon. */
const IN_USE_AGAIN_AFTER_SECONDS = 10 * 60;

/** A token that a method had, opened for the gateway alone. */
export interface RetiredToken {
  token: string;
  providerCustomer: string | null;
}

/**
 * Tokens that are used no more: of a removed method, of one that was saved again, or of one that moved to another gateway.
 * Each is detached at the gateway, whenever a process may die in between, and then forgotten here.
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
  async retire(
    tx: Transaction,
    method: PaymentMethodRecord,
    kept: { until: Date; movedTo: string } | null = null,
  ): Promise<void> {
    const id = uuidv7();
    const { gateway, tokenDigest, providerCustomer } = method;
    await tx.query(
      `INSERT INTO payments.payment_method_task
         (id, payment_method_id, kind, gateway, sealed_token, token_digest, provider_customer, moved_to, created_at, due_at)
       VALUES ($1, $2, 'detach', $3, $4, $5, $6, $7, clock_timestamp(), coalesce($8, clock_timestamp()))`,
      [
        ...[id, method.id, gateway, this.seals.seal(placeOf(id), this.tokens.of(method))],
        ...[tokenDigest, providerCustomer, kept?.movedTo ?? null, kept?.until ?? null],
      ],
    );
  }

  /**
   * The method, held by this transaction, has this token again: it is not to be detached. False when that may have begun.
   */
  async takeBack(tx: Transaction, methodId: string, gateway: string, tokenDigest: string): Promise<boolean> {
    const waiting = await tx.query<{ id: string; fence: number }[]>(
      `SELECT id, fence FROM payments.payment_method_task
        WHERE payment_method_id = $1 AND kind = 'detach' AND done_at IS NULL AND gateway = $2 AND token_digest = $3
          FOR UPDATE`,
      [methodId, gateway, tokenDigest],
    );
    if (waiting.some(({ fence }) => fence > 0)) return false;
    for (const { id } of waiting) {
      await tx.query(`UPDATE payments.payment_method_task SET due_at = NULL WHERE id = $1`, [id]);
      await this.forget(tx, id);
    }
    return true;
  }

  /** The method is removed: nothing of it moves back any more, so what was kept for that is detached now. */
  async giveUpKept(tx: Transaction, methodId: string): Promise<void> {
    await tx.query(
      `UPDATE payments.payment_method_task SET due_at = clock_timestamp()
        WHERE payment_method_id = $1 AND kind = 'detach' AND done_at IS NULL AND due_at > clock_timestamp() AND fence = 0`,
      [methodId],
    );
    await tx.query(
      `UPDATE payments.payment_method_task SET token_digest = NULL
        WHERE payment_method_id = $1 AND kind = 'detach' AND done_at IS NOT NULL`,
      [methodId],
    );
  }

  /**
   * The token that a charge begun there and then was begun with: nothing else may go under its key to the gateway. Null where
   * it is still the method's own.
   */
  async tokenAt(
    methodId: string,
    { gateway, createdAt }: { gateway: string; createdAt: Date },
  ): Promise<RetiredToken | null> {
    const [retired] = await this.database.repository(PaymentMethodTask).find({
      where: {
        paymentMethodId: methodId,
        kind: 'detach',
        gateway,
        sealedToken: Not(IsNull()),
        createdAt: MoreThan(createdAt),
      },
      order: { createdAt: 'ASC' },
      take: 1,
    });
    return retired ? this.opened(retired) : null;
  }

  /** For the gateway alone. @throws SealBroken */
  opened({ id, sealedToken, providerCustomer }: PaymentMethodTask): RetiredToken {
    return { token: this.seals.open(placeOf(id), sealedToken!).toString(), providerCustomer };
  }

  /** One that is already gone at the gateway is success. */
  async detach(claim: Claim): Promise<void> {
    const task = await this.database.repository(PaymentMethodTask).findOneByOrFail({ id: claim.id });
    if (await this.isInUse(task)) return this.claims.release(claim, IN_USE_AGAIN_AFTER_SECONDS);
    if (task.sealedToken && !(await this.isOfAnother(task)))
      await this.gateways.of(task.gateway!).detach(this.opened(task).token);
    await this.database.transaction(async (tx) => {
      await this.claims.complete(tx, claim);
      await this.forget(tx, task.id);
      await tx.query(
        `UPDATE payments.payment_method SET detached_at = clock_timestamp()
          WHERE id = $1 AND status = 'removed' AND NOT EXISTS (SELECT FROM payments.payment_method_task
                  WHERE payment_method_id = $1 AND kind = 'detach' AND done_at IS NULL)`,
        [task.paymentMethodId],
      );
    });
  }

  /** Nobody's: it was saved at the gateway after its setup had ended here. One that is retired already goes in its own time. */
  async giveUp(gateway: string, token: string): Promise<void> {
    const tokenDigest = this.tokens.digestOf(gateway, token);
    const isRetired = await this.database
      .repository(PaymentMethodTask)
      .existsBy({ gateway, tokenDigest, doneAt: IsNull() });
    if (isRetired || (await this.isOfAnother({ gateway, tokenDigest }))) return;
    await this.gateways.of(gateway).detach(token);
  }

  /** Of a removed method not even the digest stays: it has nothing more to be recognised by. */
  private async forget(tx: Transaction, id: string): Promise<void> {
    await tx.query(
      `UPDATE payments.payment_method_task task
          SET sealed_token = NULL, provider_customer = NULL, done_at = clock_timestamp(),
              token_digest = CASE WHEN method.status <> 'removed' THEN task.token_digest END
         FROM payments.payment_method method
        WHERE task.id = $1 AND method.id = task.payment_method_id`,
      [id],
    );
  }

  /** Some gateways give the same card the same token again: a method that has it meanwhile is charged with it. */
  private async isOfAnother({
    gateway,
    tokenDigest,
  }: Pick<PaymentMethodTask, 'gateway' | 'tokenDigest'>): Promise<boolean> {
    if (!tokenDigest) return false;
    return this.database
      .repository(PaymentMethodRecord)
      .existsBy({ gateway: gateway!, tokenDigest, status: Not('removed') });
  }

  /** A charge that was begun with it has not ended. What was removed is not waited for: it must not be charged any more. */
  private async isInUse({ paymentMethodId, createdAt, gateway }: PaymentMethodTask): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(
      `SELECT FROM payments.payment_attempt attempt
         JOIN payments.payment ON payment.id = attempt.payment_id
         JOIN payments.payment_method method ON method.id = payment.payment_method_id
        WHERE method.id = $1 AND method.status <> 'removed' AND attempt.status <> 'ended' AND attempt.created_at < $2
          AND attempt.gateway = $3
        LIMIT 1`,
      [paymentMethodId, createdAt, gateway],
    );
    return rows.length > 0;
  }
}

function placeOf(rowId: string) {
  return { column: 'payment_method_task.sealed_token', rowId };
}
