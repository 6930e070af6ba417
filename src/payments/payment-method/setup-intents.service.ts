import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import { BusinessClock } from '../../platform/clock/business-clock.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import { Events } from '../event/events.service.js';
import { GatewayUnavailable } from '../gateway/gateway.js';
import type { DepositProof, SetupFlow, SetupOutcome, StartedSetup } from '../gateway/saving.js';
import type { Capabilities } from '../gateway/capabilities.js';
import { Gateways } from '../gateway/gateways.js';
import { PaymentsConfig } from '../payments.config.js';
import { PaymentsError, type PaymentMethodType } from '../payments.contract.js';
import { allowedReturnUrl } from '../return-url.js';
import { CardTesting } from './card-testing.service.js';
import { GatewayCustomer } from './gateway-customer.entity.js';
import { MANDATE_TEXTS } from './mandate-texts.js';
import type { Saved } from './method-saving.service.js';
import type { PaymentMethodRecord } from './payment-method.entity.js';
import { PaymentMethods } from './payment-methods.service.js';
import { SetupCompletion } from './setup-completion.service.js';
import { SetupIntentRecord } from './setup-intent.entity.js';

export interface StartSetup {
  payerId: string;
  type: PaymentMethodType;
  flow: SetupFlow;
  returnUrl?: string;
  /** A saved method that the new one takes the place of. */
  replaces?: string;
  actor: string;
  /** Where the request came from: the network's address, and the site that the payer was on. */
  address: string;
  origin: string | null;
}

/** A card is saved again once a year or so; the newest are what somebody asks for. */
const OF_METHOD_MAX = 20;

/** A payer who has not come back by then will not: the gateway's own page closes at the same time. */
const ABANDONED_AFTER_SECONDS = 24 * 60 * 60;
/** A webhook mostly comes before the payer's browser does; nobody waits longer than this for a page. */
const TOLD_WITHIN_MS = 4_000;
const TOLD_POLL_MS = 100;

/** Saving a method: the payer gives it to the gateway, and we learn the token it was given. */
@Injectable()
export class SetupIntents {
  constructor(
    private readonly database: PaymentsDatabase,
    private readonly gateways: Gateways,
    private readonly methods: PaymentMethods,
    private readonly completion: SetupCompletion,
    private readonly cardTesting: CardTesting,
    private readonly events: Events,
    private readonly clock: BusinessClock,
    private readonly config: PaymentsConfig,
  ) {}

  /**
   * @throws PaymentsError `validation_failed` for a return address that is missing or not allowed, `not_found` for a method to be
   *   replaced that is not theirs, `rate_limited`, `gateway_unavailable`
   */
  async start(request: StartSetup): Promise<{ setup: SetupIntentRecord; started: StartedSetup }> {
    if (request.flow === 'redirect' && !request.returnUrl)
      throw new PaymentsError('validation_failed', 'returnUrl is required for the redirect flow.');
    if (request.returnUrl) allowedReturnUrl(request.returnUrl, this.config.RETURN_URL_ORIGINS);
    const gateway = this.gateways.forNew(request);
    assertOffered(gateway.capabilities, request);
    if (request.replaces) await this.methods.find(request.payerId, request.replaces);
    const addressDigest = this.cardTesting.digestOf(request.address);
    await this.cardTesting.assertAllowed(request.payerId, addressDigest);

    const setup = await this.begin(request, gateway.name, addressDigest);
    const started = await answered(async () =>
      gateway.startSetup({
        setupIntentId: setup.id,
        payerId: request.payerId,
        providerCustomer: await this.customerOf(request.payerId, gateway.name),
        type: request.type,
        flow: request.flow,
        returnUrl: setup.returnUrl,
        mandateText: MANDATE_TEXTS[request.type].text,
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

  /** Those that saved a method, the newest first; of a foreign method none. */
  async ofMethod(payerId: string, paymentMethodId: string): Promise<SetupIntentRecord[]> {
    return this.database
      .repository(SetupIntentRecord)
      .find({ where: { payerId, paymentMethodId }, order: { id: 'DESC' }, take: OF_METHOD_MAX });
  }

  /**
   * Saves what the payer gave to the gateway; `returned` is what it gave their browser. `created`: it was not saved before.
   * @throws PaymentsError `not_found`, `setup_incomplete`, `gateway_unavailable`
   */
  async complete(payerId: string, id: string, actor: string, returned?: string): Promise<Saved> {
    const setup = await this.find(payerId, id);
    if (setup.paymentMethodId && setup.status === 'completed')
      return { method: await this.methods.find(payerId, setup.paymentMethodId), created: false };
    const saved = await this.completion.apply(setup, await this.askReturned(setup, returned), actor);
    if (saved) return saved;
    throw new PaymentsError(
      'setup_incomplete',
      'The payment method is not saved yet. Finish it with the gateway, or start again.',
    );
  }

  /**
   * The payer tells which small deposits arrived on the account.
   * @throws PaymentsError `not_found`, `verification_mismatch`, `verification_closed`, `gateway_unavailable`
   */
  async verify(
    payerId: string,
    id: string,
    proof: DepositProof,
    actor: string,
  ): Promise<PaymentMethodRecord> {
    const setup = await this.find(payerId, id);
    if (setup.status === 'completed') return this.methods.find(payerId, setup.paymentMethodId!);
    if (setup.status !== 'verifying') throw verificationClosed();
    if (proof.kind !== setup.verificationKind)
      throw new PaymentsError(
        'validation_failed',
        setup.verificationKind === 'amounts'
          ? 'Send amountsMinor: the two amounts that arrived.'
          : 'Send descriptorCode: the code in the text of the deposit.',
      );
    const tries = await this.countTry(setup);
    const verdict = await answered(() =>
      this.gateways.of(setup.gateway).verifySetup(setup.providerSetup!, setup.flow, proof),
    );
    const saved = await this.completion.apply(setup, await this.ask(setup), actor);
    // A gateway may take the amounts, and yet wait until the deposits have settled.
    if (saved && (verdict === 'verified' || (verdict === 'closed' && saved.method.status === 'active')))
      return saved.method;
    const attemptsLeft = this.gateways.triesMax(setup) - tries;
    if (verdict !== 'mismatch' || attemptsLeft <= 0 || !saved) throw verificationClosed();
    throw new PaymentsError(
      'verification_mismatch',
      `That is not what was sent. Look at the account's statement again; ${attemptsLeft} tries are left.`,
      undefined,
      { attemptsLeft },
    );
  }

  /** How the payer goes on with the verification; null when there is none. */
  verificationOf(setup: SetupIntentRecord) {
    if (setup.status !== 'verifying') return null;
    return {
      ask: setup.verificationKind!,
      attemptsLeft: Math.max(0, this.gateways.triesMax(setup) - setup.verificationTries),
      depositsOn: setup.depositsOn!.toISOString(),
      verifyBy: setup.verifyBy!.toISOString(),
    };
  }

  /**
   * The gateway says that something about this setup changed; behind a page of its own it may know it by another id, and
   * only repeats ours. One that is not ours is left alone.
   */
  async refresh(
    gateway: string,
    providerSetup: string,
    setupIntentId: string | undefined,
    actor: string,
  ): Promise<void> {
    const setups = this.database.repository(SetupIntentRecord);
    const setup =
      (await setups.findOneBy({ gateway, providerSetup })) ??
      (setupIntentId ? await setups.findOneBy({ gateway, id: setupIntentId }) : null);
    if (!setup || setup.status === 'completed') return; // one that has ended is looked at: what was saved since is given up
    await this.completion.apply(setup, await this.ask(setup), actor);
  }

  /** Where only a webhook tells what the payer did, it may be some moments behind them. */
  private async askReturned(setup: SetupIntentRecord, returned?: string): Promise<SetupOutcome> {
    if (setup.status === 'ended') return { status: 'ended', reason: 'expired' }; // what is brought now must not be saved there
    const gateway = this.gateways.of(setup.gateway);
    const brought = Object.fromEntries(new URLSearchParams(returned));
    if (returned && setup.providerSetup)
      return answered(() => gateway.setupReturned(setup.providerSetup!, setup.flow, brought));
    for (const patience = Date.now() + TOLD_WITHIN_MS; ; await sleep(TOLD_POLL_MS)) {
      const outcome = await this.ask(setup);
      const isOpen = outcome.status === 'incomplete' && outcome.refusal === null;
      if (gateway.capabilities.readsPayments || !isOpen || Date.now() > patience) return outcome;
    }
  }

  private async ask(setup: SetupIntentRecord): Promise<SetupOutcome> {
    if (!setup.providerSetup) return { status: 'incomplete', reason: 'not_started', refusal: null };
    return answered(() => this.gateways.of(setup.gateway).readSetup(setup.providerSetup!, setup.flow));
  }

  /** Counted before the gateway is asked: a crash in between gives nobody a further try. */
  private async countTry(setup: SetupIntentRecord): Promise<number> {
    const [rows] = await this.database.query<[{ verification_tries: number }[], number]>(
      `UPDATE payments.setup_intent SET verification_tries = verification_tries + 1
        WHERE id = $1 AND status = 'verifying' AND verification_tries < $2 RETURNING verification_tries`,
      [setup.id, this.gateways.triesMax(setup)],
    );
    if (!rows[0]) throw verificationClosed();
    return rows[0].verification_tries;
  }

  private async begin(
    request: StartSetup,
    gateway: string,
    addressDigest: string | null,
  ): Promise<SetupIntentRecord> {
    return this.database.transaction(async (tx) => {
      const setup = tx.create(SetupIntentRecord, {
        id: uuidv7(),
        payerId: request.payerId,
        type: request.type,
        flow: request.flow,
        status: 'pending',
        gateway,
        returnUrl: request.returnUrl ?? null,
        replaces: request.replaces ?? null,
        mandateVersion: MANDATE_TEXTS[request.type].version,
        origin: request.origin ?? (request.returnUrl ? new URL(request.returnUrl).origin : null),
        addressDigest,
        verificationTries: 0,
      });
      await tx.insert(SetupIntentRecord, setup);
      await tx.query(
        `UPDATE payments.setup_intent SET due_at = $2::timestamptz + make_interval(secs => $3) WHERE id = $1`,
        [setup.id, this.clock.now(), ABANDONED_AFTER_SECONDS],
      );
      await this.cardTesting.note(tx, 'setup', `${setup.id} begun`, setup);
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
}

/** @throws PaymentsError `validation_failed` for what the gateway for new methods has no call for */
function assertOffered({ methodTypes, flows }: Capabilities, { type, flow }: StartSetup): void {
  if (!methodTypes.includes(type))
    throw new PaymentsError('validation_failed', `type must be one of ${methodTypes.join(', ')} here.`);
  if (!flows.includes(flow))
    throw new PaymentsError('validation_failed', `flow must be one of ${flows.join(', ')} here.`);
}

function verificationClosed(): PaymentsError {
  return new PaymentsError(
    'verification_closed',
    'This bank account cannot be verified any more. Add it again, and new deposits are sent.',
  );
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
