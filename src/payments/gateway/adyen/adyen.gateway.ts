import type { PaymentsConfig } from '../../payments.config.js';
import type {
  ChargeAttempt,
  DisputeEvidence,
  DisputeOutcome,
  Gateway,
  GatewayOutcome,
  GatewayRequest,
  HeardEvent,
  ListedMovement,
  PreparedCharge,
  ProviderCharge,
  RefundOutcome,
  RefundRequest,
} from '../gateway.js';
import type { Heard } from '../heard.js';
import type {
  MethodOutcome,
  SetupFlow,
  SetupOutcome,
  SetupRequest,
  StartedSetup,
  VerificationOutcome,
} from '../saving.js';
import { ADYEN_CAPABILITIES } from './adyen.capabilities.js';
import { adyenClient } from './adyen.client.js';
import { refusalOf } from './adyen.declines.js';
import { acceptDispute, disputed, sendEvidence } from './adyen.disputes.js';
import { isDefiniteNo, reached, unknown } from './adyen.errors.js';
import { events, movements } from './adyen.listing.js';
import {
  disputeOutcomeOf,
  outcomeOf,
  outcomeOfNews,
  refundOutcomeOf,
  toAdyenAmount,
} from './adyen.mapping.js';
import { detach, forgetCustomer, readMethod, tokenNamed } from './adyen.methods.js';
import { AdyenNews, authorisationIn, told } from './adyen.news.js';
import { paymentRequestOf } from './adyen.payments.js';
import { referenceOf } from './adyen.references.js';
import { embeddedFields, hostedPage, readSetup, setupReturned } from './adyen.setups.js';
import { verifiedEvents } from './adyen.webhooks.js';

/** Adyen, through its own SDK. https://docs.adyen.com/api-explorer/Checkout/72/overview */
export class AdyenGateway implements Gateway {
  readonly name = 'adyen';
  readonly capabilities = ADYEN_CAPABILITIES;
  readonly balance = null; // its settlement reports are files
  readonly #adyen: ReturnType<typeof adyenClient>;
  readonly #account: string;
  readonly #news: AdyenNews;

  constructor(
    private readonly config: PaymentsConfig,
    heard: Heard,
  ) {
    this.#news = new AdyenNews(heard);
    this.#adyen = adyenClient(config.gateway);
    this.#account = config.gateway.adyen.ADYEN_MERCHANT_ACCOUNT;
  }

  onAnswer(listener: (request: GatewayRequest) => void): void {
    this.#adyen.transport.onAnswer(listener);
  }

  async readAccount(): Promise<{ id: string; setting: string }> {
    return Promise.resolve({ id: this.#account, setting: 'ADYEN_MERCHANT_ACCOUNT' });
  }

  /** A shopper is but a reference of ours. */
  async createCustomer({ payerId }: { payerId: string; key: string }): Promise<string> {
    return Promise.resolve(payerId);
  }

  async startSetup(request: SetupRequest): Promise<StartedSetup> {
    return reached(() =>
      request.flow === 'redirect' ? hostedPage(this.at, request) : embeddedFields(this.at, request),
    );
  }

  async readSetup(providerSetup: string): Promise<SetupOutcome> {
    return reached(() => readSetup(this.at, providerSetup));
  }

  async setupReturned(
    providerSetup: string,
    _flow: SetupFlow,
    brought: Record<string, string>,
  ): Promise<SetupOutcome> {
    return reached(() => setupReturned(this.at, providerSetup, brought));
  }

  async verifySetup(): Promise<VerificationOutcome> {
    return Promise.resolve('closed'); // it sends no deposits: whether an account is good is a third company's business
  }

  async cancelSetup(providerSetup: string): Promise<SetupOutcome> {
    return this.readSetup(providerSetup); // it has ended by itself
  }

  tokenOf(named: { token: string; customer: string | null }): string | null {
    return tokenNamed(named);
  }

  async readMethod(providerToken: string): Promise<MethodOutcome> {
    return reached(() => readMethod(this.#adyen.checkout, this.#account, providerToken));
  }

  async readMandate(): Promise<{ isInForce: boolean }> {
    return Promise.resolve({ isInForce: true }); // Adyen keeps none of ours
  }

  async detach(providerToken: string): Promise<void> {
    await reached(() => detach(this.#adyen.checkout, this.#account, providerToken));
  }

  async forgetCustomer(providerCustomer: string): Promise<void> {
    await reached(() => forgetCustomer(this.#adyen.checkout, this.#account, providerCustomer));
  }

  /** Nothing is made at Adyen before money is asked for: the reference is ours to give. */
  async prepare(attempt: ChargeAttempt): Promise<PreparedCharge> {
    if (toAdyenAmount(attempt.amountMinor, attempt.currency) === null)
      return { status: 'refused', failure: refusalOf({ errorCode: 'amount' }) };
    return Promise.resolve({ status: 'prepared', providerPayment: referenceOf(attempt) });
  }

  async confirm(attempt: ChargeAttempt, providerPayment: string, key: string): Promise<GatewayOutcome> {
    const request = paymentRequestOf(attempt, providerPayment, this.config);
    try {
      const answer = await this.#adyen.checkout.PaymentsApi.payments(request, { idempotencyKey: key });
      return outcomeOf(providerPayment, answer);
    } catch (error) {
      if (!isDefiniteNo(error)) return unknown(error);
      const outcome = await this.readPayment(providerPayment);
      const wasRefused = outcome.status === 'unconfirmed' && outcome.failure === null;
      return wasRefused ? { ...outcome, status: 'cancelled', failure: refusalOf(error) } : outcome;
    }
  }

  /** The payer is back from the bank: what it put into the address completes the payment. */
  async returned(providerPayment: string, query: Record<string, string>): Promise<GatewayOutcome> {
    const { redirectResult } = query;
    if (!redirectResult) return this.readPayment(providerPayment);
    try {
      const answer = await this.#adyen.checkout.PaymentsApi.paymentsDetails({ details: { redirectResult } });
      if (answer.merchantReference !== providerPayment) return await this.readPayment(providerPayment);
      return outcomeOf(providerPayment, answer);
    } catch (error) {
      return isDefiniteNo(error) ? this.readPayment(providerPayment) : unknown(error);
    }
  }

  async readPayment(providerPayment: string): Promise<GatewayOutcome> {
    return outcomeOfNews(providerPayment, await this.#news.about(providerPayment));
  }

  /** By Adyen's reference where it is known; by ours where nobody knows whether there is a payment at all. */
  async abandon(providerPayment: string, key: string): Promise<GatewayOutcome> {
    const { ModificationsApi } = this.#adyen.checkout;
    const request = { merchantAccount: this.#account, reference: providerPayment };
    const options = { idempotencyKey: key };
    const authorised = authorisationIn(await this.#news.about(providerPayment));
    return this.modified(providerPayment, () =>
      authorised
        ? ModificationsApi.cancelAuthorisedPaymentByPspReference(authorised, request, options)
        : ModificationsApi.cancelAuthorisedPayment(
            { ...request, paymentReference: providerPayment },
            options,
          ),
    );
  }

  async capture(
    { providerPayment, currency }: ProviderCharge,
    amountMinor: number,
    key: string,
  ): Promise<GatewayOutcome> {
    const value = toAdyenAmount(amountMinor, currency);
    if (value === null) return this.readPayment(providerPayment); // nothing was captured, and it says so
    const authorised = await this.#news.awaited(providerPayment, authorisationIn);
    if (!authorised) return NOT_TOLD_YET;
    const request = {
      merchantAccount: this.#account,
      reference: providerPayment,
      amount: { value, currency },
    };
    return this.modified(providerPayment, () =>
      this.#adyen.checkout.ModificationsApi.captureAuthorisedPayment(authorised, request, {
        idempotencyKey: key,
      }),
    );
  }

  async refund(asked: RefundRequest): Promise<RefundOutcome> {
    const { refundId, providerPayment, amountMinor, currency, key } = asked;
    const value = toAdyenAmount(amountMinor, currency);
    if (value === null) return { status: 'failed', providerRefund: null, failureCode: 'invalid_amount' };
    const authorised = await this.#news.awaited(providerPayment, authorisationIn);
    if (!authorised) return NOT_TOLD_YET;
    const request = { merchantAccount: this.#account, reference: refundId, amount: { value, currency } };
    try {
      const { pspReference: providerRefund } =
        await this.#adyen.checkout.ModificationsApi.refundCapturedPayment(authorised, request, {
          idempotencyKey: key,
        });
      const outcome = await this.#news.awaited(providerRefund, (news) =>
        told(refundOutcomeOf(providerRefund, news)),
      );
      return (
        outcome ?? { status: 'pending', providerRefund, providerPayment, refundId, amountMinor, currency }
      );
    } catch (error) {
      if (isDefiniteNo(error))
        return { status: 'failed', providerRefund: null, failureCode: error.errorCode };
      return unknown(error);
    }
  }

  async readRefund(providerRefund: string): Promise<RefundOutcome> {
    return refundOutcomeOf(providerRefund, await this.#news.about(providerRefund));
  }

  /** Cannot be looked for; sent again under the same key it is the same refund. */
  async findRefund(): Promise<RefundOutcome | null> {
    return Promise.resolve(null);
  }

  async readDispute(providerDispute: string): Promise<DisputeOutcome> {
    return disputeOutcomeOf(providerDispute, await this.#news.about(providerDispute));
  }

  async sendEvidence(providerDispute: string, evidence: DisputeEvidence): Promise<DisputeOutcome> {
    const send = () => sendEvidence(this.#adyen.disputes, this.which(providerDispute), evidence);
    return disputed(() => this.readDispute(providerDispute), evidence.submit ? 'defended' : null, send);
  }

  async acceptDispute(providerDispute: string): Promise<DisputeOutcome> {
    const accept = () => acceptDispute(this.#adyen.disputes, this.which(providerDispute));
    return disputed(() => this.readDispute(providerDispute), 'accepted', accept);
  }

  async readFraudWarning(providerWarning: string): Promise<string | null> {
    const [warning] = await this.#news.about(providerWarning);
    return warning?.merchantReference ?? null;
  }

  listEvents(_since: Date): AsyncIterable<HeardEvent> {
    return events();
  }

  listMovements(_since: Date): AsyncIterable<ListedMovement> {
    return movements();
  }

  async verifyWebhook(
    rawBody: Buffer,
    headers: Record<string, string | string[] | undefined>,
  ): Promise<HeardEvent[] | null> {
    return Promise.resolve(verifiedEvents(rawBody, headers, this.config.gateway.adyen));
  }

  answerChallenge(): null {
    return null; // Adyen asks no such thing
  }

  close(): void {
    this.#adyen.transport.close();
  }

  private get at() {
    return { checkout: this.#adyen.checkout, news: this.#news, config: this.config };
  }

  private which(disputePspReference: string): { merchantAccountCode: string; disputePspReference: string } {
    return { merchantAccountCode: this.#account, disputePspReference };
  }

  /** Adyen only says that it received what we asked for; what came of it is its webhook's news. */
  private async modified(
    providerPayment: string,
    send: () => Promise<{ pspReference: string }>,
  ): Promise<GatewayOutcome> {
    try {
      const { pspReference } = await send();
      const outcome = await this.#news.awaited(providerPayment, (news) =>
        news.some((it) => it.pspReference === pspReference) ? outcomeOfNews(providerPayment, news) : null,
      );
      return outcome ?? NOT_TOLD_YET;
    } catch (error) {
      return isDefiniteNo(error) ? this.readPayment(providerPayment) : unknown(error);
    }
  }
}

const NOT_TOLD_YET = { status: 'unknown', reason: 'Adyen has not told yet', isAnswered: true } as const;
