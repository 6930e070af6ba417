import type { GatewayConfig } from '../gateway.config.js';
import type {
  ChargeAttempt,
  DisputeEvidence,
  DisputeOutcome,
  Gateway,
  GatewayOutcome,
  HeardEvent,
  ListedMovement,
  PreparedCharge,
  ProviderCharge,
  RefundOutcome,
  RefundRequest,
} from '../gateway.js';
import type {
  DepositProof,
  MethodOutcome,
  SetupFlow,
  SetupOutcome,
  SetupRequest,
  StartedSetup,
  VerificationOutcome,
} from '../saving.js';
import type { Transaction } from 'braintree';
import { BRAINTREE_CAPABILITIES } from './braintree.capabilities.js';
import { BraintreeClient } from './braintree.client.js';
import { refusalOf } from './braintree.declines.js';
import { acceptDispute, disputed, readDispute, sendEvidence } from './braintree.disputes.js';
import { accepted, isDefiniteNo, isNotFound, NOT_SETTLED, reached, unknown } from './braintree.errors.js';
import { events, movements } from './braintree.listing.js';
import { isSettled, outcomeOf, refundOutcomeOf, toBraintreeAmount } from './braintree.mapping.js';
import { readMethod, unlessGone } from './braintree.methods.js';
import {
  isSearchTrusted,
  mayBeRepeated,
  moneyOf,
  saleOf,
  salesOf,
  withOrderId,
} from './braintree.payments.js';
import { referenceOf } from './braintree.references.js';
import { createCustomer, embeddedFields, readSetup, setupReturned, verifySetup } from './braintree.setups.js';
import { challengeAnswer, verifiedEvent } from './braintree.webhooks.js';

/** Braintree, through its own SDK. https://developer.paypal.com/braintree/docs/start/hello-server/node */
export class BraintreeGateway implements Gateway {
  readonly name = 'braintree';
  readonly capabilities = BRAINTREE_CAPABILITIES;
  readonly balance = null; // its disbursement reports are files
  readonly #braintree: BraintreeClient;

  constructor(private readonly config: GatewayConfig) {
    this.#braintree = new BraintreeClient(config);
  }

  onAnswer(): void {} // the SDK hands on the body of an answer only, which has no id of the request

  async readAccount(): Promise<{ id: string; setting: string }> {
    return Promise.resolve({
      id: this.config.braintree.BRAINTREE_MERCHANT_ID,
      setting: 'BRAINTREE_MERCHANT_ID',
    });
  }

  async createCustomer({ key }: { payerId: string; key: string }): Promise<string> {
    return reached(() => this.#braintree.ask((sdk) => createCustomer(sdk, key)));
  }

  async startSetup(request: SetupRequest): Promise<StartedSetup> {
    return reached(() =>
      this.#braintree.ask((sdk) =>
        embeddedFields(sdk, request, this.config.braintree.BRAINTREE_MERCHANT_ACCOUNTS),
      ),
    );
  }

  async readSetup(providerSetup: string, _flow: SetupFlow): Promise<SetupOutcome> {
    return reached(() => this.#braintree.ask((sdk) => readSetup(sdk, providerSetup)));
  }

  async setupReturned(
    providerSetup: string,
    _flow: SetupFlow,
    brought: Record<string, string>,
  ): Promise<SetupOutcome> {
    return reached(() => this.#braintree.ask((sdk) => setupReturned(sdk, providerSetup, brought)));
  }

  async verifySetup(
    providerSetup: string,
    _flow: SetupFlow,
    proof: DepositProof,
  ): Promise<VerificationOutcome> {
    return reached(() => this.#braintree.ask((sdk) => verifySetup(sdk, providerSetup, proof)));
  }

  async cancelSetup(providerSetup: string, flow: SetupFlow): Promise<SetupOutcome> {
    return this.readSetup(providerSetup, flow); // there is nothing that could be ended
  }

  tokenOf({ token }: { token: string }): string {
    return token;
  }

  async readMethod(providerToken: string): Promise<MethodOutcome> {
    return reached(() => this.#braintree.ask((sdk) => readMethod(sdk, providerToken)));
  }

  async readMandate(): Promise<{ isInForce: boolean }> {
    return Promise.resolve({ isInForce: true }); // Braintree keeps none of ours
  }

  async detach(providerToken: string): Promise<void> {
    await reached(() =>
      this.#braintree.ask((sdk) => unlessGone(() => sdk.paymentMethod.delete(providerToken))),
    );
  }

  async forgetCustomer(providerCustomer: string): Promise<void> {
    await reached(() =>
      this.#braintree.ask((sdk) => unlessGone(() => sdk.customer.delete(providerCustomer))),
    );
  }

  /** Nothing is made at Braintree before money is asked for: the order id is ours to give. */
  async prepare(attempt: ChargeAttempt): Promise<PreparedCharge> {
    if (!moneyOf(attempt, this.config.braintree))
      return { status: 'refused', failure: refusalOf({ codes: ['amount'] }) };
    return Promise.resolve({ status: 'prepared', providerPayment: referenceOf(attempt) });
  }

  /** Looked for before it is sent again, and sent again under the same key: either alone would do. */
  async confirm(attempt: ChargeAttempt, providerPayment: string, key: string): Promise<GatewayOutcome> {
    const money = moneyOf(attempt, this.config.braintree);
    if (!money) return this.readPayment(providerPayment); // its merchant account is gone from the configuration
    try {
      if (mayBeRepeated(providerPayment)) {
        const found = await this.find(providerPayment);
        if (found.status !== 'unconfirmed') return found;
      }
      const { transaction } = await this.#braintree.ask(async (sdk) =>
        accepted(await sdk.transaction.sale(saleOf(attempt, money, providerPayment, key))),
      );
      return outcomeOf(providerPayment, [transaction!]);
    } catch (error) {
      if (!isDefiniteNo(error)) return unknown(error);
      const outcome = await this.readPayment(providerPayment);
      const wasRefused = outcome.status === 'unconfirmed';
      return wasRefused ? { ...outcome, status: 'cancelled', failure: refusalOf(error) } : outcome;
    }
  }

  async returned(providerPayment: string): Promise<GatewayOutcome> {
    return this.readPayment(providerPayment); // nobody was sent anywhere
  }

  async readPayment(providerPayment: string): Promise<GatewayOutcome> {
    try {
      return await this.find(providerPayment);
    } catch (error) {
      return unknown(error);
    }
  }

  async abandon(providerPayment: string, key: string): Promise<GatewayOutcome> {
    const outcome = await this.changed(providerPayment, async ({ id }) =>
      this.#braintree.ask(async (sdk) => accepted(await sdk.transaction.void(id, { apiRequestKey: key }))),
    );
    if (outcome.status !== 'unconfirmed') return outcome;
    return isSearchTrusted(providerPayment) ? { ...outcome, status: 'cancelled' } : NOT_FOUND_YET;
  }

  async capture(
    { providerPayment, currency }: ProviderCharge,
    amountMinor: number,
    key: string,
  ): Promise<GatewayOutcome> {
    const amount = toBraintreeAmount(amountMinor, currency);
    if (amount === null) return this.readPayment(providerPayment); // nothing was captured, and it says so
    const options = { apiRequestKey: key };
    const outcome = await this.changed(providerPayment, async ({ id }) =>
      this.#braintree.ask(async (sdk) =>
        accepted(await sdk.transaction.submitForSettlement(id, amount, options)),
      ),
    );
    return outcome.status === 'unconfirmed' ? NOT_FOUND_YET : outcome;
  }

  /** Its order id is our refund's, so that it can be found. */
  async refund(request: RefundRequest): Promise<RefundOutcome> {
    const { refundId: orderId, providerPayment, amountMinor, currency, key: apiRequestKey } = request;
    const amount = toBraintreeAmount(amountMinor, currency);
    if (amount === null) return { status: 'failed', providerRefund: null, failureCode: 'invalid_amount' };
    try {
      const sales = await this.#braintree.ask((sdk) => salesOf(sdk, providerPayment));
      if (sales.length === 0) return NOT_FOUND_YET;
      const sale = sales.find(isSettled);
      if (!sale) return NOT_YET; // not asked for under a key that would remember the refusal
      const { transaction } = await this.#braintree.ask(async (sdk) =>
        accepted(await sdk.transaction.refund(sale.id, { amount, orderId, apiRequestKey })),
      );
      return refundOutcomeOf(transaction!);
    } catch (error) {
      if (!isDefiniteNo(error)) return unknown(error);
      if (error.has(NOT_SETTLED)) return NOT_YET;
      return { status: 'failed', providerRefund: null, failureCode: error.codes[0] ?? 'refused' };
    }
  }

  async readRefund(providerRefund: string): Promise<RefundOutcome> {
    try {
      return refundOutcomeOf(await this.#braintree.ask((sdk) => sdk.transaction.find(providerRefund)));
    } catch (error) {
      return unknown(error);
    }
  }

  async findRefund(refundId: string): Promise<RefundOutcome | null> {
    try {
      const found = await this.#braintree.ask((sdk) => withOrderId(sdk, refundId));
      const refund = found.find(({ type }) => type === 'credit');
      return refund ? refundOutcomeOf(refund) : null;
    } catch (error) {
      return unknown(error);
    }
  }

  async readDispute(providerDispute: string): Promise<DisputeOutcome> {
    return disputed(() => this.#braintree.ask((sdk) => readDispute(sdk, providerDispute)));
  }

  async sendEvidence(
    providerDispute: string,
    evidence: DisputeEvidence,
    _key: string,
  ): Promise<DisputeOutcome> {
    return disputed(() => sendEvidence(this.#braintree.sdk, providerDispute, evidence));
  }

  async acceptDispute(providerDispute: string, _key: string): Promise<DisputeOutcome> {
    return disputed(() => acceptDispute(this.#braintree.sdk, providerDispute));
  }

  async readFraudWarning(): Promise<string | null> {
    return Promise.resolve(null); // it passes none on
  }

  listEvents(_since: Date): AsyncIterable<HeardEvent> {
    return events();
  }

  listMovements(since: Date): AsyncIterable<ListedMovement> {
    return movements(this.#braintree.sdk, since);
  }

  async verifyWebhook(rawBody: Buffer): Promise<HeardEvent[] | null> {
    return verifiedEvent(this.#braintree.sdk, rawBody, this.config.braintree.BRAINTREE_MERCHANT_ID);
  }

  answerChallenge(query: Record<string, string | undefined>): string | null {
    return challengeAnswer(this.#braintree.sdk, query);
  }

  close(): void {
    this.#braintree.close();
  }

  /** By its order id. @throws SdkError */
  private async find(providerPayment: string): Promise<GatewayOutcome> {
    return outcomeOf(providerPayment, await this.#braintree.ask((sdk) => salesOf(sdk, providerPayment)));
  }

  /** Changes a sale that holds money, and says how it stands then; one that holds none is left as it is. */
  private async changed(
    providerPayment: string,
    change: (held: Transaction) => Promise<{ transaction?: Transaction }>,
  ): Promise<GatewayOutcome> {
    try {
      const sales = await this.#braintree.ask((sdk) => salesOf(sdk, providerPayment));
      const held = sales.find(({ status }) => status === 'authorized');
      if (!held) return outcomeOf(providerPayment, sales);
      const { transaction: after = held } = await change(held); // a search may be behind its answer
      return outcomeOf(
        providerPayment,
        sales.map((it) => (it === held ? after : it)),
      );
    } catch (error) {
      return isDefiniteNo(error) || isNotFound(error) ? this.readPayment(providerPayment) : unknown(error);
    }
  }
}

const NOT_YET = { status: 'too_early', reason: 'not settled yet' } as const;
/** What was made a moment ago may not be found yet. */
const NOT_FOUND_YET = {
  status: 'unknown',
  reason: 'Braintree does not find it, or not yet',
  isAnswered: true,
} as const;
