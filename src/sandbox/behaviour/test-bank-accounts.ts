/**
 * Stripe's documented test bank accounts, https://docs.stripe.com/payments/ach-direct-debit#test-account-numbers. As with
 * cards, a saved account remembers `id` and not the number.
 */
export interface TestBankAccount {
  id: string;
  number: string;
  /** How a debit ends some days later. */
  debit: 'succeeds' | 'fails' | 'never_ends' | 'is_returned';
  failure?: BankFailure;
  /** The small deposits cannot be sent. */
  microdepositsFail?: true;
}

export interface BankFailure {
  code: string;
  message: string;
  /** https://docs.stripe.com/payments/ach-direct-debit/blocked-bank-accounts: after these the account is unusable. */
  blocked?: { network_code: string; reason: string };
}

export const BANK_FAILURES: Record<string, BankFailure> = {
  account_closed: {
    code: 'account_closed',
    message: "The customer's bank account has been closed.",
    blocked: { network_code: 'R02', reason: 'bank_account_closed' },
  },
  no_account: {
    code: 'no_account',
    message: "The customer's bank account could not be located.",
    blocked: { network_code: 'R03', reason: 'bank_account_invalid_details' },
  },
  insufficient_funds: {
    code: 'insufficient_funds',
    message: "The customer's account has insufficient funds to cover this payment.",
  },
  debit_not_authorized: {
    code: 'debit_not_authorized',
    message: 'The customer has notified their bank that this payment was unauthorized.',
    blocked: { network_code: 'R10', reason: 'debit_not_authorized' },
  },
  invalid_currency: {
    code: 'invalid_currency',
    message: 'The bank was unable to process this payment because of its currency.',
  },
  charge_exceeds_weekly_limit: {
    code: 'charge_exceeds_weekly_limit',
    message: 'This payment would cause you to exceed your weekly ACH volume limit.',
  },
};

export const ROUTING_NUMBER = '110000000';

const account = (
  id: string,
  number: string,
  debit: TestBankAccount['debit'],
  failure?: keyof typeof BANK_FAILURES,
): TestBankAccount => ({
  id,
  number,
  debit,
  ...(failure && { failure: BANK_FAILURES[failure]! }),
});

export const TEST_BANK_ACCOUNTS: TestBankAccount[] = [
  account('pm_usBankAccount_success', '000123456789', 'succeeds'),
  account('pm_usBankAccount_accountClosed', '000111111113', 'fails', 'account_closed'),
  account('pm_usBankAccount_noAccount', '000111111116', 'fails', 'no_account'),
  account('pm_usBankAccount_insufficientFunds', '000222222227', 'fails', 'insufficient_funds'),
  account('pm_usBankAccount_debitNotAuthorized', '000333333335', 'fails', 'debit_not_authorized'),
  account('pm_usBankAccount_invalidCurrency', '000444444440', 'fails', 'invalid_currency'),
  account('pm_usBankAccount_weeklyLimitExceeded', '000777777771', 'fails', 'charge_exceeds_weekly_limit'),
  account('pm_usBankAccount_dispute', '000555555559', 'is_returned', 'debit_not_authorized'),
  account('pm_usBankAccount_processing', '000000000009', 'never_ends'),
  { ...account('pm_usBankAccount_failMicrodeposits', '000666666661', 'succeeds'), microdepositsFail: true },
];

const byId = new Map(TEST_BANK_ACCOUNTS.map((known) => [known.id, known]));
const byNumber = new Map(TEST_BANK_ACCOUNTS.map((known) => [known.number, known]));

export function testBankAccountById(id: string): TestBankAccount | undefined {
  return byId.get(id === 'pm_usBankAccount' ? 'pm_usBankAccount_success' : id);
}

export function testBankAccountByNumber(number: string): TestBankAccount | undefined {
  return byNumber.get(number);
}
