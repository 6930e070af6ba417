// One request after the other, none like another: each charge has its own key and obligation, each event its own id.
import { createHmac, randomBytes } from 'node:crypto';
import type { ChargeJob, KnownIntent, WebhookJob } from './job.js';

export interface Request {
  headers: Record<string, string>;
  body: string;
}

/**
 * No two processes and no two runs make the same. Letters alone: digits with a number behind them may be a card number by chance,
 * and would be refused.
 */
const RUN = randomBytes(6)
  .toString('hex')
  .replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)]!);
let made = 0;

export function chargeRequest({ payers, headers }: ChargeJob): Request {
  const number = made++;
  const body = {
    ...payers[number % payers.length],
    amountMinor: 1_000 + (number % 90_000),
    currency: 'USD',
    obligation: `bench-${RUN}-${number}`,
  };
  return { headers: { ...headers, 'idempotency-key': `${RUN}-${number}` }, body: JSON.stringify(body) };
}

export function webhookRequest({ intents, secret, headers }: WebhookJob): Request {
  const number = made++;
  const body = eventAbout(intents[number % intents.length]!, `evt_${RUN}${number}`);
  const time = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
  return { headers: { ...headers, 'stripe-signature': `t=${time},v1=${signature}` }, body };
}

/** As long as Stripe's are. */
function eventAbout({ id, amount, currency, metadata }: KnownIntent, eventId: string): string {
  return JSON.stringify({
    id: eventId,
    object: 'event',
    api_version: '2026-01-28',
    created: Math.floor(Date.now() / 1000),
    data: { object: { ...SUCCEEDED, id, amount, amount_received: amount, currency, metadata } },
    livemode: false,
    pending_webhooks: 1,
    request: { id: `req_${eventId}`, idempotency_key: `key-${eventId}` },
    type: 'payment_intent.succeeded',
  });
}

const SUCCEEDED = {
  object: 'payment_intent',
  amount_capturable: 0,
  amount_details: { tip: {} },
  application: null,
  application_fee_amount: null,
  automatic_payment_methods: null,
  canceled_at: null,
  cancellation_reason: null,
  capture_method: 'automatic',
  client_secret: 'pi_bench_secret_bench',
  confirmation_method: 'automatic',
  created: 1_790_000_000,
  customer: 'cus_bench',
  description: null,
  last_payment_error: null,
  latest_charge: 'ch_bench',
  livemode: false,
  next_action: null,
  on_behalf_of: null,
  payment_method: 'pm_bench',
  payment_method_options: {
    card: { installments: null, mandate_options: null, network: null, request_three_d_secure: 'automatic' },
  },
  payment_method_types: ['card'],
  processing: null,
  receipt_email: null,
  setup_future_usage: null,
  shipping: null,
  source: null,
  statement_descriptor: null,
  statement_descriptor_suffix: null,
  status: 'succeeded',
  transfer_data: null,
  transfer_group: null,
};
