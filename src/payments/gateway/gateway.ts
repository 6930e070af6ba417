import type { PaymentFailure, PaymentMethodType } from '../payments.contract.js';

/**
 * The port to a payment gateway. An adapter translates and nothing else.
 *
 * Bad news is a value, never an exception: `unknown` is everything that is neither a definite yes nor a definite no, and
 * whoever gets it must ask again before doing anything else. Only `GatewayUnavailable` is thrown, and only by calls
 * that change nothing that matters when they are sent again with the same key.
 */
export interface Gateway {
  readonly name: string;

  /** Creates the gateway's record of a payer, under which methods are saved. Returns its id. */
  createCustomer(request: { payerId: string; key: string }): Promise<string>;

  /** Begins saving a method: where the payer's browser goes, or what the gateway's fields in our page need. */
  startSetup(request: SetupRequest): Promise<StartedSetup>;
  readSetup(providerSetup: string, flow: SetupFlow): Promise<SetupOutcome>;

  /** Makes the token useless at the gateway. One that is already gone is success. */
  detach(providerToken: string): Promise<void>;

  /** Creates the gateway's object for a charge without taking money; harmless when it happens twice. */
  prepare(attempt: ChargeAttempt): Promise<PreparedCharge>;
  /** Takes (or reserves) the money, once: the object prepared before can succeed only once, whatever the key. */
  confirm(attempt: ChargeAttempt, providerPayment: string): Promise<GatewayOutcome>;
  /** How the charge stands now. */
  readPayment(providerPayment: string): Promise<GatewayOutcome>;
  /** Ends an object that has taken no money, so that it never can; says how it stands then. */
  abandon(providerPayment: string, key: string): Promise<GatewayOutcome>;

  /** The event that these bytes are, or null when the signature or its age is wrong. */
  verifyWebhook(rawBody: Buffer, headers: Record<string, string | string[] | undefined>): GatewayEvent | null;
}

export type SetupFlow = 'redirect' | 'embedded';

export interface SetupRequest {
  setupIntentId: string;
  payerId: string;
  providerCustomer: string;
  type: PaymentMethodType;
  flow: SetupFlow;
  /** Where the gateway's own page sends the payer back to. */
  returnUrl: string | null;
  key: string;
}

export interface StartedSetup {
  providerSetup: string;
  redirectUrl: string | null;
  clientSecret: string | null;
  publishableKey: string | null;
}

export type SetupOutcome =
  | { status: 'succeeded'; method: GatewayMethod; setupIntentId: string | null }
  | { status: 'incomplete'; reason: string }
  | { status: 'ended'; reason: string };

/** A saved method as the gateway describes it. */
export interface GatewayMethod {
  providerToken: string;
  providerCustomer: string | null;
  type: PaymentMethodType;
  cardBrand: string | null;
  lastFour: string;
  expiryMonth: number | null;
  expiryYear: number | null;
  bankName: string | null;
}

/** One try to take one amount; `id` is random, stored before the first byte leaves, and in every key we send. */
export interface ChargeAttempt {
  id: string;
  paymentId: string;
  payerId: string;
  obligation: string;
  amountMinor: number;
  currency: string;
  providerToken: string;
  providerCustomer: string;
  methodType: PaymentMethodType;
  capture: 'automatic' | 'manual';
  /** Where the bank sends the payer back to; null when the payer is not there. */
  returnUrl: string | null;
}

export type PreparedCharge =
  | { status: 'prepared'; providerPayment: string }
  /** Refused before anything existed: no money can be taken. */
  | { status: 'refused'; failure: PaymentFailure }
  | { status: 'unknown'; reason: string };

/** What the gateway says of a charge, with the facts that must agree with our intention. */
export type GatewayOutcome =
  | (GatewayFacts & { status: 'succeeded' | 'requires_capture' })
  | (GatewayFacts & {
      status: 'processing';
      detail: 'confirming' | 'bank_debit_pending';
      expectedBy: Date | null;
    })
  | (GatewayFacts & { status: 'requires_action'; redirectUrl: string | null })
  /** Has taken nothing but still could; `failure` says why the last try was declined, null when there was none. */
  | (GatewayFacts & { status: 'unconfirmed'; failure: PaymentFailure | null })
  /** Can take no money any more; `failure` as above. */
  | (GatewayFacts & { status: 'cancelled'; failure: PaymentFailure | null })
  | { status: 'unknown'; reason: string };

export interface GatewayFacts {
  providerPayment: string;
  /** Our payment's id in the gateway's metadata; null when the object is not of our making. */
  paymentId: string | null;
  amountMinor: number;
  capturedMinor: number;
  currency: string;
}

/** A verified event: a hint that something changed. How it changed is asked of the gateway. */
export interface GatewayEvent {
  providerEventId: string;
  /** The gateway's account that it is about; events are unique per gateway, account and id. */
  account: string;
  type: string;
  subject: { kind: 'payment' | 'setup'; providerId: string; flow?: SetupFlow } | null;
}

/** The gateway did not answer, or said that it cannot now. */
export class GatewayUnavailable extends Error {}
