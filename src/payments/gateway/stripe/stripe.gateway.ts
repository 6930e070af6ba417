import { Injectable } from '@nestjs/common';
import Stripe from 'stripe';
import { PaymentsConfig } from '../../payments.config.js';
import {
  type ChargeAttempt,
  type Gateway,
  type GatewayEvent,
  type GatewayOutcome,
  GatewayUnavailable,
  type PreparedCharge,
  type SetupFlow,
  type SetupOutcome,
  type SetupRequest,
  type StartedSetup,
} from '../gateway.js';
import { methodOf, outcomeOf, refusalOf, toStripeAmount } from './stripe.mapping.js';
import { verifiedEvent } from './stripe.webhooks.js';

/** Stripe answers nearly always in 2 s; a card network may take longer. The SDK's own 80 s would keep payers waiting. */
const TIMEOUT_MS = 20_000;
/** Safe, because every call that changes something carries our own key. */
const NETWORK_RETRIES = 1;

/** Stripe, through its own SDK. https://docs.stripe.com/api */
@Injectable()
export class StripeGateway implements Gateway {
  readonly name = 'stripe';
  readonly #stripe: Stripe;

  constructor(private readonly config: PaymentsConfig) {
    const address = new URL(config.stripeAddress);
    this.#stripe = new Stripe(config.STRIPE_SECRET_KEY, {
      host: address.hostname,
      port: address.port || (address.protocol === 'https:' ? 443 : 80),
      protocol: address.protocol === 'https:' ? 'https' : 'http',
      timeout: TIMEOUT_MS,
      maxNetworkRetries: NETWORK_RETRIES,
      telemetry: false,
      appInfo: { name: 'Tokenkeep' },
    });
  }

  async createCustomer({ payerId, key }: { payerId: string; key: string }): Promise<string> {
    return reached(async () => {
      const customer = await this.#stripe.customers.create(
        { metadata: { payer_id: payerId } },
        { idempotencyKey: key },
      );
      return customer.id;
    });
  }

  async startSetup(request: SetupRequest): Promise<StartedSetup> {
    return reached(() =>
      request.flow === 'redirect' ? this.startHostedPage(request) : this.startEmbeddedFields(request),
    );
  }

  private async startHostedPage({
    setupIntentId,
    payerId,
    providerCustomer,
    type,
    returnUrl,
    key,
  }: SetupRequest): Promise<StartedSetup> {
    const metadata = { setup_intent_id: setupIntentId, payer_id: payerId };
    const session = await this.#stripe.checkout.sessions.create(
      {
        mode: 'setup',
        customer: providerCustomer,
        allowed_payment_method_types: [type],
        success_url: withQuery(returnUrl!, { setup_intent: setupIntentId }),
        cancel_url: withQuery(returnUrl!, { setup_intent: setupIntentId, cancelled: 'true' }),
        metadata,
        setup_intent_data: { metadata },
      },
      { idempotencyKey: key },
    );
    return { providerSetup: session.id, redirectUrl: session.url, clientSecret: null, publishableKey: null };
  }

  private async startEmbeddedFields({
    setupIntentId,
    payerId,
    providerCustomer,
    type,
    key,
  }: SetupRequest): Promise<StartedSetup> {
    const intent = await this.#stripe.setupIntents.create(
      {
        customer: providerCustomer,
        allowed_payment_method_types: [type],
        usage: 'off_session',
        metadata: { setup_intent_id: setupIntentId, payer_id: payerId },
      },
      { idempotencyKey: key },
    );
    const publishableKey = this.config.STRIPE_PUBLISHABLE_KEY;
    return {
      providerSetup: intent.id,
      redirectUrl: null,
      clientSecret: intent.client_secret,
      publishableKey,
    };
  }

  async readSetup(providerSetup: string, flow: SetupFlow): Promise<SetupOutcome> {
    return reached(async () => {
      if (flow === 'embedded')
        return setupOutcomeOf(
          await this.#stripe.setupIntents.retrieve(providerSetup, { expand: ['payment_method'] }),
        );
      const session = await this.#stripe.checkout.sessions.retrieve(providerSetup, {
        expand: ['setup_intent.payment_method'],
      });
      if (session.status === 'expired') return { status: 'ended', reason: 'expired' };
      const intent = session.setup_intent;
      if (session.status !== 'complete' || !intent || typeof intent === 'string')
        return { status: 'incomplete', reason: 'open' };
      return setupOutcomeOf(intent);
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

  async confirm(attempt: ChargeAttempt, providerPayment: string): Promise<GatewayOutcome> {
    const presence = attempt.returnUrl ? { return_url: attempt.returnUrl } : { off_session: true };
    try {
      const idempotencyKey = `${attempt.id}:confirm`;
      return outcomeOf(
        await this.#stripe.paymentIntents.confirm(providerPayment, presence, { idempotencyKey }),
      );
    } catch (error) {
      if (error instanceof Stripe.errors.StripeCardError && error.payment_intent)
        return outcomeOf(error.payment_intent);
      if (!isDefiniteNo(error)) return unknown(error);
      const outcome = await this.readPayment(providerPayment);
      const wasRefused = outcome.status === 'unconfirmed' && outcome.failure === null;
      return wasRefused ? { ...outcome, failure: refusalOf(error) } : outcome;
    }
  }

  async readPayment(providerPayment: string): Promise<GatewayOutcome> {
    try {
      return outcomeOf(await this.#stripe.paymentIntents.retrieve(providerPayment));
    } catch (error) {
      return unknown(error);
    }
  }

  async abandon(providerPayment: string, key: string): Promise<GatewayOutcome> {
    try {
      return outcomeOf(
        await this.#stripe.paymentIntents.cancel(providerPayment, {}, { idempotencyKey: key }),
      );
    } catch (error) {
      // It may have been cancelled before, or have succeeded meanwhile: then that is how it stands.
      return isDefiniteNo(error) ? this.readPayment(providerPayment) : unknown(error);
    }
  }

  verifyWebhook(
    rawBody: Buffer,
    headers: Record<string, string | string[] | undefined>,
  ): GatewayEvent | null {
    const signature = headers['stripe-signature'];
    if (typeof signature !== 'string') return null;
    return verifiedEvent(this.#stripe.webhooks, rawBody, signature, this.config.STRIPE_WEBHOOK_SECRETS);
  }
}

function setupOutcomeOf(intent: Stripe.SetupIntent): SetupOutcome {
  const { payment_method: method, status } = intent;
  if (status === 'canceled') return { status: 'ended', reason: intent.cancellation_reason ?? 'cancelled' };
  if (status !== 'succeeded' || !method || typeof method === 'string')
    return { status: 'incomplete', reason: status };
  return {
    status: 'succeeded',
    method: methodOf(method),
    setupIntentId: intent.metadata?.['setup_intent_id'] ?? null,
  };
}

/** Stripe looked at the request and refused it: nothing happened. Everything else that fails is unknown. */
function isDefiniteNo(error: unknown): error is InstanceType<typeof Stripe.errors.StripeError> {
  return (
    error instanceof Stripe.errors.StripeInvalidRequestError || error instanceof Stripe.errors.StripeCardError
  );
}

function isAlreadyDetached(error: unknown): boolean {
  return (
    error instanceof Stripe.errors.StripeInvalidRequestError &&
    (error.statusCode === 404 || /not attached/.test(error.message))
  );
}

function unknown(error: unknown): { status: 'unknown'; reason: string } {
  return {
    status: 'unknown',
    reason:
      error instanceof Stripe.errors.StripeError ? `${error.type} ${error.code ?? ''}`.trim() : String(error),
  };
}

/** For calls that have no outcome of their own: no answer is `GatewayUnavailable`, a refusal is a bug of ours. */
async function reached<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof Stripe.errors.StripeInvalidRequestError) throw error;
    if (error instanceof Stripe.errors.StripeError)
      throw new GatewayUnavailable(`Stripe: ${error.type}`, { cause: error });
    throw error;
  }
}

function withQuery(address: string, query: Record<string, string>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}
