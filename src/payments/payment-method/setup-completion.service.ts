import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { BusinessClock } from '../../platform/clock/business-clock.js';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import type { SetupOutcome } from '../gateway/saving.js';
import type { PaymentMethodReason } from '../payments.contract.js';
import { CardTesting } from './card-testing.service.js';
import { MethodSaving, type Saved } from './method-saving.service.js';
import { PaymentMethodChanges } from './payment-method-changes.js';
import { PaymentMethodRecord } from './payment-method.entity.js';
import { holdPayer, PaymentMethods } from './payment-methods.service.js';
import { RetiredTokens } from './retired-tokens.service.js';
import { assertSetupIntentEdge, type SetupIntentStatus } from './setup-intent-status.js';
import { SetupIntentRecord } from './setup-intent.entity.js';

/** As long as Stripe waits for the answer. https://docs.stripe.com/payments/ach-direct-debit#verification */
const VERIFY_WITHIN_DAYS = 10;

type Of<S extends SetupOutcome['status']> = Extract<SetupOutcome, { status: S }>;

/** The only way by which a setup moves on: the payer's return, the webhook and the deadline all come here. */
@Injectable()
export class SetupCompletion {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly saving: MethodSaving,
    private readonly methods: PaymentMethods,
    private readonly changes: PaymentMethodChanges,
    private readonly cardTesting: CardTesting,
    private readonly retiredTokens: RetiredTokens,
    private readonly events: Events,
    private readonly clock: BusinessClock,
  ) {}

  /** The method, or null while there is none. Whoever is second finds it done; what comes after the end is given up. */
  async apply(
    { id, gateway }: { id: string; gateway: string },
    outcome: SetupOutcome,
    actor: string,
  ): Promise<Saved | null> {
    const saved = await this.database.transaction(async (tx) => {
      const setup = await this.hold(tx, id);
      switch (outcome.status) {
        case 'succeeded':
          return this.complete(tx, setup, outcome, actor);
        case 'verifying':
          return this.verify(tx, setup, outcome, actor);
        case 'ended':
          return this.end(tx, setup, outcome.reason, actor);
        case 'incomplete':
          if (outcome.refusal) await this.cardTesting.note(tx, 'refusal', `${setup.id} refused`, setup);
          return this.saved(tx, setup);
      }
    });
    this.methods.changed();
    if (!saved && outcome.status === 'succeeded')
      await this.retiredTokens.giveUp(gateway, outcome.method.providerToken);
    return saved;
  }

  /** Its payer first, as for everything that changes which methods a payer has. */
  private async hold(tx: Transaction, id: string): Promise<SetupIntentRecord> {
    const { payerId } = await tx.findOneByOrFail(SetupIntentRecord, { id });
    await holdPayer(tx, payerId);
    return tx.findOneOrFail(SetupIntentRecord, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  private async complete(
    tx: Transaction,
    setup: SetupIntentRecord,
    { method, providerMandate }: Of<'succeeded'>,
    actor: string,
  ): Promise<Saved | null> {
    if (setup.status === 'completed' || setup.status === 'ended') return this.saved(tx, setup);
    const saved = await this.saving.save(tx, setup, method, true, actor);
    await this.agree(tx, setup, saved.method, providerMandate);
    await this.move(tx, setup, 'completed', actor, { paymentMethodId: saved.method.id });
    return saved;
  }

  private async verify(
    tx: Transaction,
    setup: SetupIntentRecord,
    { method, ask, depositsOn }: Of<'verifying'>,
    actor: string,
  ): Promise<Saved | null> {
    if (setup.status !== 'pending') return this.saved(tx, setup);
    const saved = await this.saving.save(tx, setup, method, false, actor);
    const now = this.clock.now();
    const verifyBy = new Date(now.getTime() + VERIFY_WITHIN_DAYS * 86_400_000);
    await this.move(tx, setup, 'verifying', actor, {
      paymentMethodId: saved.method.id,
      agreedAt: now,
      verificationKind: ask,
      depositsOn,
      verifyBy,
    });
    await tx.query(`UPDATE payments.setup_intent SET due_at = $2, tries = 0 WHERE id = $1`, [
      setup.id,
      verifyBy,
    ]);
    return saved;
  }

  /** A bank account that was never verified goes with it. */
  private async end(
    tx: Transaction,
    setup: SetupIntentRecord,
    reason: string,
    actor: string,
  ): Promise<Saved | null> {
    if (setup.status === 'completed') return this.saved(tx, setup);
    if (setup.status === 'ended') return null;
    const { paymentMethodId } = setup;
    await this.move(tx, setup, 'ended', actor, { statusReason: reason });
    if (!paymentMethodId) return null;
    const method = await this.changes.hold(tx, paymentMethodId);
    if (method.status !== 'pending_verification' || method.setupIntentId !== setup.id) return null;
    await this.methods.removeHeld(tx, method, { reason: reasonOfEnd(reason), actor });
    return null;
  }

  private async saved(tx: Transaction, setup: SetupIntentRecord): Promise<Saved | null> {
    if (!setup.paymentMethodId || setup.status === 'ended') return null;
    const method = await tx.findOneByOrFail(PaymentMethodRecord, { id: setup.paymentMethodId });
    return { method, created: false };
  }

  /** The newest consent counts; it was given when the gateway was told, which is when we first heard of it. */
  private async agree(
    tx: Transaction,
    setup: SetupIntentRecord,
    method: PaymentMethodRecord,
    providerMandate: string | null,
  ): Promise<void> {
    await this.changes.revokeMandate(tx, method.id, 'superseded');
    await tx.query(
      `INSERT INTO payments.mandate
         (id, payment_method_id, setup_intent_id, gateway, provider_mandate, text_version, accepted_at, origin)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        ...[uuidv7(), method.id, setup.id, setup.gateway, providerMandate, setup.mandateVersion ?? 'unknown'],
        ...[setup.agreedAt ?? this.clock.now(), setup.origin],
      ],
    );
  }

  private async move(
    tx: Transaction,
    setup: SetupIntentRecord,
    to: SetupIntentStatus,
    actor: string,
    set: Partial<SetupIntentRecord>,
  ): Promise<void> {
    assertSetupIntentEdge(setup.status, to);
    await tx.update(SetupIntentRecord, { id: setup.id }, { ...set, status: to });
    if (to !== 'verifying')
      await tx.query(`UPDATE payments.setup_intent SET due_at = NULL WHERE id = $1`, [setup.id]);
    await this.events.record(tx, {
      actor,
      action: `setup_intent.${to}`,
      target: { type: 'setup_intent', id: setup.id },
      change: {
        from: setup.status,
        to,
        ...(set.paymentMethodId && { paymentMethodId: set.paymentMethodId }),
        ...(set.statusReason && { reason: set.statusReason }),
      },
    });
    Object.assign(setup, set, { status: to });
  }
}

function reasonOfEnd(reason: string): PaymentMethodReason {
  return reason === 'verification_failed' ? reason : 'verification_expired';
}
