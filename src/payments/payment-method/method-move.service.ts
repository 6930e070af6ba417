import { Injectable } from '@nestjs/common';
import { v4 as uuidv4 } from 'uuid';
import { PaymentsDatabase, type Transaction, violatedConstraint } from '../database/payments-database.js';
import type { GatewayMethod } from '../gateway/saving.js';
import { MethodSaving } from './method-saving.service.js';
import { PaymentMethodChanges } from './payment-method-changes.js';
import { PaymentMethodRecord } from './payment-method.entity.js';
import { holdPayer } from './payment-methods.service.js';
import { RetiredTokens } from './retired-tokens.service.js';
import { Tokens } from './tokens.js';

export type MoveOutcome =
  | 'moved'
  /** Another method has that token, or its payer has saved the same card at that gateway already. */
  | 'token_in_use'
  /** The token has been given up there, and may be gone at any moment. */
  | 'being_detached'
  /** It is not what was read: somebody changed it meanwhile. */
  | 'changed';

/** What makes two methods one at a gateway. */
const ONE_PER = ['payment_method_one_per_token', 'payment_method_one_per_fingerprint'];

/**
 * A saved method gets its token at another gateway, in one transaction. It keeps its id, its state and the payer's consent,
 * which was given to us. The token that it had is kept until the window ends: a charge begun with it ends where it began,
 * and the method can move back. From the commit on, what is begun goes to the new gateway.
 */
@Injectable()
export class MethodMove {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly saving: MethodSaving,
    private readonly tokens: Tokens,
    private readonly retiredTokens: RetiredTokens,
    private readonly changes: PaymentMethodChanges,
  ) {}

  async move(
    seen: PaymentMethodRecord,
    to: string,
    there: GatewayMethod,
    reason: 'moved' | 'moved_back',
    { until, actor }: { until: Date; actor: string },
  ): Promise<MoveOutcome> {
    try {
      return await this.database.transaction(async (tx) => {
        await holdPayer(tx, seen.payerId);
        const method = await this.changes.hold(tx, seen.id);
        if (method.version !== seen.version) return 'changed';
        const display = this.saving.displayOf({ ...method, gateway: to }, there);
        if (await this.saving.twinOf(tx, method, display.fingerprintDigest)) return 'token_in_use';
        const sealed = this.tokens.sealed(to, method.id, there.providerToken);
        if (!(await this.retiredTokens.takeBack(tx, method.id, to, sealed.tokenDigest)))
          return 'being_detached';

        const from = method.gateway;
        await this.retiredTokens.retire(tx, method, { until, movedTo: to });
        await rememberCustomer(tx, method.payerId, to, there.providerCustomer);
        await this.changes.apply(tx, method, {
          reason,
          actor,
          set: {
            ...display,
            ...sealed,
            gateway: to,
            providerCustomer: there.providerCustomer,
            askedAgainAt: null,
          },
          about: { fromGateway: from, toGateway: to },
          tells: null, // neither its owner nor a neighbour sees a difference
        });
        return 'moved';
      });
    } catch (error) {
      if (ONE_PER.includes(violatedConstraint(error) ?? '')) return 'token_in_use';
      throw error;
    }
  }

  /** The gateway's record of a payer that is another one of ours: their methods would be mixed up. */
  async isCustomerOfAnother(
    gateway: string,
    providerCustomer: string | null,
    payerId: string,
  ): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(
      `SELECT FROM payments.gateway_customer WHERE gateway = $1 AND provider_customer = $2 AND payer_id <> $3 LIMIT 1`,
      [gateway, providerCustomer, payerId],
    );
    return rows.length > 0;
  }
}

/** What the payer saves there from now on goes under the same record, unless they had one. */
async function rememberCustomer(
  tx: Transaction,
  payerId: string,
  gateway: string,
  providerCustomer: string | null,
): Promise<void> {
  await tx.query(
    `INSERT INTO payments.gateway_customer (id, payer_id, gateway, provider_customer) VALUES ($1, $2, $3, $4)
     ON CONFLICT (payer_id, gateway) DO UPDATE
       SET provider_customer = coalesce(gateway_customer.provider_customer, excluded.provider_customer)`,
    [uuidv4(), payerId, gateway, providerCustomer],
  );
}
