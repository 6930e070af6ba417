/**
 * The one door of payments. Other modules import this file and nothing else of `src/payments`; this file imports nothing.
 *
 * Amounts are `amountMinor`: a whole number of the currency's smallest unit (cents for USD, yen for JPY), with the
 * `currency` as an upper-case ISO 4217 code beside it. Times are ISO 8601 in UTC.
 */

export type PaymentMethodType = 'card' | 'us_bank_account';
export type PaymentMethodStatus = 'pending_verification' | 'active' | 'requires_replacement' | 'removed';

/**
 * Why a saved method stands or changed as it did. One list for statuses, events, the history and the audit log.
 */
export type PaymentMethodReason =
  /** Saved for the first time; the payer's first usable one is the default at once. */
  | 'saved'
  /** The same card or account was saved again: same id, newest token, expiry and mandate. */
  | 'saved_again'
  /** A bank account waits for the payer to tell which small deposits arrived. */
  | 'verification_started'
  | 'verified'
  /** The card network told of a new expiry or number. */
  | 'updated_by_network'
  | 'updated_at_gateway'
  | 'chosen_as_default'
  /** Steps of the expiry sweep: one notice each. */
  | 'expires_in_30_days'
  | 'expires_in_7_days'
  | 'expired'
  /** From here on reasons why a method can no longer be charged. Expired, and the bank declined for it. */
  | 'card_expired'
  /** Reported lost or stolen, blocked or restricted: which of them, a bank does not want told. */
  | 'blocked_by_issuer'
  | 'account_closed'
  | 'details_wrong'
  /** The payer, or their bank, took the consent to be charged back. */
  | 'consent_withdrawn'
  /** The payer's bank returned a debit as not authorised. */
  | 'debit_disputed'
  /** The gateway no longer knows the token, or will not use it. */
  | 'token_invalid'
  | 'detached_at_gateway'
  /** An operator asked payers to add their methods anew: the gateway changed. */
  | 'asked_again'
  /** An operator moved the token to another gateway, or back while the old token was kept. */
  | 'moved'
  | 'moved_back'
  /** From here on reasons of removal. */
  | 'removed_by_payer'
  | 'replaced'
  | 'verification_failed'
  | 'verification_expired'
  | 'payer_erased';

export type AttentionCode = 'expiring' | 'expired' | 'requires_replacement' | 'requires_verification';

/** What the payer must be asked to do about a saved method. */
export interface Attention {
  code: AttentionCode;
  message: string;
  action: 'replace' | 'verify';
  /** Where the payer can do it. */
  actionUrl: string;
}

/** A saved card or bank account: display metadata only. The gateway's token never leaves payments. */
export interface PaymentMethod {
  id: string;
  type: PaymentMethodType;
  status: PaymentMethodStatus;
  isDefault: boolean;
  cardBrand: string | null;
  lastFour: string;
  /** 1 to 12; null for a bank account. */
  expiryMonth: number | null;
  /** Four digits; null for a bank account. */
  expiryYear: number | null;
  bankName: string | null;
  attention: Attention | null;
  createdAt: string;
}

/**
 * `processing` also while the outcome is not known: a payment that is processing may have taken money.
 * `succeeded`, `failed` and `cancelled` are final.
 */
export type PaymentStatus =
  'processing' | 'requires_action' | 'requires_capture' | 'succeeded' | 'failed' | 'cancelled';

/** Why a payment failed, and what the payer can do about it. */
export interface PaymentFailure {
  code:
    | 'declined'
    | 'insufficient_funds'
    | 'card_expired'
    | 'incorrect_details'
    | 'authentication_failed'
    | 'method_unusable'
    | 'not_finished'
    | 'gateway_refused';
  /** The gateway's or the bank's own reason, for support. */
  declineCode: string | null;
  message: string;
  action: 'retry_later' | 'use_another_method' | 'correct_details' | 'contact_bank' | 'replace_method';
  /**
   * Whether the same method may be charged again without the payer there: `later`, by itself and within the card
   * networks' ceilings; only once the payer has done something (`after_payer`); or `never`: the method is dead.
   */
  retry: 'later' | 'after_payer' | 'never';
  /** Why the method requires replacement from here on; null when the decline says nothing about the method itself. */
  methodReason: PaymentMethodReason | null;
}

/** What the payer must do for the payment to go on. */
export interface NextAction {
  type: 'redirect';
  url: string;
}

/** One intended charge, and how it stands. */
export interface Payment {
  id: string;
  payerId: string;
  status: PaymentStatus;
  /** Tells `confirming` (seconds) from `bank_debit_pending` (days, see `expectedBy`); null when the status says it all. */
  statusDetail: 'confirming' | 'bank_debit_pending' | null;
  expectedBy: string | null;
  amountMinor: number;
  capturedMinor: number;
  refundedMinor: number;
  /** What disputes hold back while they are open, or took for good. */
  disputedMinor: number;
  /** All that was taken went back for good, by refunds and lost disputes: its obligation may be paid anew. */
  obligationFreed: boolean;
  currency: string;
  paymentMethodId: string;
  /** What is being paid, in the words of the module that asked: an invoice id, an instalment id. */
  obligation: string;
  failure: PaymentFailure | null;
  nextAction: NextAction | null;
  createdAt: string;
}

export type RefundReason = 'requested_by_customer' | 'duplicate' | 'fraudulent';

/** `pending` also while the outcome is not known: it holds its part of the payment until the gateway says otherwise. */
export type RefundStatus = 'pending' | 'succeeded' | 'failed' | 'cancelled';

/** Money given back, in whole or in part. */
export interface Refund {
  id: string;
  paymentId: string;
  amountMinor: number;
  currency: string;
  reason: RefundReason | null;
  status: RefundStatus;
  /** The gateway's reason when it failed. */
  failureCode: string | null;
  createdAt: string;
}

/**
 * `inquiry` asks for facts before any money is taken back. `won`, `lost` and `inquiry_closed` are settled for now; an appeal,
 * or late news of one, may open it again.
 */
export type DisputeStatus =
  'inquiry' | 'inquiry_under_review' | 'inquiry_closed' | 'needs_response' | 'under_review' | 'won' | 'lost';

/** The payer's bank takes money back, or asks about it. */
export interface Dispute {
  id: string;
  paymentId: string;
  status: DisputeStatus;
  amountMinor: number;
  /** What the gateway has taken back so far: withdrawals less reinstatements. */
  withdrawnMinor: number;
  currency: string;
  reason: string;
  /** Bank debits are not: their return is final. */
  isContestable: boolean;
  evidenceDueBy: string | null;
  createdAt: string;
}

/** What may be said against a dispute, in words. */
export type EvidenceText =
  | 'product_description'
  | 'service_date'
  | 'customer_name'
  | 'customer_email_address'
  | 'refund_policy_disclosure'
  | 'cancellation_rebuttal'
  | 'duplicate_charge_explanation'
  | 'uncategorized_text';

/** Who asks: the scope of the idempotency key, and the actor in the audit log. */
export interface Requester {
  /** Issuer and subject of the verified token, or the name of a service. */
  caller: string;
  idempotencyKey: string;
  /**
   * What the caller was asked for, in its own words. A repeat with the same key and other input is refused.
   * Leave out what is computed (an open balance): it may have changed by the time of an honest repeat.
   */
  input: Record<string, string | number | boolean | null>;
}

/** Something that will charge a saved method one day: a plan, an autopay. Declared, so that nobody removes the method under it. */
export interface PaymentMethodUse {
  /** Unique over all uses, and the same for the life of the thing: `plan:<id>`; `autopay:<id>` keeps nobody from being erased. */
  name: string;
  payerId: string;
  paymentMethodId: string;
  /** In words that the payer understands: `Tuition 2027, 10 instalments`. Shown when a removal is refused. */
  description: string;
  /** The next day on which it charges (`2027-03-01`); the token is checked with the gateway before it. */
  nextChargeOn: string | null;
}

export interface ChargeRequest extends Requester {
  payerId: string;
  paymentMethodId: string;
  /**
   * What to charge instead when the method cannot be charged (removed, to be replaced, not verified). Without it nothing
   * is ever charged in a method's place. A decline is not such a case. `payment.paymentMethodId` says what was charged.
   */
  fallback?: 'default' | { paymentMethodId: string };
  amountMinor: number;
  currency: string;
  /** At most one payment per obligation can be under way or paid at a time. */
  obligation: string;
  /**
   * Whether the payer is there to confirm. On-session, the bank may ask the payer to authenticate and then sends them
   * to `returnUrl` (by default our own page); off-session, that need becomes a payment that `requires_action`.
   */
  presence: { session: 'on'; returnUrl?: string } | { session: 'off' };
  /** `manual` reserves the amount, to be captured later; the default takes it at once. */
  capture?: 'automatic' | 'manual';
}

export interface ChargeResult {
  payment: Payment;
  /** True when the same key was used before: this is the payment that it made, as it now stands. */
  replayed: boolean;
}

/** A fact about a payment, its refunds and disputes, a payment method, or a payer. Delivered at least once: apply each `id` once. */
export type PaymentsEvent =
  | { id: string; type: PaymentEventType; occurredAt: string; payment: Payment }
  | { id: string; type: RefundEventType; occurredAt: string; payment: Payment; refund: Refund }
  | { id: string; type: DisputeEventType; occurredAt: string; payment: Payment; dispute: Dispute }
  | {
      id: string;
      type: PaymentMethodEventType;
      occurredAt: string;
      payerId: string;
      paymentMethod: PaymentMethod;
      reason: PaymentMethodReason;
      /** Of a removed one: what everything that used it uses from now on. Declared uses were moved already. */
      replacedBy: string | null;
    }
  | PayerErased;

/**
 * Somebody is to be forgotten, and nothing of theirs is open. Whoever hears it destroys what is known of the person, and puts
 * the stand-in where records of money name the payer. Payments do so, and forget the id, once every listener has.
 */
export interface PayerErased {
  id: string;
  type: 'payer.erased';
  occurredAt: string;
  payerId: string;
  /** Random: nobody can tell from it who it was. */
  standIn: string;
}

export type PaymentEventType =
  | 'payment.created'
  | 'payment.processing'
  | 'payment.requires_action'
  | 'payment.requires_capture'
  | 'payment.succeeded'
  | 'payment.failed'
  | 'payment.cancelled'
  /** The card network suspects fraud; a refund now may avoid a dispute. */
  | 'payment.fraud_suspected';
export type PaymentMethodEventType =
  /** For the first time; look at `status`: a bank account may wait to be verified. */
  | 'payment_method.saved'
  /** Verified, or usable again after it had to be replaced. */
  | 'payment_method.activated'
  /** What is shown of it changed: expiry, last four, brand. */
  | 'payment_method.updated'
  | 'payment_method.default_changed'
  /** `reason` says which step: 30 days, 7 days, or expired. One event per step. */
  | 'payment_method.expiring'
  | 'payment_method.requires_replacement'
  /** An operator asks for it to be added again; until then it can still be charged. */
  | 'payment_method.replacement_asked'
  | 'payment_method.removed';

export type RefundEventType = 'refund.pending' | 'refund.succeeded' | 'refund.failed' | 'refund.cancelled';
export type DisputeEventType =
  'dispute.opened' | 'dispute.updated' | 'dispute.won' | 'dispute.lost' | 'dispute.closed';

/**
 * Told of every event. When it rejects, the event comes again later; so apply it in one transaction with its id.
 * Events of one payment come in the order in which they happened.
 */
export type PaymentsListener = (event: PaymentsEvent) => Promise<void>;

/**
 * What neighbours may ask of payments. Inject it by this class. A `PaymentsError` is a refusal: nothing was begun. Any other
 * error says nothing about that; repeat the call with the same idempotency key.
 */
export abstract class Payments {
  /**
   * Charges a saved payment method. Safe to repeat with the same idempotency key, at any time and after any crash.
   * A decline is a result, not an error: `payment.status` is `failed` and `payment.failure` says why.
   * @throws PaymentsError `payment_method_unusable`, `obligation_has_open_payment`, `obligation_already_paid`,
   *   `idempotency_key_reused`, `not_found` (an unknown or foreign method), `validation_failed`, `gateway_unavailable`,
   *   `currency_not_supported` (bank accounts take USD), `bank_debit_not_repeatable`, `rate_limited`, `charging_paused`,
   *   `mandate_missing` (off-session, and the payer's consent to that is not stored)
   */
  abstract charge(request: ChargeRequest): Promise<ChargeResult>;

  /**
   * The payment that an earlier call with this key made, as it now stands, or null. Ask before computing an amount.
   * @throws PaymentsError `idempotency_key_reused` when the key was used for something else
   */
  abstract repeatOf(requester: Requester): Promise<Payment | null>;

  /**
   * Ends a payment that has taken no money: one that waits for the payer, or is only reserved. Safe to repeat, as `charge` is.
   * @throws PaymentsError `not_found`, `payment_state_conflict` (it stands elsewhere, or something else is being done with it),
   *   `idempotency_key_reused`
   */
  abstract cancel(paymentId: string, requester: Requester): Promise<ChargeResult>;

  /** @throws PaymentsError `not_found`, also when it belongs to another payer than `payerId` */
  abstract read(paymentId: string, payerId?: string): Promise<Payment>;

  /** The payer's saved methods, the default first; removed ones are left out. */
  abstract paymentMethods(payerId: string): Promise<PaymentMethod[]>;

  /** @throws PaymentsError `not_found`, also for a removed one, or another payer's */
  abstract paymentMethod(id: string, payerId: string): Promise<PaymentMethod>;

  /**
   * Says that something will charge this method. Repeating it with the same `name` updates it, or moves it to another
   * method. While a use exists, the method is removed only when it is replaced in the same call.
   * @throws PaymentsError `not_found`, `payment_method_unusable` for a method that is not active
   */
  abstract declareUse(use: PaymentMethodUse): Promise<void>;

  /** The plan ended, or autopay was switched off. Ending it again is fine. */
  abstract endUse(name: string): Promise<void>;

  /** Hears of every event from now on, under a name that stays the same over restarts. Call it once, at the start. */
  abstract subscribe(listenerName: string, listener: PaymentsListener): void;
}

/** Stable public codes. Adding one is a feature; renaming one breaks callers. */
export type PaymentsErrorCode =
  | 'validation_failed'
  | 'not_found'
  | 'setup_incomplete'
  | 'payment_method_unusable'
  | 'payment_method_in_use'
  | 'mandate_missing'
  | 'verification_mismatch'
  | 'verification_closed'
  | 'currency_not_supported'
  | 'bank_debit_not_repeatable'
  | 'rate_limited'
  | 'payment_state_conflict'
  | 'obligation_has_open_payment'
  | 'obligation_already_paid'
  | 'payment_disputed'
  | 'dispute_not_contestable'
  | 'dispute_closed'
  | 'idempotency_key_reused'
  | 'refund_exceeds_payment'
  | 'refund_request_closed'
  | 'second_person_required'
  | 'charging_paused'
  | 'event_endpoint_disabled'
  | 'webhook_signature_invalid'
  | 'gateway_unavailable'
  | 'payments_moving';

/** Expected bad news; the message says what happened and what to do next. */
export class PaymentsError extends Error {
  constructor(
    readonly code: PaymentsErrorCode,
    message: string,
    readonly retryAfterSeconds?: number,
    /** More for programs: what depends on the method (`payment_method_in_use`), how many tries are left. */
    readonly details?: Record<string, unknown>,
  ) {
    super(message);
  }
}
