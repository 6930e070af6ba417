import { Injectable } from '@nestjs/common';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import type { GatewayMethod, MethodOutcome } from '../gateway/saving.js';
import { Gateways } from '../gateway/gateways.js';
import type { PaymentMethodReason } from '../payments.contract.js';
import { MethodSaving } from './method-saving.service.js';
import { PaymentMethodChanges } from './payment-method-changes.js';
import { GONE_AT_GATEWAY, HEALED_BY_NETWORK } from './payment-method-reasons.js';
import { usesOf } from './payment-method-use.js';
import { PaymentMethodRecord } from './payment-method.entity.js';
import { holdPayer, PaymentMethods } from './payment-methods.service.js';
import { Tokens } from './tokens.js';

/** Two sources of news rarely collide more than once; more often means a bug, and the event is tried again. */
const ASKED_AGAIN_MAX = 5;

/** What the gateway does to a saved method without being asked. News is a hint: how it stands is asked of the gateway. */
@Injectable()
export class PaymentMethodNews {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    private readonly methods: PaymentMethods,
    private readonly saving: MethodSaving,
    private readonly tokens: Tokens,
    private readonly changes: PaymentMethodChanges,
  ) {}

  /** A token that no method has is left alone: it is not ours, or was detached by us. */
  async refresh(gateway: string, tokenDigest: string, isByNetwork: boolean, actor: string): Promise<void> {
    const method = await this.methods.withTokenDigest(gateway, tokenDigest);
    if (method) await this.look(method.id, actor, isByNetwork);
  }

  /** Asks the gateway how the method stands, and takes it over. */
  async look(methodId: string, actor: string, isByNetwork = false): Promise<void> {
    for (let asked = 0; asked < ASKED_AGAIN_MAX; asked++) {
      const seen = await this.database.repository(PaymentMethodRecord).findOneByOrFail({ id: methodId });
      // What still waits to be verified belongs to no customer at the gateway yet: its setup says how it stands.
      if (seen.status === 'removed' || seen.status === 'pending_verification') return;
      const outcome = await this.gateways.of(seen.gateway).readMethod(this.tokens.of(seen));
      if (await this.takeOver(seen, outcome, isByNetwork, actor)) return;
    }
    throw new Error(`Payment method ${methodId} kept changing while the gateway was asked about it`);
  }

  /** The gateway's record of the consent changed: without one, a bank account cannot be debited. */
  async refreshMandate(gateway: string, providerMandate: string, actor: string): Promise<void> {
    const [mandate] = await this.database.query<{ payment_method_id: string }[]>(
      `SELECT payment_method_id FROM payments.mandate
        WHERE gateway = $1 AND provider_mandate = $2 AND revoked_at IS NULL`,
      [gateway, providerMandate],
    );
    if (!mandate) return;
    const { isInForce } = await this.gateways.of(gateway).readMandate(providerMandate);
    if (isInForce) return;
    await this.database.transaction(async (tx) => {
      const reason = 'consent_withdrawn';
      const id = mandate.payment_method_id;
      const held = await this.changes.hold(tx, id);
      if (held.gateway !== gateway) return; // it has moved: the consent was given to us, and what is left there says nothing of it
      const [stillThis] = await tx.query<unknown[]>(
        `SELECT FROM payments.mandate WHERE gateway = $1 AND provider_mandate = $2 AND revoked_at IS NULL`,
        [gateway, providerMandate],
      );
      if (!stillThis) return;
      await this.changes.requireReplacement(tx, id, { reason, actor });
      await this.changes.revokeMandate(tx, id, reason);
    });
    this.methods.changed();
  }

  /** False when the method has changed since it was seen: what was heard may be about an older token. */
  private async takeOver(
    seen: PaymentMethodRecord,
    outcome: MethodOutcome,
    isByNetwork: boolean,
    actor: string,
  ): Promise<boolean> {
    const isDone = await this.database.transaction(async (tx) => {
      await holdPayer(tx, seen.payerId);
      const method = await this.changes.hold(tx, seen.id);
      if (method.version !== seen.version) return false;
      if (outcome.status === 'unusable') await this.lose(tx, method, outcome.reason, actor);
      else await this.renew(tx, method, outcome.method, isByNetwork, actor);
      return true;
    });
    this.methods.changed();
    return isDone;
  }

  /** With a plan or autopay on it, it stays to be replaced, so that they go on afterwards; else it goes, as it did there. */
  private async lose(
    tx: Transaction,
    method: PaymentMethodRecord,
    reason: PaymentMethodReason,
    actor: string,
  ): Promise<void> {
    const goes = GONE_AT_GATEWAY.has(reason) && (await usesOf(tx, method.id)).length === 0;
    if (goes) await this.methods.removeHeld(tx, method, { reason, actor });
    else await this.changes.requireReplacement(tx, method.id, { reason, actor });
  }

  private async renew(
    tx: Transaction,
    method: PaymentMethodRecord,
    now: GatewayMethod,
    isByNetwork: boolean,
    actor: string,
  ): Promise<void> {
    const set = this.saving.displayOf(method, now);
    const isChanged = differs(method, set);
    const heals =
      isByNetwork &&
      method.status === 'requires_replacement' &&
      method.statusReason !== null &&
      HEALED_BY_NETWORK.has(method.statusReason) &&
      // Other news may have been first to see what the network did.
      (isChanged || (await this.changes.lastReason(tx, method.id)) === 'updated_at_gateway');
    if (!isChanged && !heals) return;
    const twin = await this.saving.twinOf(tx, method, set.fingerprintDigest);
    if (twin) {
      // The card network moved it onto a card that this payer has saved as well: one card is one method.
      await this.methods.removeHeld(tx, method, { reason: 'replaced', actor, replacedBy: twin });
      return;
    }
    const reason = isByNetwork ? 'updated_by_network' : 'updated_at_gateway';
    await this.changes.apply(tx, method, {
      reason,
      actor,
      ...(heals && { to: 'active' }),
      set: {
        ...set,
        ...(heals && (await this.saving.isFirstUsable(tx, method.payerId)) && { isDefault: true }),
      },
      tells: heals ? 'payment_method.activated' : 'payment_method.updated',
    });
    await this.saving.planNotices(tx, method);
  }
}

function differs(method: PaymentMethodRecord, set: Partial<PaymentMethodRecord>): boolean {
  return Object.entries(set).some(
    ([name, value]) => name !== 'expiryNotice' && method[name as keyof PaymentMethodRecord] !== value,
  );
}
