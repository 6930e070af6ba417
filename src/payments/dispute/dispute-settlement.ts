import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import type { DisputeOutcome } from '../gateway/gateway.js';
import { PaymentMethodChanges } from '../payment-method/payment-method-changes.js';
import { keepRequests, sent } from '../payment/gateway-requests.js';
import { countDisputed } from '../payment/disputed-part.js';
import { PaymentAttempt } from '../payment/payment-attempt.entity.js';
import { PaymentRecord, paymentView } from '../payment/payment.entity.js';
import type { DisputeEventType, DisputeStatus } from '../payments.contract.js';
import { assertDisputeEdge } from './dispute-status.js';
import { DisputeRecord, disputeView } from './dispute.entity.js';

type Known = Exclude<DisputeOutcome, { status: 'unknown' }>;

const EVENT_OF: Partial<Record<DisputeStatus, DisputeEventType>> = {
  won: 'dispute.won',
  lost: 'dispute.lost',
  inquiry_closed: 'dispute.closed',
};

/** The only way by which a dispute can move on: what the gateway says of it, and what that means for its payment. */
@Injectable()
export class DisputeSettlement {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly methods: PaymentMethodChanges,
    private readonly events: Events,
  ) {}

  /** Which version of it is known before the gateway is asked; 0 while it is unknown. */
  async observe(gateway: string, providerDispute: string): Promise<number> {
    const known = await this.database.repository(DisputeRecord).findOneBy({ gateway, providerDispute });
    return known?.version ?? 0;
  }

  /**
   * Null when the disputed charge is not ours; `moved` when the dispute is not as it was observed: what the gateway said may
   * be older than what is known by now, and is asked for again.
   */
  async settle(
    gateway: string,
    outcome: Known,
    observed: number,
    actor: string,
  ): Promise<DisputeRecord | null | 'moved'> {
    const attempt = await this.database
      .repository(PaymentAttempt)
      .findOneBy({ gateway, providerPayment: outcome.providerPayment });
    if (!attempt) return null;

    const dispute = await this.database.transaction(async (tx) => {
      const payment = await tx.findOneOrFail(PaymentRecord, {
        where: { id: attempt.paymentId },
        lock: { mode: 'pessimistic_write' },
      });
      const known = await tx.findOneBy(DisputeRecord, { gateway, providerDispute: outcome.providerDispute });
      if ((known?.version ?? 0) !== observed) return 'moved';
      const current = known ? { ...known } : null;
      if (current && current.status !== outcome.status) assertDisputeEdge(current.status, outcome.status);

      const after = await this.store(tx, known, payment, gateway, outcome);
      await countDisputed(tx, payment);
      // A bank debit that its owner did not authorise revokes the consent; a new one is asked for.
      if (!current && outcome.methodReason)
        await this.methods.requireReplacement(tx, payment.paymentMethodId, {
          reason: outcome.methodReason,
          actor,
          since: attempt.createdAt,
        });
      const isNews = current?.status !== after.status || current.withdrawnMinor !== after.withdrawnMinor;
      await keepRequests(tx, 'dispute', after.id, isNews ? outcome.requests : sent(outcome.requests));
      if (isNews) await this.record(tx, payment, after, current, actor);
      return after;
    });
    if (dispute !== 'moved') this.events.published();
    return dispute;
  }

  private async store(
    tx: Transaction,
    known: DisputeRecord | null,
    payment: PaymentRecord,
    gateway: string,
    outcome: Known,
  ): Promise<DisputeRecord> {
    const {
      status,
      amountMinor,
      withdrawnMinor,
      currency,
      reason,
      isContestable,
      evidenceDueBy,
      providerDispute,
    } = outcome;
    const facts = { status, amountMinor, withdrawnMinor, currency, reason, isContestable, evidenceDueBy };
    if (known && isAs(known, facts)) return known; // its version says when something was learnt
    if (known) {
      await tx.update(DisputeRecord, { id: known.id }, { ...facts, version: known.version + 1 });
      return Object.assign(known, facts);
    }
    const opened = tx.create(DisputeRecord, {
      id: uuidv7(),
      paymentId: payment.id,
      gateway,
      providerDispute,
      version: 1,
      ...facts,
    });
    await tx.insert(DisputeRecord, opened);
    return opened;
  }

  private async record(
    tx: Transaction,
    payment: PaymentRecord,
    dispute: DisputeRecord,
    before: Pick<DisputeRecord, 'status' | 'withdrawnMinor'> | null,
    actor: string,
  ): Promise<void> {
    const type = before === null ? 'dispute.opened' : (EVENT_OF[dispute.status] ?? 'dispute.updated');
    await this.events.record(tx, {
      actor,
      action: type,
      target: { type: 'payment', id: payment.id },
      change: {
        disputeId: dispute.id,
        from: before?.status ?? null,
        to: dispute.status,
        withdrawnMinor: dispute.withdrawnMinor,
      },
      publish: { type, payload: { payment: paymentView(payment), dispute: disputeView(dispute) } },
    });
  }
}

function isAs(known: DisputeRecord, facts: Partial<DisputeRecord>): boolean {
  return Object.entries(facts).every(
    ([name, fact]) => String(known[name as keyof DisputeRecord]) === String(fact),
  );
}
