import type { Changes } from '../state/changes.js';
import type { Challenge } from '../state/resources.js';
import { invalidRequest, StripeError } from '../wire/errors.js';
import { failPayment, takePayment } from './confirm-payment.js';
import { failSetup, succeedSetup } from './confirm-setup.js';
import type { Decline } from './declines.js';

const PAYMENT_FAILED: Decline = {
  code: 'payment_intent_authentication_failure',
  message:
    'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
};
const SETUP_FAILED: Decline = { ...PAYMENT_FAILED, code: 'setup_intent_authentication_failure' };

/** The payer answered the issuer, or gave up; the intent goes on from there. A decline is kept, not raised. */
export function answerChallenge(changes: Changes, id: string, outcome: 'succeed' | 'fail'): Challenge {
  const challenge = changes.get('sandbox.authentication', id);
  if (challenge.status !== 'open') {
    throw invalidRequest(`This authentication has already ${challenge.status}.`, 'authentication_closed');
  }
  const answered = changes.save<Challenge>({
    ...challenge,
    status: outcome === 'succeed' ? 'succeeded' : 'failed',
  });
  const waiting =
    changes.find('payment_intent', answered.intent) ?? changes.find('setup_intent', answered.intent);
  if (waiting?.sandbox.waitsForDetails) return answered;
  try {
    goOn(changes, answered);
  } catch (error) {
    if (!(error instanceof StripeError && error.keepsChanges)) throw error;
  }
  return answered;
}

/** What the issuer was told is done. */
export function goOn(changes: Changes, challenge: Challenge): void {
  const payment = changes.find('payment_intent', challenge.intent);
  const setup = changes.find('setup_intent', challenge.intent);
  const intent = payment ?? setup;
  const isWaiting = intent?.status === 'requires_action' && intent.sandbox.authentication === challenge.id;
  const method = intent?.payment_method && changes.find('payment_method', intent.payment_method);
  if (!isWaiting || !method) return; // cancelled, or confirmed again with another method
  const isAuthenticated = challenge.status === 'succeeded';
  if (payment) {
    if (isAuthenticated) takePayment(changes, payment, method, { isAuthenticated });
    else failPayment(changes, payment, method, PAYMENT_FAILED);
  } else if (setup) {
    if (isAuthenticated) succeedSetup(changes, setup, method);
    else failSetup(changes, setup, method, SETUP_FAILED);
  }
}
