import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Transaction } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import type {
  PaymentMethodEventType,
  PaymentMethodReason,
  PaymentMethodStatus,
} from '../payments.contract.js';
import { BY_WHOM, RENEWED } from './payment-method-reasons.js';
import { assertPaymentMethodEdge } from './payment-method-status.js';
import { PaymentMethodRecord } from './payment-method.entity.js';
import { PaymentMethodViews } from './payment-method-views.js';

export interface MethodChange {
  reason: PaymentMethodReason;
  actor: string;
  to?: PaymentMethodStatus;
  /** What is stored of it besides: what is shown, its token, its default. */
  set?: Partial<PaymentMethodRecord>;
  /** What the audit log says besides. */
  about?: Record<string, string>;
  /** What neighbours are told; null when it is nothing to them. */
  tells: PaymentMethodEventType | null;
}

/** The only way by which a saved method changes, with its history, audit entry and event in the same transaction. */
@Injectable()
export class PaymentMethodChanges {
  constructor(
    private readonly events: Events,
    private readonly views: PaymentMethodViews,
  ) {}

  /** The row, held until the transaction ends. */
  async hold(tx: Transaction, id: string): Promise<PaymentMethodRecord> {
    return tx.findOneOrFail(PaymentMethodRecord, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  /** A new row. Its first entry of history is that it was saved. */
  async insert(tx: Transaction, method: PaymentMethodRecord, actor: string): Promise<void> {
    await tx.insert(PaymentMethodRecord, method);
    const reason = method.status === 'active' ? 'saved' : 'verification_started';
    await this.record(tx, null, method, { reason, actor, tells: 'payment_method.saved' });
  }

  /** `method` is held by this transaction; it is changed in place and returned. */
  async apply(
    tx: Transaction,
    method: PaymentMethodRecord,
    change: MethodChange,
  ): Promise<PaymentMethodRecord> {
    const before = { ...method };
    const { to = method.status, set, reason } = change;
    if (to !== method.status) assertPaymentMethodEdge(method.status, to);
    const isDefault = (set?.isDefault ?? method.isDefault) && to === 'active'; // what cannot be charged is offered to nobody
    const statusReason = to === method.status ? method.statusReason : reason;
    const columns = { ...set, status: to, statusReason, isDefault, version: method.version + 1 };
    await tx.update(PaymentMethodRecord, { id: method.id }, columns);
    Object.assign(method, columns);
    await this.record(tx, before, method, change);
    return method;
  }

  /**
   * It can no longer be charged, as a decline or the gateway says. What was heard `since` before the method was renewed is
   * about its old token or expiry, and changes nothing.
   */
  async requireReplacement(
    tx: Transaction,
    id: string,
    { reason, actor, since }: { reason: PaymentMethodReason; actor: string; since?: Date },
  ): Promise<void> {
    const method = await this.hold(tx, id);
    if (method.status !== 'active') return;
    if (since && (await this.wasRenewed(tx, id, since))) return;
    await this.apply(tx, method, {
      reason,
      actor,
      to: 'requires_replacement',
      tells: 'payment_method.requires_replacement',
    });
    await this.revokeMandate(tx, id, reason);
  }

  /** A new consent takes the place of the old one; a lost method has none. */
  async revokeMandate(tx: Transaction, methodId: string, reason: string): Promise<void> {
    await tx.query(
      `UPDATE payments.mandate SET revoked_at = clock_timestamp(), revoked_reason = $2
        WHERE payment_method_id = $1 AND revoked_at IS NULL`,
      [methodId, reason],
    );
  }

  /** Why it changed last; it is held by this transaction. */
  async lastReason(tx: Transaction, id: string): Promise<PaymentMethodReason> {
    const [last] = await tx.query<{ reason: PaymentMethodReason }[]>(
      `SELECT reason FROM payments.payment_method_change
        WHERE payment_method_id = $1 ORDER BY changed_at DESC, id DESC LIMIT 1`,
      [id],
    );
    return last!.reason;
  }

  private async wasRenewed(tx: Transaction, id: string, since: Date): Promise<boolean> {
    const rows = await tx.query<unknown[]>(
      `SELECT FROM payments.payment_method_change
        WHERE payment_method_id = $1 AND reason = ANY ($2) AND changed_at > $3 LIMIT 1`,
      [id, RENEWED, since],
    );
    return rows.length > 0;
  }

  private async record(
    tx: Transaction,
    before: PaymentMethodRecord | null,
    after: PaymentMethodRecord,
    { reason, actor, tells, set, about }: MethodChange,
  ): Promise<void> {
    await tx.query(
      `INSERT INTO payments.payment_method_change (id, payment_method_id, reason, by_whom, before, after)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [uuidv7(), after.id, reason, BY_WHOM[reason], before && shown(before), shown(after)],
    );
    const replacedBy = set?.replacedBy ?? null;
    await this.events.record(tx, {
      actor,
      action: tells ?? 'payment_method.updated',
      target: { type: 'payment_method', id: after.id },
      change: {
        from: before?.status ?? null,
        to: after.status,
        reason,
        isDefault: after.isDefault,
        ...(replacedBy && { replacedBy }),
        ...about,
      },
      ...(tells && {
        publish: {
          type: tells,
          payload: {
            payerId: after.payerId,
            paymentMethod: this.views.of(after),
            reason,
            replacedBy,
          },
        },
      }),
    });
  }
}

/** What is shown of a method, and so what its history is about. */
export function shown(method: PaymentMethodRecord): object {
  const { status, isDefault, cardBrand, lastFour, expiryMonth, expiryYear, bankName } = method;
  return { status, isDefault, cardBrand, lastFour, expiryMonth, expiryYear, bankName };
}
