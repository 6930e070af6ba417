import type { Changes } from '../state/changes.js';
import { visible } from '../state/changes.js';
import type { PaymentIntent, PaymentMethod } from '../state/resources.js';
import type { Charge } from '../state/resources-money.js';
import { invalidRequest } from '../wire/errors.js';
import { newCharge, record, succeedCharge } from './charging.js';
import { openDispute } from './disputing.js';
import { activeMandateOf } from './mandates.js';
import { BANK_FAILURES, testBankAccountById, type BankFailure } from './test-bank-accounts.js';

/**
 * A debit takes days, https://docs.stripe.com/payments/ach-direct-debit#timing: usually four business days to succeed, two
 * to fail. Some come back long after they succeeded.
 */
const DAY_SECONDS = 86_400;
export const DEBIT_SUCCEEDS_AFTER_SECONDS = 4 * DAY_SECONDS;
export const DEBIT_FAILS_AFTER_SECONDS = 2 * DAY_SECONDS;
export const DEBIT_RETURNED_AFTER_SECONDS = 10 * DAY_SECONDS;

/** The debit is on its way: the intent is `processing` until the bank answers. */
export function startDebit(changes: Changes, intent: PaymentIntent, method: PaymentMethod): PaymentIntent {
  refuseBlocked(method);
  if (!activeMandateOf(changes, method)) {
    const message =
      'This PaymentIntent requires a mandate, but no existing mandate was found. Collect mandate acceptance from the customer and try again, providing acceptance data in the mandate_data parameter.';
    throw invalidRequest(message, 'payment_intent_mandate_invalid');
  }
  const charge = changes.save<Charge>(newCharge(changes, intent, method));
  record(changes, 'charge.pending', charge, charge.amount);
  changes.emit('charge.pending', charge);
  const processing = changes.save<PaymentIntent>({
    ...intent,
    payment_method: method.id,
    latest_charge: charge.id,
    status: 'processing',
    next_action: null,
    last_payment_error: null,
  });
  changes.emit('payment_intent.processing', processing);

  if (willFail(method)) changes.schedule('debit.fail', processing.id, DEBIT_FAILS_AFTER_SECONDS);
  else if (testBankAccountById(method.sandbox.behaves)?.debit !== 'never_ends')
    changes.schedule('debit.succeed', processing.id, DEBIT_SUCCEEDS_AFTER_SECONDS);
  return processing;
}

export function succeedDebit(changes: Changes, intent: PaymentIntent): PaymentIntent {
  const charge = pendingCharge(changes, intent);
  const succeeded = succeedCharge(changes, charge);
  const settled = changes.save<PaymentIntent>({
    ...intent,
    status: 'succeeded',
    amount_received: succeeded.amount,
  });
  changes.emit('payment_intent.succeeded', settled);
  const method = changes.find('payment_method', charge.payment_method ?? '');
  if (method && testBankAccountById(method.sandbox.behaves)?.debit === 'is_returned') {
    changes.schedule('debit.return', succeeded.id, DEBIT_RETURNED_AFTER_SECONDS);
  }
  return settled;
}

/**
 * For a gateway that does not wait for the bank: the money counts as taken when the debit is sent off, and what the bank
 * refuses comes back. https://docs.adyen.com/risk-management/chargeback-guidelines/ach-chargebacks
 */
export function takeAtOnce(changes: Changes, intent: PaymentIntent): PaymentIntent {
  const { id, payment_method } = pendingCharge(changes, intent);
  const method = changes.get('payment_method', payment_method ?? '');
  const taken = succeedDebit(changes, intent);
  if (willFail(method)) changes.schedule('debit.return', id, DEBIT_FAILS_AFTER_SECONDS);
  return taken;
}

/** An early return: the bank said no before the money arrived. */
export function failDebit(changes: Changes, intent: PaymentIntent, code?: string): PaymentIntent {
  const charge = pendingCharge(changes, intent);
  const method = changes.get('payment_method', charge.payment_method ?? '');
  const failure = failureOf(method, code);
  const failedCharge = changes.save<Charge>({
    ...charge,
    status: 'failed',
    failure_code: failure.code,
    failure_message: failure.message,
  });
  record(changes, 'charge.failed', failedCharge, failedCharge.amount, failure.code);
  const after = block(changes, method, failure);
  changes.emit('charge.failed', failedCharge);
  const failed = changes.save<PaymentIntent>({
    ...intent,
    payment_method: null,
    status: 'requires_payment_method',
    last_payment_error: {
      type: 'invalid_request_error',
      code: 'payment_intent_payment_attempt_failed',
      decline_code: failure.code,
      message: `The payment failed: ${failure.message}`,
      charge: charge.id,
      payment_method: visible(after) as PaymentMethod,
    },
  });
  changes.emit('payment_intent.payment_failed', failed);
  return failed;
}

/**
 * A late return takes the money back after success. https://docs.stripe.com/payments/ach-direct-debit#disputed-payments:
 * such a dispute is final.
 */
export function returnDebit(changes: Changes, charge: Charge, code?: string): void {
  const method = changes.find('payment_method', charge.payment_method ?? '');
  const own = method && willFail(method) ? failureOf(method) : BANK_FAILURES.debit_not_authorized!;
  const failure = (code !== undefined && BANK_FAILURES[code]) || own;
  if (method) block(changes, method, failure);
  openDispute(changes, charge, { reason: RETURN_REASONS[failure.code] ?? failure.code, isFinal: true });
}

/** https://docs.stripe.com/disputes/categories, where the words are others than those of an early failure. */
const RETURN_REASONS: Record<string, string> = {
  account_closed: 'incorrect_account_details',
  no_account: 'incorrect_account_details',
  invalid_currency: 'bank_cannot_process',
  charge_exceeds_weekly_limit: 'bank_cannot_process',
};

export function block(changes: Changes, method: PaymentMethod, { blocked }: BankFailure): PaymentMethod {
  if (!blocked || !method.us_bank_account) return method;
  const us_bank_account = { ...method.us_bank_account, status_details: { blocked } };
  const after = changes.save<PaymentMethod>({ ...method, us_bank_account });
  changes.emit('payment_method.automatically_updated', after, { us_bank_account: { status_details: {} } });
  return after;
}

function refuseBlocked(method: PaymentMethod): void {
  if (!method.us_bank_account?.status_details?.blocked) return;
  const message =
    'The bank account is blocked and cannot be debited: ask the customer for another payment method.';
  throw invalidRequest(message, 'payment_method_bank_account_blocked', 'payment_method');
}

function willFail({ sandbox }: PaymentMethod): boolean {
  return testBankAccountById(sandbox.behaves)?.debit === 'fails' || sandbox.declinesWith !== undefined;
}

function failureOf(method: PaymentMethod, code?: string): BankFailure {
  const wanted = code ?? method.sandbox.declinesWith;
  const known = wanted ? BANK_FAILURES[wanted] : testBankAccountById(method.sandbox.behaves)?.failure;
  return known ?? BANK_FAILURES.insufficient_funds!;
}

function pendingCharge(changes: Changes, intent: PaymentIntent): Charge {
  const charge = intent.latest_charge ? changes.find('charge', intent.latest_charge) : undefined;
  if (charge?.status === 'pending' && intent.status === 'processing') return charge;
  throw invalidRequest(`${intent.id} has no bank debit under way: its status is ${intent.status}.`);
}
