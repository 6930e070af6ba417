import type { Changes } from '../state/changes.js';
import type { PaymentIntent, PaymentMethod, SetupIntent } from '../state/resources.js';
import { invalidRequest, StripeError } from '../wire/errors.js';
import { startDebit } from './bank-debits.js';
import { failPayment, unexpectedPaymentState } from './confirm-payment.js';
import { failSetup, succeedSetup, unexpectedSetupState } from './confirm-setup.js';
import type { Decline } from './declines.js';

/** https://docs.stripe.com/payments/ach-direct-debit#test-microdeposits */
const TEST_PROOFS: Record<string, 'right' | 'too_many' | 'too_late'> = {
  '32,45': 'right',
  '10,11': 'too_many',
  '40,41': 'too_late',
  SM11AA: 'right',
  SM33CC: 'too_many',
  SM44DD: 'too_late',
};
const ATTEMPTS_MAX = { amounts: 10, descriptor_code: 3 };

const TOO_MANY: Decline = {
  code: 'payment_method_microdeposit_verification_attempts_exceeded',
  message: 'You have exceeded the number of allowed verification attempts.',
};
const TOO_LATE: Decline = {
  code: 'payment_method_microdeposit_verification_timeout',
  message: 'Microdeposit verification timed out: it must be completed within 10 days.',
};
const NOT_SENT: Decline = {
  code: 'payment_method_microdeposit_failed',
  message: 'The microdeposits failed: the bank account details may be wrong.',
};

type Intent = PaymentIntent | SetupIntent;

export function verifyMicrodeposits(
  changes: Changes,
  intent: Intent,
  proof: { amounts?: number[]; descriptor_code?: string },
): Intent {
  if (intent.next_action?.type !== 'verify_with_microdeposits') {
    const message = `You cannot verify microdeposits on this intent because it has a status of ${intent.status}.`;
    throw intent.object === 'setup_intent'
      ? unexpectedSetupState(intent, message)
      : unexpectedPaymentState(intent, message);
  }
  const kind = proof.descriptor_code ? 'descriptor_code' : 'amounts';
  const text = proof.descriptor_code ?? amountsText(proof.amounts);
  const verdict = TEST_PROOFS[text] ?? 'wrong';
  const attempts = (intent.sandbox.microdepositAttempts ?? 0) + 1;
  if (verdict === 'too_late') return fail(changes, intent, TOO_LATE);
  if (verdict === 'too_many' || (verdict === 'wrong' && attempts >= ATTEMPTS_MAX[kind])) {
    return fail(changes, intent, TOO_MANY);
  }
  if (verdict === 'wrong') {
    changes.save<Intent>({ ...intent, sandbox: { ...intent.sandbox, microdepositAttempts: attempts } });
    throw mismatch(kind, ATTEMPTS_MAX[kind] - attempts);
  }
  return accept(changes, intent);
}

function accept(changes: Changes, intent: Intent): Intent {
  const method = methodOf(changes, intent);
  const verified = changes.save<PaymentMethod>({
    ...method,
    sandbox: { ...method.sandbox, isVerified: true },
  });
  return intent.object === 'setup_intent'
    ? succeedSetup(changes, intent, verified)
    : startDebit(changes, intent, verified);
}

/** The deposits could not be sent, or nobody answered in time. */
export function giveUpOnMicrodeposits(changes: Changes, id: string, why: 'failed' | 'timed_out'): void {
  const intent = changes.find('setup_intent', id) ?? changes.find('payment_intent', id);
  if (intent?.next_action?.type !== 'verify_with_microdeposits') return;
  try {
    fail(changes, intent, why === 'failed' ? NOT_SENT : TOO_LATE);
  } catch (error) {
    if (!(error instanceof StripeError && error.keepsChanges)) throw error;
  }
}

function fail(changes: Changes, intent: Intent, decline: Decline): never {
  const method = methodOf(changes, intent);
  return intent.object === 'setup_intent'
    ? failSetup(changes, intent, method, decline)
    : failPayment(changes, intent, method, decline);
}

function methodOf(changes: Changes, intent: Intent): PaymentMethod {
  return changes.get('payment_method', intent.payment_method ?? '');
}

function amountsText(amounts: number[] | undefined): string {
  if (amounts?.length === 2) return amounts.join(',');
  const message = 'You must provide exactly two microdeposit amounts.';
  throw invalidRequest(message, 'payment_method_microdeposit_verification_amounts_invalid', 'amounts');
}

function mismatch(kind: 'amounts' | 'descriptor_code', left: number): StripeError {
  const what = kind === 'amounts' ? 'amounts provided do' : 'descriptor code provided does';
  const message = `The ${what} not match what was sent to the bank account. You have ${left} verification attempts remaining.`;
  const code = `payment_method_microdeposit_verification_${kind}_mismatch`;
  return new StripeError(400, { type: 'invalid_request_error', code, message }, true);
}
