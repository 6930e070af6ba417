import { Injectable } from '@nestjs/common';
import type { Transaction } from '../database/payments-database.js';
import { CardTesting } from '../payment-method/card-testing.service.js';
import { PaymentMethodChanges } from '../payment-method/payment-method-changes.js';
import type { PaymentFailure } from '../payments.contract.js';
import type { PaymentAttempt } from './payment-attempt.entity.js';
import type { PaymentRecord } from './payment.entity.js';

/** A bank said no to the card; the gateway not answering, or a payer not finishing, says nothing about a card. */
const ABOUT_THE_CARD: ReadonlySet<PaymentFailure['code']> = new Set([
  'declined',
  'insufficient_funds',
  'card_expired',
  'incorrect_details',
  'authentication_failed',
  'method_unusable',
]);

/** What a charge that failed means for the method that it was made with; in the transaction that fails it. */
@Injectable()
export class MethodConsequences {
  constructor(
    private readonly changes: PaymentMethodChanges,
    private readonly cardTesting: CardTesting,
  ) {}

  async ofFailure(
    tx: Transaction,
    payment: PaymentRecord,
    attempt: PaymentAttempt,
    actor: string,
  ): Promise<void> {
    const { code, methodReason } = payment.failure!;
    if (methodReason)
      await this.changes.requireReplacement(tx, payment.paymentMethodId, {
        reason: methodReason,
        actor,
        since: attempt.createdAt,
      });
    // Off-session nobody tries out anything: a plan that fails every month is no evidence against its payer.
    if (payment.returnUrl && ABOUT_THE_CARD.has(code))
      await this.cardTesting.note(tx, 'refusal', `payment ${payment.id}`, {
        payerId: payment.payerId,
        addressDigest: null,
      });
  }
}
