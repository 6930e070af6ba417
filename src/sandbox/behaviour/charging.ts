import type { Changes } from '../state/changes.js';
import { newId } from '../state/ids.js';
import type { LedgerEntry } from '../state/ledger.js';
import type { PaymentIntent, PaymentMethod } from '../state/resources.js';
import type { Charge, ChargeOutcome } from '../state/resources-money.js';
import { feeOf, moveBalance } from './balance.js';
import type { Decline } from './declines.js';
import { testCardById, type TestCard } from './test-cards.js';

/** A charge is what an attempt to take money leaves behind, whether it worked or not. */
export function newCharge(
  changes: Changes,
  intent: PaymentIntent,
  method: PaymentMethod,
  { isAuthenticated = false }: { isAuthenticated?: boolean } = {},
): Charge {
  return {
    id: newId(method.type === 'card' ? 'ch' : 'py'),
    object: 'charge',
    amount: intent.amount,
    amount_captured: 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    calculated_statement_descriptor: intent.statement_descriptor ?? 'SANDBOX',
    captured: false,
    created: changes.now,
    currency: intent.currency,
    customer: intent.customer,
    description: intent.description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: intent.metadata,
    on_behalf_of: null,
    outcome: null,
    paid: false,
    payment_intent: intent.id,
    payment_method: method.id,
    payment_method_details: detailsOf(method, intent, isAuthenticated),
    radar_options: {},
    receipt_email: intent.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: intent.statement_descriptor,
    statement_descriptor_suffix: intent.statement_descriptor_suffix,
    status: 'pending',
    transfer_data: null,
    transfer_group: null,
  };
}

export function failCharge(changes: Changes, charge: Charge, decline: Decline): Charge {
  const isBlocked = decline.decline_code === 'fraudulent';
  const failed = changes.save<Charge>({
    ...charge,
    status: 'failed',
    failure_code: decline.code,
    failure_message: decline.message,
    outcome: {
      ...outcomeOf(changes, charge),
      advice_code: decline.advice_code ?? null,
      network_status: isBlocked ? 'not_sent_to_network' : 'declined_by_network',
      reason: isBlocked ? 'highest_risk_level' : (decline.decline_code ?? decline.code),
      seller_message: isBlocked
        ? 'Stripe blocked this payment as too risky.'
        : 'The bank did not return any further details with this decline.',
      type: isBlocked ? 'blocked' : 'issuer_declined',
    },
  });
  record(changes, 'charge.failed', failed, failed.amount, decline.decline_code ?? decline.code);
  changes.emit('charge.failed', failed);
  return failed;
}

/** The issuer set the money aside: it is taken by a capture, or falls free. */
export function authorizeCharge(changes: Changes, charge: Charge): Charge {
  const authorized = changes.save<Charge>({
    ...charge,
    status: 'succeeded',
    paid: true,
    outcome: outcomeOf(changes, charge),
  });
  record(changes, 'charge.authorized', authorized, authorized.amount);
  changes.emit('charge.succeeded', authorized);
  return authorized;
}

export function succeedCharge(changes: Changes, charge: Charge): Charge {
  const { type } = charge.payment_method_details;
  const movement = moveBalance(changes, {
    type: type === 'card' ? 'charge' : 'payment',
    amount: charge.amount,
    currency: charge.currency,
    source: charge.id,
    fee: feeOf(type, charge.amount),
    reporting_category: 'charge',
    description: charge.description,
  });
  const succeeded = changes.save<Charge>({
    ...charge,
    status: 'succeeded',
    paid: true,
    captured: true,
    amount_captured: charge.amount,
    balance_transaction: movement.id,
    outcome: outcomeOf(changes, charge),
  });
  record(changes, 'charge.succeeded', succeeded, succeeded.amount);
  changes.emit('charge.succeeded', succeeded);
  return succeeded;
}

export function record(
  changes: Changes,
  type: LedgerEntry['type'],
  charge: Charge,
  amount: number,
  detail?: string,
): void {
  changes.record({
    type,
    id: charge.id,
    amount,
    currency: charge.currency,
    charge: charge.id,
    payment_intent: charge.payment_intent,
    customer: charge.customer,
    payment_method: charge.payment_method,
    metadata: charge.metadata,
    ...(detail && { detail }),
  });
}

export function testCardOf(method: PaymentMethod): TestCard | undefined {
  return testCardById(method.sandbox.behaves);
}

function outcomeOf(changes: Changes, charge: Charge): ChargeOutcome {
  const method = charge.payment_method ? changes.find('payment_method', charge.payment_method) : undefined;
  const riskLevel = (method && testCardOf(method)?.riskLevel) ?? 'normal';
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: 'approved_by_network',
    reason: riskLevel === 'elevated' ? 'elevated_risk_level' : null,
    risk_level: riskLevel,
    risk_score: { normal: 20, elevated: 70, highest: 99 }[riskLevel],
    seller_message: 'Payment complete.',
    type: 'authorized',
  };
}

function detailsOf(
  method: PaymentMethod,
  intent: PaymentIntent,
  isAuthenticated: boolean,
): Charge['payment_method_details'] {
  if (!method.card) {
    const { account_holder_type, account_type, bank_name, fingerprint, last4, routing_number } =
      method.us_bank_account!;
    const account = { account_holder_type, account_type, bank_name, fingerprint, last4, routing_number };
    return { type: 'us_bank_account', us_bank_account: { ...account, payment_reference: null } };
  }
  const { brand, country, exp_month, exp_year, fingerprint, funding, last4 } = method.card;
  const checks = { ...method.card.checks, ...testCardOf(method)?.checks };
  const authentication = {
    authentication_flow: 'challenge',
    electronic_commerce_indicator: '05',
    exemption_indicator: null,
    result: 'authenticated',
    result_reason: null,
    transaction_id: newId('3ds'),
    version: '2.2.0',
  };
  return {
    type: 'card',
    card: {
      amount_authorized: intent.amount,
      authorization_code: null,
      brand,
      checks: { ...checks, cvc_check: checks.cvc_check === 'unchecked' ? 'pass' : checks.cvc_check },
      country,
      exp_month,
      exp_year,
      extended_authorization: { status: 'disabled' },
      fingerprint,
      funding,
      incremental_authorization: { status: 'unavailable' },
      installments: null,
      last4,
      mandate: null,
      multicapture: { status: 'unavailable' },
      network: brand,
      network_token: { used: false },
      network_transaction_id: newId('nti').slice(4, 19),
      overcapture: { maximum_amount_capturable: intent.amount, status: 'unavailable' },
      regulated_status: 'unregulated',
      three_d_secure: isAuthenticated ? authentication : null,
      wallet: null,
    },
  };
}
