import { Injectable } from '@nestjs/common';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import { PaymentsDatabase, type Transaction } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import {
  GatewayUnavailable,
  type SetupFlow,
  type SetupOutcome,
  type StartedSetup,
} from '../gateway/gateway.js';
import { Gateways } from '../gateway/gateways.js';
import { PaymentsConfig } from '../payments.config.js';
import { PaymentsError, type PaymentMethodType } from '../payments.contract.js';
import { allowedReturnUrl } from '../return-url.js';
import { GatewayCustomer } from './gateway-customer.entity.js';
import { PaymentMethodRecord } from './payment-method.entity.js';
import { PaymentMethods } from './payment-methods.service.js';
import { assertSetupIntentEdge } from './setup-intent-status.js';
import { SetupIntentRecord } from './setup-intent.entity.js';

export interface StartSetup {
  payerId: string;
  type: PaymentMethodType;
  flow: SetupFlow;
  returnUrl?: string;
  actor: string;
}

/** Saving a method: the payer gives it to the gateway, and we learn the token it was given. */
@Injectable()
export class SetupIntents {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    private readonly methods: PaymentMethods,
    private readonly events: Events,
    private readonly config: PaymentsConfig,
  ) {}

  /** @throws PaymentsError `validation_failed` for a return address that is missing or not allowed, `gateway_unavailable` */
  async start(request: StartSetup): Promise<{ setup: SetupIntentRecord; started: StartedSetup }> {
    if (request.flow === 'redirect' && !request.returnUrl)
      throw new PaymentsError('validation_failed', 'returnUrl is required for the redirect flow.');
    if (request.returnUrl) allowedReturnUrl(request.returnUrl, this.config.RETURN_URL_ORIGINS);

    const gateway = this.gateways.forNewMethods;
    const setup = await this.begin(request, gateway.name);
    const started = await answered(async () =>
      gateway.startSetup({
        setupIntentId: setup.id,
        payerId: request.payerId,
        providerCustomer: await this.customerOf(request.payerId, gateway.name),
        type: request.type,
        flow: request.flow,
        returnUrl: setup.returnUrl,
        key: `${setup.id}:setup`,
      }),
    );
    setup.providerSetup = started.providerSetup;
    await this.database
      .repository(SetupIntentRecord)
      .update({ id: setup.id }, { providerSetup: started.providerSetup });
    return { setup, started };
  }

  /** @throws PaymentsError `not_found`, the same for a foreign one as for an unknown one */
  async find(payerId: string, id: string): Promise<SetupIntentRecord> {
    const setup = await this.database.repository(SetupIntentRecord).findOneBy({ id, payerId });
    if (!setup) throw new PaymentsError('not_found', 'There is no such setup intent, or it is not yours.');
    return setup;
  }

  /**
   * Saves what the payer gave to the gateway. `created` is false when it had been saved before.
   * @throws PaymentsError `not_found`, `setup_incomplete`, `gateway_unavailable`
   */
  async complete(
    payerId: string,
    id: string,
    actor: string,
  ): Promise<{ method: PaymentMethodRecord; created: boolean }> {
    const setup = await this.find(payerId, id);
    if (setup.paymentMethodId)
      return { method: await this.methods.find(payerId, setup.paymentMethodId), created: false };
    const outcome = await this.ask(setup);
    const completed = await this.apply(setup, outcome, actor);
    if (completed) return completed;
    throw new PaymentsError(
      'setup_incomplete',
      'The payment method is not saved yet. Finish it with the gateway, or start again.',
    );
  }

  /** The gateway says that something about this setup changed. One that is not ours is left alone. */
  async refresh(gateway: string, providerSetup: string, actor: string): Promise<void> {
    const setup = await this.database.repository(SetupIntentRecord).findOneBy({ gateway, providerSetup });
    if (!setup || setup.status !== 'pending') return;
    await this.apply(setup, await this.ask(setup), actor);
  }

  private async ask(setup: SetupIntentRecord): Promise<SetupOutcome> {
    if (!setup.providerSetup) return { status: 'incomplete', reason: 'not_started' };
    return answered(() => this.gateways.of(setup.gateway).readSetup(setup.providerSetup!, setup.flow));
  }

  private async begin(request: StartSetup, gateway: string): Promise<SetupIntentRecord> {
    return this.database.transaction(async (tx) => {
      const setup = tx.create(SetupIntentRecord, {
        id: uuidv7(),
        payerId: request.payerId,
        type: request.type,
        flow: request.flow,
        status: 'pending',
        gateway,
        returnUrl: request.returnUrl ?? null,
      });
      await tx.insert(SetupIntentRecord, setup);
      await this.events.record(tx, {
        actor: request.actor,
        action: 'setup_intent.started',
        target: { type: 'setup_intent', id: setup.id },
        change: { to: 'pending', type: setup.type, flow: setup.flow },
      });
      return setup;
    });
  }

  /** The gateway's record of the payer; made once, also when two setups start at the same moment. */
  private async customerOf(payerId: string, gateway: string): Promise<string> {
    await this.database.query(
      `INSERT INTO payments.gateway_customer (id, payer_id, gateway) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
      [uuidv4(), payerId, gateway],
    );
    const customers = this.database.repository(GatewayCustomer);
    const customer = await customers.findOneByOrFail({ payerId, gateway });
    if (customer.providerCustomer) return customer.providerCustomer;
    const providerCustomer = await this.gateways
      .of(gateway)
      .createCustomer({ payerId, key: `${customer.id}:customer` });
    await customers.update({ id: customer.id }, { providerCustomer });
    return providerCustomer;
  }

  /** Both the payer's return and the webhook come here; whoever is second finds it done. */
  private async apply(seen: SetupIntentRecord, outcome: SetupOutcome, actor: string) {
    if (outcome.status === 'incomplete') return null;
    const completed = await this.database.transaction(async (tx) => {
      const setup = await tx.findOneOrFail(SetupIntentRecord, {
        where: { id: seen.id },
        lock: { mode: 'pessimistic_write' },
      });
      if (setup.paymentMethodId) {
        const method = await tx.findOneByOrFail(PaymentMethodRecord, { id: setup.paymentMethodId });
        return { method, created: false };
      }
      if (setup.status === 'ended') return null;
      assertSetupIntentEdge(setup.status, outcome.status === 'ended' ? 'ended' : 'completed');
      if (outcome.status === 'ended') return this.end(tx, setup, outcome.reason, actor);
      const method = await this.methods.save(tx, setup.payerId, setup.gateway, outcome.method, actor);
      await tx.update(
        SetupIntentRecord,
        { id: setup.id },
        { status: 'completed', paymentMethodId: method.id },
      );
      await this.events.record(tx, {
        actor,
        action: 'setup_intent.completed',
        target: { type: 'setup_intent', id: setup.id },
        change: { from: setup.status, to: 'completed', paymentMethodId: method.id },
      });
      return { method, created: true };
    });
    this.events.published();
    return completed;
  }

  private async end(tx: Transaction, setup: SetupIntentRecord, reason: string, actor: string): Promise<null> {
    await tx.update(SetupIntentRecord, { id: setup.id }, { status: 'ended', statusReason: reason });
    await this.events.record(tx, {
      actor,
      action: 'setup_intent.ended',
      target: { type: 'setup_intent', id: setup.id },
      change: { from: setup.status, to: 'ended', reason },
    });
    return null;
  }
}

/** A gateway that does not answer is the caller's "try again", not a bug. */
async function answered<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof GatewayUnavailable)) throw error;
    throw new PaymentsError(
      'gateway_unavailable',
      'The payment gateway does not answer. Nothing was saved; try again.',
      5,
    );
  }
}
