import type { Agent } from 'node:http';
import Stripe from 'stripe';
import type { GatewayConfig } from '../gateway.config.js';
import {
  type ChargeAttempt,
  type DisputeEvidence,
  type DisputeOutcome,
  type Gateway,
  type GatewayOutcome,
  type GatewayRequest,
  type HeardEvent,
  type ListedMovement,
  type PreparedCharge,
  type ProviderCharge,
  type RefundOutcome,
  type RefundRequest,
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
import { StripeBalance } from './stripe.balance.js';
import { STRIPE_CAPABILITIES } from './stripe.capabilities.js';
import { keyOfThisSending, onAnswer, PAGE, readIntent, stripeClient, WITH_CHARGE } from './stripe.client.js';
import { refusalOf } from './stripe.declines.js';
import { answered, disputed, sendEvidence } from './stripe.disputes.js';
import { events, movements } from './stripe.listing.js';
import { isAlreadyDetached, isDefiniteNo, reached, unknown } from './stripe.errors.js';
import { idOf, outcomeOf, refundOutcomeOf, toStripeAmount } from './stripe.mapping.js';
import { createCustomer, forgetCustomer, readMethod } from './stripe.methods.js';
import { cancelSetup, embeddedFields, hostedPage, readSetup, verifySetup } from './stripe.setups.js';
import { verifiedEvent } from './stripe.webhooks.js';

/** Stripe, through its own SDK. https://docs.stripe.com/api */
export class StripeGateway implements Gateway {
  readonly name = 'stripe';
  readonly capabilities = STRIPE_CAPABILITIES;
  readonly balance: StripeBalance;
  readonly #stripe: Stripe;
  readonly #connections: Agent;

  constructor(private readonly config: GatewayConfig) {
    const { stripe, connections } = stripeClient(config);
    this.#stripe = stripe;
    this.#connections = connections;
    this.balance = new StripeBalance(stripe);
  }

  onAnswer(listener: (request: GatewayRequest) => void): void {
    onAnswer(this.#stripe, listener);
  }

  /** https://docs.stripe.com/api/accounts/retrieve: a restricted key needs leave to read accounts. */
  async readAccount(): Promise<{ id: string; setting: string }> {
    const { id } = await reached(() => this.#stripe.accounts.retrieveCurrent());
    return { id, setting: 'STRIPE_SECRET_KEY' };
  }

  async createCustomer({ payerId, key }: { payerId: string; key: string }): Promise<string> {
    return reached(() => createCustomer(this.#stripe, payerId, key));
  }

  async startSetup(request: SetupRequest): Promise<StartedSetup> {
    return reached(() =>
      request.flow === 'redirect'
        ? hostedPage(this.#stripe, request)
        : embeddedFields(this.#stripe, this.config.stripe.STRIPE_PUBLISHABLE_KEY, request),
    );
  }

  async readSetup(providerSetup: string, flow: SetupFlow): Promise<SetupOutcome> {
    return reached(() => readSetup(this.#stripe, providerSetup, flow));
  }

  async setupReturned(providerSetup: string, flow: SetupFlow): Promise<SetupOutcome> {
    return this.readSetup(providerSetup, flow); // Stripe has it already
  }

  async verifySetup(
    providerSetup: string,
    flow: SetupFlow,
    proof: DepositProof,
  ): Promise<VerificationOutcome> {
    return reached(() => verifySetup(this.#stripe, providerSetup, flow, proof));
  }

  async cancelSetup(providerSetup: string, flow: SetupFlow): Promise<SetupOutcome> {
    return reached(() => cancelSetup(this.#stripe, providerSetup, flow));
  }

  tokenOf({ token }: { token: string }): string {
    return token;
  }

  async readMethod(providerToken: string): Promise<MethodOutcome> {
    return reached(() => readMethod(this.#stripe, providerToken));
  }

  async readMandate(providerMandate: string): Promise<{ isInForce: boolean }> {
    return reached(async () => {
      const { status } = await this.#stripe.mandates.retrieve(providerMandate);
      return { isInForce: status !== 'inactive' };
    });
  }

  async detach(providerToken: string): Promise<void> {
    await reached(async () => {
      try {
        await this.#stripe.paymentMethods.detach(providerToken);
      } catch (error) {
        if (!isAlreadyDetached(error)) throw error;
      }
    });
  }

  async forgetCustomer(providerCustomer: string): Promise<void> {
    await reached(() => forgetCustomer(this.#stripe, providerCustomer));
  }

  async prepare(attempt: ChargeAttempt): Promise<PreparedCharge> {
    const amount = toStripeAmount(attempt.amountMinor, attempt.currency);
    if (amount === null) return { status: 'refused', failure: refusalOf({ code: 'invalid_charge_amount' }) };
    try {
      const intent = await this.#stripe.paymentIntents.create(
        {
          amount,
          currency: attempt.currency.toLowerCase(),
          customer: attempt.providerCustomer,
          payment_method: attempt.providerToken,
          allowed_payment_method_types: [attempt.methodType],
          capture_method: attempt.capture,
          metadata: { payment_id: attempt.paymentId, attempt_id: attempt.id, obligation: attempt.obligation },
        },
        { idempotencyKey: `${attempt.id}:prepare` },
      );
      return { status: 'prepared', providerPayment: intent.id };
    } catch (error) {
      if (isDefiniteNo(error)) return { status: 'refused', failure: refusalOf(error) };
      return unknown(error);
    }
  }

  async confirm(attempt: ChargeAttempt, providerPayment: string, key: string): Promise<GatewayOutcome> {
    const presence = attempt.returnUrl ? { return_url: attempt.returnUrl } : { off_session: true };
    // Named again, because a failed try takes the method off the PaymentIntent.
    const parameters = { payment_method: attempt.providerToken, ...presence };
    try {
      const options = { idempotencyKey: key };
      return outcomeOf(await this.#stripe.paymentIntents.confirm(providerPayment, parameters, options));
    } catch (error) {
      if (error instanceof Stripe.errors.StripeCardError && error.payment_intent)
        return outcomeOf(error.payment_intent);
      if (!isDefiniteNo(error)) return unknown(error);
      const outcome = await this.readPayment(providerPayment);
      const wasRefused = outcome.status === 'unconfirmed' && outcome.failure === null;
      return wasRefused ? { ...outcome, failure: refusalOf(error) } : outcome;
    }
  }

  async returned(providerPayment: string): Promise<GatewayOutcome> {
    return this.readPayment(providerPayment); // Stripe heard of it from the bank
  }

  async readPayment(providerPayment: string): Promise<GatewayOutcome> {
    try {
      return outcomeOf(await readIntent(this.#stripe, providerPayment));
    } catch (error) {
      return unknown(error);
    }
  }

  async abandon(providerPayment: string, key: string): Promise<GatewayOutcome> {
    try {
      const idempotencyKey = keyOfThisSending(key);
      const { paymentIntents } = this.#stripe;
      return outcomeOf(await paymentIntents.cancel(providerPayment, WITH_CHARGE, { idempotencyKey }));
    } catch (error) {
      // It may have been cancelled before, or have succeeded meanwhile: then that is how it stands.
      return isDefiniteNo(error) ? this.readPayment(providerPayment) : unknown(error);
    }
  }

  async capture(
    { providerPayment, currency }: ProviderCharge,
    amountMinor: number,
    key: string,
  ): Promise<GatewayOutcome> {
    const amount = toStripeAmount(amountMinor, currency);
    try {
      if (amount === null) return await this.readPayment(providerPayment); // nothing was captured, and it says so
      const parameters = { amount_to_capture: amount };
      const idempotencyKey = keyOfThisSending(key);
      const { paymentIntents } = this.#stripe;
      return outcomeOf(await paymentIntents.capture(providerPayment, parameters, { idempotencyKey }));
    } catch (error) {
      return isDefiniteNo(error) ? this.readPayment(providerPayment) : unknown(error);
    }
  }

  async refund({
    refundId,
    providerPayment,
    amountMinor,
    currency,
    reason,
    key,
  }: RefundRequest): Promise<RefundOutcome> {
    const amount = toStripeAmount(amountMinor, currency);
    if (amount === null) return { status: 'failed', providerRefund: null, failureCode: 'invalid_amount' };
    try {
      const refund = await this.#stripe.refunds.create(
        {
          payment_intent: providerPayment,
          amount,
          reason: reason ?? undefined,
          metadata: { refund_id: refundId },
        },
        { idempotencyKey: key },
      );
      return refundOutcomeOf(refund);
    } catch (error) {
      if (isDefiniteNo(error))
        return { status: 'failed', providerRefund: null, failureCode: error.code ?? 'refused' };
      return unknown(error);
    }
  }

  async readRefund(providerRefund: string): Promise<RefundOutcome> {
    try {
      return refundOutcomeOf(await this.#stripe.refunds.retrieve(providerRefund));
    } catch (error) {
      return unknown(error);
    }
  }

  async findRefund(refundId: string, providerPayment: string): Promise<RefundOutcome | null> {
    try {
      for await (const refund of this.#stripe.refunds.list({ payment_intent: providerPayment, limit: PAGE }))
        if (refund.metadata?.['refund_id'] === refundId) return refundOutcomeOf(refund);
      return null;
    } catch (error) {
      return unknown(error);
    }
  }

  async readDispute(providerDispute: string): Promise<DisputeOutcome> {
    return disputed(() => this.#stripe.disputes.retrieve(providerDispute));
  }

  async sendEvidence(
    providerDispute: string,
    evidence: DisputeEvidence,
    key: string,
  ): Promise<DisputeOutcome> {
    const send = () => sendEvidence(this.#stripe, providerDispute, evidence, key);
    return answered(this.#stripe, providerDispute, send);
  }

  async acceptDispute(providerDispute: string, key: string): Promise<DisputeOutcome> {
    const idempotencyKey = keyOfThisSending(key);
    const close = () => this.#stripe.disputes.close(providerDispute, {}, { idempotencyKey });
    return answered(this.#stripe, providerDispute, close);
  }

  async readFraudWarning(providerWarning: string): Promise<string | null> {
    return reached(async () =>
      idOf((await this.#stripe.radar.earlyFraudWarnings.retrieve(providerWarning)).payment_intent ?? null),
    );
  }

  listEvents(since: Date): AsyncIterable<HeardEvent> {
    return events(this.#stripe, since);
  }

  listMovements(since: Date): AsyncIterable<ListedMovement> {
    return movements(this.#stripe, since);
  }

  async verifyWebhook(
    rawBody: Buffer,
    headers: Record<string, string | string[] | undefined>,
  ): Promise<HeardEvent[] | null> {
    const signature = headers['stripe-signature'];
    if (typeof signature !== 'string') return null;
    return Promise.resolve(verifiedEvent(rawBody, signature, this.config.stripe.STRIPE_WEBHOOK_SECRETS));
  }

  answerChallenge(): null {
    return null; // Stripe asks no such thing
  }

  close(): void {
    this.#connections.destroy();
  }
}
