import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { BusinessClock } from '../../platform/clock/business-clock.js';
import { Digests } from '../database/digest.js';
import type { Transaction } from '../database/payments-database.js';
import type { GatewayMethod } from '../gateway/saving.js';
import { nextStepAt, reachedStep } from './card-expiry.js';
import { PaymentMethodChanges } from './payment-method-changes.js';
import { planExpiryNotice, planFirstLook } from './payment-method-task.js';
import { PaymentMethodRecord } from './payment-method.entity.js';
import { holdPayer, PaymentMethods } from './payment-methods.service.js';
import { RetiredTokens } from './retired-tokens.service.js';
import type { SetupIntentRecord } from './setup-intent.entity.js';
import { Tokens } from './tokens.js';

export interface Saved {
  method: PaymentMethodRecord;
  /** False where the payer had saved the same card or account before: then it is that method. */
  created: boolean;
}

/** What a gateway saved becomes a method of ours. One card or account of one payer is one method, however often it is saved. */
@Injectable()
export class MethodSaving {
  constructor(
    private readonly digests: Digests,
    private readonly changes: PaymentMethodChanges,
    private readonly methods: PaymentMethods,
    private readonly tokens: Tokens,
    private readonly retiredTokens: RetiredTokens,
    private readonly clock: BusinessClock,
  ) {}

  /** `isVerified` false: a bank account whose owner must still prove that it is theirs. */
  async save(
    tx: Transaction,
    setup: SetupIntentRecord,
    saved: GatewayMethod,
    isVerified: boolean,
    actor: string,
  ): Promise<Saved> {
    await holdPayer(tx, setup.payerId);
    const known = await this.known(tx, setup, saved);
    const result = known
      ? { method: await this.again(tx, known, setup, saved, isVerified, actor), created: false }
      : { method: await this.first(tx, setup, saved, isVerified, actor), created: true };
    if (isVerified && setup.replaces) await this.replace(tx, setup.replaces, result.method, actor);
    return result;
  }

  /** Another method of the same payer that is the same card or account. */
  async twinOf(
    tx: Transaction,
    { id, payerId }: { id: string; payerId: string },
    digest: string | null | undefined,
  ): Promise<PaymentMethodRecord | null> {
    if (!digest) return null;
    return tx
      .createQueryBuilder(PaymentMethodRecord, 'method')
      .setLock('pessimistic_write')
      .where(
        `method.payer_id = :payerId AND method.fingerprint_digest = :digest AND method.id <> :id
          AND method.status <> 'removed'`,
        { id, payerId, digest },
      )
      .getOne();
  }

  /** What is shown of it, and what it is recognised by. A new expiry begins its notices anew. */
  displayOf(
    method: Pick<PaymentMethodRecord, 'payerId' | 'gateway' | 'expiryMonth' | 'expiryYear'>,
    { cardBrand, lastFour, expiryMonth, expiryYear, bankName, fingerprint, type }: GatewayMethod,
  ): Partial<PaymentMethodRecord> {
    const hasNewExpiry = method.expiryMonth !== expiryMonth || method.expiryYear !== expiryYear;
    const { payerId, gateway } = method;
    const fingerprintDigest =
      fingerprint && this.digests.of('fingerprint', payerId, gateway, type, fingerprint);
    return {
      cardBrand,
      lastFour,
      expiryMonth,
      expiryYear,
      bankName,
      fingerprintDigest,
      ...(hasNewExpiry && { expiryNotice: null }),
    };
  }

  /** The first usable method of a payer becomes the default at once. */
  async isFirstUsable(tx: Transaction, payerId: string): Promise<boolean> {
    return !(await tx.existsBy(PaymentMethodRecord, { payerId, isDefault: true }));
  }

  /** At once where a step has been reached already, so that a card saved in its last month is told of. */
  async planNotices(tx: Transaction, method: PaymentMethodRecord): Promise<void> {
    const now = this.clock.now();
    const step = reachedStep(method, now);
    const isDue = step !== null && (method.expiryNotice === null || step < method.expiryNotice);
    await planExpiryNotice(tx, method, isDue ? now : nextStepAt(method, now));
  }

  private async known(
    tx: Transaction,
    { payerId, gateway }: SetupIntentRecord,
    saved: GatewayMethod,
  ): Promise<PaymentMethodRecord | null> {
    const token = await tx.findOne(PaymentMethodRecord, {
      where: { gateway, tokenDigest: this.tokens.digestOf(gateway, saved.providerToken) },
      lock: { mode: 'pessimistic_write' },
    });
    if (token && token.status !== 'removed') return token;
    if (token) await letGo(tx, token);
    const { fingerprintDigest } = this.displayOf({ payerId, gateway, ...nothing }, saved);
    return this.twinOf(tx, { id: NOBODY, payerId }, fingerprintDigest);
  }

  private async first(
    tx: Transaction,
    setup: SetupIntentRecord,
    saved: GatewayMethod,
    isVerified: boolean,
    actor: string,
  ): Promise<PaymentMethodRecord> {
    const { payerId, gateway, id: setupIntentId } = setup;
    const { providerToken, providerCustomer, type } = saved;
    const id = uuidv7();
    const method = tx.create(PaymentMethodRecord, {
      ...this.displayOf({ payerId, gateway, ...nothing }, saved),
      ...this.tokens.sealed(gateway, id, providerToken),
      id,
      payerId,
      gateway,
      setupIntentId,
      type,
      providerCustomer,
      status: isVerified ? 'active' : 'pending_verification',
      statusReason: isVerified ? 'saved' : 'verification_started',
      isDefault: isVerified && (await this.isFirstUsable(tx, payerId)),
      replacedBy: null,
      expiryNotice: null,
      askedAgainAt: null,
      version: 1,
    });
    await this.changes.insert(tx, method, actor);
    await this.planNotices(tx, method);
    await planFirstLook(tx, id);
    return method;
  }

  /** It keeps its id, and takes the newest token and expiry. Until a bank account is verified, nothing of it changes. */
  private async again(
    tx: Transaction,
    method: PaymentMethodRecord,
    setup: SetupIntentRecord,
    saved: GatewayMethod,
    isVerified: boolean,
    actor: string,
  ): Promise<PaymentMethodRecord> {
    const wasPending = method.status === 'pending_verification';
    if (!isVerified && !wasPending) return method;
    const sealed = this.tokens.sealed(method.gateway, method.id, saved.providerToken);
    const hasNewToken = sealed.tokenDigest !== method.tokenDigest;
    if (hasNewToken) await this.retiredTokens.retire(tx, method);
    const becomesUsable = isVerified && method.status !== 'active';
    const isDefault = becomesUsable && (await this.isFirstUsable(tx, method.payerId));
    await this.changes.apply(tx, method, {
      reason: !isVerified ? 'verification_started' : wasPending ? 'verified' : 'saved_again',
      actor,
      ...(isVerified && { to: 'active' }),
      set: {
        ...this.displayOf(method, saved),
        ...(hasNewToken && sealed),
        providerCustomer: saved.providerCustomer,
        setupIntentId: setup.id,
        askedAgainAt: null,
        ...(isDefault && { isDefault }),
      },
      tells: becomesUsable ? 'payment_method.activated' : 'payment_method.updated',
    });
    await this.planNotices(tx, method);
    await planFirstLook(tx, method.id);
    return method;
  }

  /** The payer saved this one in the place of another: what used the other uses this one. */
  private async replace(
    tx: Transaction,
    replacedId: string,
    by: PaymentMethodRecord,
    actor: string,
  ): Promise<void> {
    if (replacedId === by.id) return;
    const replaced = await this.changes.hold(tx, replacedId);
    if (replaced.status === 'removed' || replaced.payerId !== by.payerId) return;
    await this.methods.removeHeld(tx, replaced, { reason: 'replaced', actor, replacedBy: by });
    Object.assign(by, await this.changes.hold(tx, by.id)); // it may be the default now
  }
}

/**
 * Some gateways give the same card the token that it had, as long as it is not detached. A removed method has no use for it: what
 * is detached of it has its own, and is left to whoever has the token now.
 */
async function letGo(tx: Transaction, { id }: PaymentMethodRecord): Promise<void> {
  await tx.update(PaymentMethodRecord, { id }, { providerToken: null, tokenDigest: null });
}

const NOBODY = '00000000-0000-0000-0000-000000000000';
const nothing = { expiryMonth: null, expiryYear: null };
