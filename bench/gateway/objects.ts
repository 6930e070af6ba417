// The gateway's objects, as large as Stripe's are: reading them is a part of a charge's work.
import { randomBytes } from 'node:crypto';

export interface Intent {
  id: string;
  account: string;
  amount: number;
  currency: string;
  customer: string;
  paymentMethod: string;
  metadata: Record<string, string>;
  status: 'requires_confirmation' | 'processing' | 'succeeded' | 'canceled';
  /** How long the gateway has been at work on it, over all calls. */
  tookMs: number;
}

export function newId(prefix: string): string {
  // Without digits: of thousands of hexadecimal ids one or another would look like a card number.
  const letters = randomBytes(12)
    .toString('hex')
    .replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)]!);
  return `${prefix}_${letters}`;
}

export function customer(): object {
  return { id: newId('cus'), object: 'customer', created: now(), livemode: false, metadata: {} };
}

export function list(url: string): object {
  return { object: 'list', data: [], has_more: false, url };
}

/** A setup intent; once the payer is done, with the method that was saved. */
export function setupView(
  id: string,
  { customer, metadata }: { customer: string; metadata: Record<string, string> },
  isDone: boolean,
): object {
  return {
    id,
    object: 'setup_intent',
    client_secret: `${id}_secret_bench`,
    created: now(),
    customer,
    livemode: false,
    metadata,
    payment_method: isDone ? card(methodOf(id), customer) : null,
    payment_method_types: ['card'],
    status: isDone ? 'succeeded' : 'requires_payment_method',
    usage: 'off_session',
  };
}

/** The method that a setup saves. */
export function methodOf(setup: string): string {
  return `pm_${setup.slice(5)}`;
}

export function card(id: string, customer: string): object {
  return {
    id,
    object: 'payment_method',
    type: 'card',
    customer,
    created: now(),
    livemode: false,
    card: { brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2034, funding: 'credit', country: 'US' },
  };
}

export function intentView(intent: Intent): object {
  const isDone = intent.status === 'succeeded';
  return {
    id: intent.id,
    object: 'payment_intent',
    amount: intent.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: isDone ? intent.amount : 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: `${intent.id}_secret_bench`,
    confirmation_method: 'automatic',
    created: now(),
    currency: intent.currency,
    customer: intent.customer,
    description: null,
    last_payment_error: null,
    latest_charge: isDone ? `ch_${intent.id.slice(3)}` : null,
    livemode: false,
    metadata: intent.metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: intent.paymentMethod,
    payment_method_options: {
      card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' },
    },
    payment_method_types: ['card'],
    processing: null,
    receipt_email: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: intent.status,
    transfer_data: null,
    transfer_group: null,
  };
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
