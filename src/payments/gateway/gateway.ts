import type {
  DisputeStatus,
  EvidenceText,
  PaymentFailure,
  PaymentMethodReason,
  PaymentMethodType,
  RefundReason,
} from '../payments.contract.js';
import type { GatewayBalance } from './balance.js';
import type { Capabilities } from './capabilities.js';
import type {
  SetupFlow,
  SetupRequest,
  StartedSetup,
  SetupOutcome,
  DepositProof,
  VerificationOutcome,
  MethodOutcome,
} from './saving.js';

/**
 * The port to a payment gateway. An adapter translates and nothing else.
 *
 * Bad news is a value, never an exception: `unknown` is everything that is neither a definite yes nor a definite no, and
 * whoever gets it must ask again before doing anything else. Thrown are `GatewayUnavailable`, only by calls that change
 * nothing that matters when they are sent again with the same key, and a definite no to a call about a setup, a method or a
 * dispute: a `PaymentsError` where the caller can do something about it, else the library's own error, for a bug of ours.
 */
export interface Gateway {
  readonly name: string;
  readonly capabilities: Capabilities;

  /** Tells of every answer, also of a refusal, while the call that it belongs to is under way; one call may take several. */
  onAnswer(listener: (request: GatewayRequest) => void): void;

  /** Whose payments are made, and the setting that decides it. @throws GatewayUnavailable */
  readAccount(): Promise<{ id: string; setting: string }>;

  /** Creates the gateway's record of a payer, under which methods are saved. Returns its id. */
  createCustomer(request: { payerId: string; key: string }): Promise<string>;

  /** Begins saving a method: where the payer's browser goes, or what the gateway's fields in our page need. */
  startSetup(request: SetupRequest): Promise<StartedSetup>;
  readSetup(providerSetup: string, flow: SetupFlow): Promise<SetupOutcome>;
  /**
   * The payer is done with the gateway's page or fields, which gave this to their browser; it may be what saves the method.
   * The same as `readSetup` where it is not.
   */
  setupReturned(
    providerSetup: string,
    flow: SetupFlow,
    brought: Record<string, string>,
  ): Promise<SetupOutcome>;

  /** What the payer says of the small deposits that arrived on their bank account. */
  verifySetup(providerSetup: string, flow: SetupFlow, proof: DepositProof): Promise<VerificationOutcome>;
  /** Ends a setup that nobody finished; says how it stands then. */
  cancelSetup(providerSetup: string, flow: SetupFlow): Promise<SetupOutcome>;

  /**
   * What is our token of a method that a migration file names, by what the gateway calls it and its payer; null where that
   * is not enough.
   */
  tokenOf(named: { token: string; customer: string | null }): string | null;
  /** The method as the gateway has it now. Asking costs nothing. */
  readMethod(providerToken: string): Promise<MethodOutcome>;
  readMandate(providerMandate: string): Promise<{ isInForce: boolean }>;

  /** Makes the token useless at the gateway. One that is already gone is success. */
  detach(providerToken: string): Promise<void>;
  /** Removes the gateway's record of a payer, with all that is saved under it. One that is already gone is success. */
  forgetCustomer(providerCustomer: string): Promise<void>;

  /** Creates the gateway's object for a charge without taking money; harmless when it happens twice. */
  prepare(attempt: ChargeAttempt): Promise<PreparedCharge>;
  /** Takes (or reserves) the money, once: the object prepared before can succeed only once, whatever the key. */
  confirm(attempt: ChargeAttempt, providerPayment: string, key: string): Promise<GatewayOutcome>;
  /**
   * The payer is back from their bank with this in the address, which may be what completes the charge; the same as
   * `readPayment` where it is not.
   */
  returned(providerPayment: string, query: Record<string, string>): Promise<GatewayOutcome>;
  /** How the charge stands now, as far as the gateway has said. */
  readPayment(providerPayment: string): Promise<GatewayOutcome>;
  /** Ends an object that has taken no money, so that it never can; says how it stands then. */
  abandon(providerPayment: string, key: string): Promise<GatewayOutcome>;

  /** Takes a reserved amount, or a part of it and lets the rest go. */
  capture(charge: ProviderCharge, amountMinor: number, key: string): Promise<GatewayOutcome>;

  /** Gives money back. Safe to send again with the same key. */
  refund(request: RefundRequest): Promise<RefundOutcome>;
  readRefund(providerRefund: string): Promise<RefundOutcome>;
  /** The refund that carries our id, when its own id was lost; null when the gateway has none. */
  findRefund(refundId: string, providerPayment: string): Promise<RefundOutcome | null>;

  readDispute(providerDispute: string): Promise<DisputeOutcome>;
  /** Hands in our side; `submit` false keeps it as a draft that can be changed. */
  sendEvidence(providerDispute: string, evidence: DisputeEvidence, key: string): Promise<DisputeOutcome>;
  /** Gives the dispute up. It cannot be taken back. */
  acceptDispute(providerDispute: string, key: string): Promise<DisputeOutcome>;

  /** The charge that a fraud warning is about; null when it is about none of a kind that we make. */
  readFraudWarning(providerWarning: string): Promise<string | null>;

  /** Every event since then that the gateway still lists, in any order. */
  listEvents(since: Date): AsyncIterable<HeardEvent>;

  /** Every charge, refund and dispute made since then, in any order; the judge that our own books are held against. */
  listMovements(since: Date): AsyncIterable<ListedMovement>;

  /** The account that the gateway keeps of our money; null where it keeps none that can be asked. */
  readonly balance: GatewayBalance | null;

  /** The events that these bytes are, mostly one, or null when the signature or its age is wrong. */
  verifyWebhook(
    rawBody: Buffer,
    headers: Record<string, string | string[] | undefined>,
  ): Promise<HeardEvent[] | null>;
  /** What a gateway wants to hear that asks whether a webhook address is ours; null when it is none that asks. */
  answerChallenge(query: Record<string, string | undefined>): string | null;

  /** Closes its connections; nothing is asked of it afterwards. */
  close(): void;
}

/** A request that the gateway answered, as its own log knows it: what its support asks for first. */
export interface GatewayRequest {
  id: string;
  /** Method and path. */
  call: string;
  httpStatus: number;
  /** When the answer was here, by this process's clock; ISO 8601. */
  at: string;
}

/** What came of a call, with the requests that it took; the watch around an adapter adds them. */
export interface Answered {
  requests?: GatewayRequest[];
}

/** Neither a definite yes nor a definite no: whoever gets it asks again. */
export interface Unknown {
  status: 'unknown';
  reason: string;
  /** Nothing went wrong at the gateway, which only has not told yet: no sign that it is down. Left out, it did not answer. */
  isAnswered?: true;
}

/** One try to take one amount; `id` is random, stored before the first byte leaves, and in every key we send. */
export interface ChargeAttempt {
  id: string;
  paymentId: string;
  /** When it was begun, by the database's clock. */
  begunAt: Date;
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

export type PreparedCharge = Answered &
  (
    | { status: 'prepared'; providerPayment: string }
    /** Refused before anything existed: no money can be taken. */
    | { status: 'refused'; failure: PaymentFailure }
    | Unknown
  );

/** What the gateway says of a charge, with the facts that must agree with our intention. */
export type GatewayOutcome = Answered &
  (
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
    | Unknown
  );

export interface GatewayFacts {
  providerPayment: string;
  /** Our payment's id in the gateway's metadata; null when the object is not of our making. */
  paymentId: string | null;
  amountMinor: number;
  capturedMinor: number;
  currency: string;
}

/** A charge as the gateway knows it. */
export interface ProviderCharge {
  providerPayment: string;
  currency: string;
}

export interface RefundRequest extends ProviderCharge {
  refundId: string;
  amountMinor: number;
  reason: RefundReason | null;
  key: string;
}

export type RefundOutcome = Answered &
  (
    | (RefundFacts & { status: 'pending' | 'succeeded' | 'cancelled' })
    /** The money came back to us, or the gateway would not send it. */
    | { status: 'failed'; providerRefund: string | null; failureCode: string }
    /** The gateway gives nothing back of this charge yet: nothing was made, and the same can be asked for later. */
    | { status: 'too_early'; reason: string }
    | Unknown
  );

export interface RefundFacts {
  providerRefund: string;
  providerPayment: string | null;
  /** Our refund's id in the gateway's metadata; null, or a word that is no id of ours, when somebody made it elsewhere. */
  refundId: string | null;
  amountMinor: number;
  currency: string;
}

export type DisputeOutcome = Answered & ((DisputeFacts & { status: DisputeStatus }) | Unknown);

export interface DisputeFacts {
  providerDispute: string;
  providerPayment: string;
  amountMinor: number;
  /** What the gateway has taken back so far: withdrawals less reinstatements. */
  withdrawnMinor: number;
  currency: string;
  reason: string;
  evidenceDueBy: Date | null;
  isContestable: boolean;
  /** Why the method cannot be charged any more after such a dispute: a bank debit that was not authorised. */
  methodReason: PaymentMethodReason | null;
}

export interface DisputeEvidence {
  text: Partial<Record<EvidenceText, string>>;
  files: EvidenceFile[];
  submit: boolean;
}

export interface EvidenceFile {
  kind: 'receipt' | 'customer_communication' | 'service_documentation' | 'other';
  contentType: 'application/pdf' | 'image/jpeg' | 'image/png';
  content: Buffer;
}

/** One movement of money as the gateway lists it: charges by what was captured, disputes by what was withdrawn. */
export interface ListedMovement {
  kind: 'payment' | 'refund' | 'dispute';
  providerId: string;
  /** Our payment's id in the gateway's metadata, if it has one. */
  paymentId: string | null;
  amountMinor: number;
  currency: string;
  /** In our words: `captured` or `nothing` for a charge, else the status of the refund or dispute. */
  status: string;
  createdAt: Date;
}

/** An event and the bytes that say so. */
export interface HeardEvent {
  event: GatewayEvent;
  body: Buffer;
}

/** A verified event: a hint that something changed. How it changed is asked of the gateway. */
export interface GatewayEvent {
  providerEventId: string;
  /** The gateway's account that it is about; events are unique per gateway, account and id. */
  account: string;
  type: string;
  subject: {
    kind: 'payment' | 'setup' | 'refund' | 'dispute' | 'fraud_warning' | 'method' | 'mandate';
    providerId: string;
    /** Of a method: the card network brought the news, not somebody at the gateway. */
    isByNetwork?: boolean;
    /** It cannot be asked again how this stands, so the news is kept. */
    isToldOnce?: true;
    /** Of a setup: our id, as it stands in the gateway's metadata. */
    setupIntentId?: string;
  } | null;
}

/** The gateway did not answer, or said that it cannot now. */
export class GatewayUnavailable extends Error {}
