import {
  ROUTING_NUMBER,
  testBankAccountByNumber,
  type TestBankAccount,
} from '../behaviour/test-bank-accounts.js';
import type { Changes } from '../state/changes.js';
import { derivedLetters, newId } from '../state/ids.js';
import type { PaymentMethod } from '../state/resources.js';
import { invalidRequest } from '../wire/errors.js';
import { oneOf, string, want, type Values } from '../wire/parameters.js';
import { noBillingDetails } from './card-details.js';

/** As for cards: the account number is looked at once and forgotten. */
export const bankAccountParams = {
  account_holder_type: oneOf('individual', 'company'),
  account_number: string,
  account_type: oneOf('checking', 'savings'),
  financial_connections_account: string,
  routing_number: string,
};

export function bankMethod(
  changes: Changes,
  account: TestBankAccount,
  given: Values<typeof bankAccountParams> = {},
  { isVerified = false }: { isVerified?: boolean } = {},
): PaymentMethod {
  return {
    id: newId('pm'),
    object: 'payment_method',
    allow_redisplay: 'unspecified',
    billing_details: noBillingDetails(),
    us_bank_account: {
      account_holder_type: given.account_holder_type ?? 'individual',
      account_type: given.account_type ?? 'checking',
      bank_name: 'STRIPE TEST BANK',
      financial_connections_account: given.financial_connections_account ?? null,
      fingerprint: derivedLetters(16, changes.account.id, ROUTING_NUMBER, account.number),
      last4: account.number.slice(-4),
      networks: { preferred: 'ach', supported: ['ach'] },
      routing_number: ROUTING_NUMBER,
      status_details: {},
    },
    created: changes.now,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'us_bank_account',
    sandbox: { behaves: account.id, isSetUpOffSession: false, isConsumed: false, isVerified },
  };
}

export function bankAccountFrom(
  changes: Changes,
  given: Values<typeof bankAccountParams>,
  verification: { isVerified?: boolean } = {},
): PaymentMethod {
  const number = want(given.account_number, 'us_bank_account[account_number]');
  const routing = want(given.routing_number, 'us_bank_account[routing_number]');
  if (routing !== ROUTING_NUMBER) {
    const message = `You must use a test bank routing number (${ROUTING_NUMBER}) in testmode.`;
    throw invalidRequest(message, 'routing_number_invalid', 'us_bank_account[routing_number]');
  }
  const account = testBankAccountByNumber(number);
  if (!account) {
    const message =
      'You must use a test bank account number in testmode. Try 000123456789 or see more options at https://docs.stripe.com/payments/ach-direct-debit#test-account-numbers.';
    throw invalidRequest(message, 'account_number_invalid', 'us_bank_account[account_number]');
  }
  return bankMethod(changes, account, given, verification);
}
