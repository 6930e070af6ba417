import type { Changes } from '../state/changes.js';
import type { NextAction, PaymentIntent, PaymentMethod, SetupIntent } from '../state/resources.js';
import { settingsOf } from './settings.js';
import { testBankAccountById } from './test-bank-accounts.js';

const DAY_SECONDS = 86_400;
/** https://docs.stripe.com/payments/ach-direct-debit#verification: one or two business days, and ten days to answer. */
const ARRIVES_AFTER_SECONDS = 2 * DAY_SECONDS;
const ANSWERED_WITHIN_SECONDS = 10 * DAY_SECONDS;
const FAILS_AFTER_SECONDS = DAY_SECONDS;

/** Small deposits are sent; the payer tells later what arrived. */
export function askForProof(
  changes: Changes,
  intent: PaymentIntent | SetupIntent,
  method: PaymentMethod,
  origin: string,
): NextAction {
  const cannotBeSent = testBankAccountById(method.sandbox.behaves)?.microdepositsFail;
  if (cannotBeSent) changes.schedule('microdeposits.fail', intent.id, FAILS_AFTER_SECONDS);
  else changes.schedule('microdeposits.time_out', intent.id, ANSWERED_WITHIN_SECONDS);
  return {
    type: 'verify_with_microdeposits',
    verify_with_microdeposits: {
      arrival_date: changes.now + ARRIVES_AFTER_SECONDS,
      hosted_verification_url: `${origin}/microdeposits/${intent.id}`,
      microdeposit_type: settingsOf(changes).microdepositType,
    },
  };
}
