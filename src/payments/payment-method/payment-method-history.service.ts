import { Injectable } from '@nestjs/common';
import { PaymentsDatabase } from '../database/payments-database.js';
import type { PaymentMethodReason } from '../payments.contract.js';
import type { ByWhom } from './payment-method-reasons.js';
import { PaymentMethodRecord } from './payment-method.entity.js';
import { noSuchMethod } from './payment-methods.service.js';
import type { PaymentMethodHistoryEntryDto, ShownPaymentMethodDto } from './payment-methods.dto.js';

interface Entry {
  id: string;
  reason: PaymentMethodReason;
  byWhom: ByWhom;
  before: ShownPaymentMethodDto | null;
  after: ShownPaymentMethodDto;
  changedAt: Date;
}

/** What became of a saved method, from the day it was saved. */
@Injectable()
export class PaymentMethodHistory {
  constructor(private readonly database: PaymentsDatabase) {}

  /** One page, the newest first; of a removed method too. @throws PaymentsError `not_found` */
  async of(payerId: string, id: string, page: { limit: number; after?: string }): Promise<Entry[]> {
    const isTheirs = await this.database.repository(PaymentMethodRecord).existsBy({ id, payerId });
    if (!isTheirs) throw noSuchMethod();
    return this.database.query<Entry[]>(
      `SELECT id, reason, by_whom AS "byWhom", before, after, changed_at AS "changedAt"
         FROM payments.payment_method_change
        WHERE payment_method_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
      [id, page.after ?? null, page.limit],
    );
  }
}

export function historyEntryView(entry: Entry): PaymentMethodHistoryEntryDto {
  return { ...entry, changedAt: entry.changedAt.toISOString() };
}
