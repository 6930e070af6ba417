/**
 * The objects of Stripe's API, with the fields that the sandbox gives them (version 2026-10-28.endive,
 * https://docs.stripe.com/api). `sandbox` holds what only the sandbox knows; it never leaves the process.
 */
export type Metadata = Record<string, string>;

export interface Resource {
  id: string;
  object: string;
  created?: number;
}

export interface Customer extends Resource {
  object: 'customer';
  created: number;
  livemode: false;
  deleted?: true;
  name?: string | null;
  email?: string | null;
  phone?: string | null;
  description?: string | null;
  metadata?: Metadata;
  invoice_settings?: { default_payment_method: string | null; [key: string]: unknown };
  [key: string]: unknown;
}

export interface BillingDetails {
  address: Record<string, string | null>;
  email: string | null;
  name: string | null;
  phone: string | null;
  tax_id: string | null;
}

export interface Card {
  brand: string;
  checks: Record<string, string | null>;
  country: string;
  display_brand: string;
  exp_month: number;
  exp_year: number;
  fingerprint: string;
  funding: string;
  generated_from: null;
  last4: string;
  networks: { available: string[]; preferred: null };
  regulated_status: string;
  three_d_secure_usage: { supported: boolean };
  wallet: null;
}

export interface UsBankAccount {
  account_holder_type: string;
  account_type: string;
  bank_name: string;
  financial_connections_account: string | null;
  fingerprint: string;
  last4: string;
  networks: { preferred: string; supported: string[] };
  routing_number: string;
  status_details: Record<string, unknown> | null;
}

export interface PaymentMethod extends Resource {
  object: 'payment_method';
  allow_redisplay: string;
  billing_details: BillingDetails;
  card?: Card;
  us_bank_account?: UsBankAccount;
  created: number;
  customer: string | null;
  customer_account: null;
  livemode: false;
  metadata: Metadata;
  type: 'card' | 'us_bank_account';
  sandbox: {
    /** Which test card or test bank account it is: the name, never the number. */
    behaves: string;
    isSetUpOffSession: boolean;
    /** Used up: detached, or charged without a customer. https://docs.stripe.com/api/payment_methods/detach */
    isConsumed: boolean;
    isVerified: boolean;
    /** Set on request: a closed account, an expired card, a revoked mandate. */
    declinesWith?: string;
  };
}

export interface NextAction {
  type: 'redirect_to_url' | 'use_stripe_sdk' | 'verify_with_microdeposits';
  redirect_to_url?: { return_url: string; url: string };
  use_stripe_sdk?: Record<string, string>;
  verify_with_microdeposits?: {
    arrival_date: number;
    hosted_verification_url: string;
    microdeposit_type: 'amounts' | 'descriptor_code';
  };
}

export interface LastError {
  type: string;
  code?: string;
  message?: string;
  decline_code?: string;
  charge?: string;
  doc_url?: string;
  payment_method?: PaymentMethod;
}

export interface AutomaticPaymentMethods {
  allow_redirects?: 'always' | 'never';
  enabled: boolean;
}

interface Intent extends Resource {
  allowed_payment_method_types: string[] | null;
  application: null;
  automatic_payment_methods: AutomaticPaymentMethods | null;
  cancellation_reason: string | null;
  client_secret: string;
  created: number;
  customer: string | null;
  customer_account: null;
  description: string | null;
  excluded_payment_method_types: null;
  livemode: false;
  metadata: Metadata;
  next_action: NextAction | null;
  on_behalf_of: null;
  payment_method: string | null;
  payment_method_configuration_details: null;
  payment_method_options: Record<string, unknown>;
  payment_method_types: string[];
  status: string;
}

export interface SetupIntent extends Intent {
  object: 'setup_intent';
  flow_directions: null;
  last_setup_error: LastError | null;
  latest_attempt: string | null;
  mandate: string | null;
  single_use_mandate: null;
  status:
    | 'canceled'
    | 'processing'
    | 'requires_action'
    | 'requires_confirmation'
    | 'requires_payment_method'
    | 'succeeded';
  usage: 'off_session' | 'on_session';
  sandbox: IntentSecrets;
}

export interface PaymentIntent extends Intent {
  object: 'payment_intent';
  amount: number;
  amount_capturable: number;
  amount_details: { tip: Record<string, never> };
  amount_received: number;
  application_fee_amount: null;
  canceled_at: number | null;
  capture_method: 'automatic' | 'automatic_async' | 'manual';
  confirmation_method: 'automatic' | 'manual';
  currency: string;
  last_payment_error: LastError | null;
  latest_charge: string | null;
  managed_payments: null;
  payment_record: null;
  processing: null;
  receipt_email: string | null;
  review: null;
  setup_future_usage: 'off_session' | 'on_session' | null;
  shipping: null;
  source: null;
  statement_descriptor: string | null;
  statement_descriptor_suffix: string | null;
  status:
    | 'canceled'
    | 'processing'
    | 'requires_action'
    | 'requires_capture'
    | 'requires_confirmation'
    | 'requires_payment_method'
    | 'succeeded';
  transfer_data: null;
  transfer_group: null;
  sandbox: IntentSecrets;
}

/** What an intent that waits must remember until its payer comes back. */
export interface IntentSecrets {
  /** The hosted page that owns the intent. */
  session?: string;
  /** The 3-D Secure challenge under way: whether the payer answered is decided there. */
  authentication?: string;
  mandate?: MandateData;
  /** It goes on once its owner says that the payer is back, not when the payer has answered. */
  waitsForDetails?: true;
  /** A test has had it settled, which a batch does at night. */
  isSettled?: true;
  /** Whether the shopper's details had been stored before, as Adyen says it. */
  stored?: 'created' | 'updated' | 'alreadyExisting';
  microdepositAttempts?: number;
}

export interface MandateData {
  type: string;
  acceptedAt: number;
  ipAddress: string | null;
  userAgent: string | null;
}

export interface SetupAttempt extends Resource {
  object: 'setup_attempt';
  created: number;
  [key: string]: unknown;
}

export interface WebhookEndpoint extends Resource {
  object: 'webhook_endpoint';
  api_version: string | null;
  application: null;
  created: number;
  deleted?: true;
  description: string | null;
  enabled_events: string[];
  livemode: false;
  metadata: Metadata;
  status: 'enabled' | 'disabled';
  url: string;
  sandbox: {
    secret: string;
    adyen?: { username: string; password: string };
    braintree?: { publicKey: string };
  };
}

export interface Event extends Resource {
  object: 'event';
  api_version: string;
  created: number;
  data: { object: unknown; previous_attributes?: Record<string, unknown> };
  livemode: false;
  pending_webhooks: number;
  request: { id: string | null; idempotency_key: string | null };
  type: string;
}

/** Something that will happen by itself when the account's clock reaches it. */
export interface Task extends Resource {
  object: 'sandbox.task';
  dueMs: number;
  does: string;
  subject: string;
  attempt: number;
}

/** One event on its way to one endpoint, with what became of each attempt. */
export interface Delivery extends Resource {
  object: 'sandbox.delivery';
  created: number;
  event: string;
  endpoint: string;
  type: string;
  url: string;
  status: 'pending' | 'delivered' | 'failed' | 'dropped';
  attempts: { at: string; status: number | null; error?: string }[];
}

/** A question of the issuer to its customer (3-D Secure), open until somebody answers it. */
export interface Challenge extends Resource {
  object: 'sandbox.authentication';
  intent: string;
  status: 'open' | 'succeeded' | 'failed';
  returnUrl: string | null;
  /** Shown in a frame by Stripe.js, which goes on by itself. */
  isForStripeJs: boolean;
}

/** What tests set for an account. */
export interface Settings extends Resource {
  object: 'sandbox.settings';
  /** https://docs.stripe.com/search#data-freshness: found some time after it was written only. */
  searchLagSeconds: number;
  /** Which proof the small deposits ask for. */
  microdepositType: 'amounts' | 'descriptor_code';
}
