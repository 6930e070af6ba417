import { createSetupIntent } from '../api/setup-intents.js';
import { attach } from '../api/wallet.js';
import { failSetup, succeedSetup } from '../behaviour/confirm-setup.js';
import type { Decline } from '../behaviour/declines.js';
import { askForProof } from '../behaviour/microdeposits.js';
import { verifyMicrodeposits } from '../behaviour/verify-microdeposits.js';
import type { Changes } from '../state/changes.js';
import type { PaymentMethod, SetupIntent } from '../state/resources.js';
import { StripeError } from '../wire/errors.js';
import { BraintreeError, NotFound } from './errors.js';
import { named, nameOf, saved } from './names.js';
import { type BraintreeRoute, type Json, partOf, route, type Shown, shown } from './route.js';
import type { Value } from './xml.js';

/** Its bank is asked, or its owner is sent two small deposits; or somebody else had asked before. */
const METHODS = ['network_check', 'micro_transfers', 'independent_check'];

/** https://developer.paypal.com/braintree/docs/guides/ach/testing-go-live: 17 and 29 cents are what arrives. */
const AMOUNTS = '17,29';
/** The same deposits in the words of the ledger, and some that never arrived. */
const RIGHT = [32, 45];
const WRONG = [1, 1];
const TOO_MANY = [10, 11];
/** https://developer.paypal.com/braintree/docs/reference/response/us-bank-account-verification/node#gateway_rejection_reason */
const ATTEMPTS_MAX = 5;

/** Kept before anybody knows whether it is good; debited only afterwards. https://developer.paypal.com/braintree/docs/guides/ach/server-side/node */
export function keepAccount(
  changes: Changes,
  method: PaymentMethod,
  owner: string,
  token: string,
  body: Json,
  origin: string,
): Shown {
  const account = changes.save<PaymentMethod>({ ...method, metadata: { ...method.metadata, token } });
  const kept = attach(changes, account, owner);
  if (verificationMethodIn(body) !== undefined) askWhetherGood(changes, kept, body, origin);
  return shown('us-bank-account', accountView(changes, saved(changes, token)!), 201);
}

/** A verification is a setup of the ledger's; one that fails leaves the account as it is. */
export function askWhetherGood(changes: Changes, method: PaymentMethod, body: Json, origin: string): void {
  const by = String(verificationMethodIn(body));
  if (!METHODS.includes(by))
    throw new BraintreeError(
      ...['93121', 'us_bank_account_verification_method', 'US bank account verification method is invalid.'],
      'payment-method',
    );
  const { token = '' } = method.metadata;
  const begun = createSetupIntent(changes, {
    customer: method.customer!,
    metadata: { token, verification: by },
  });
  const mandate = {
    type: 'online' as const,
    acceptedAt: method.created,
    ipAddress: '127.0.0.1',
    userAgent: 'fields',
  };
  const setup: SetupIntent = {
    ...begun,
    payment_method: method.id,
    sandbox: { ...begun.sandbox, mandate },
  };
  if (by === 'micro_transfers') {
    const next_action = askForProof(changes, setup, method, origin);
    changes.save<SetupIntent>({ ...setup, status: 'requires_action', next_action });
  } else if (by === 'independent_check' || method.sandbox.isVerified) succeedSetup(changes, setup, method);
  else unlessKept(() => failSetup(changes, setup, method, answerOf(method)));
}

/** What the network says of an account that it cannot vouch for, by processor response. https://developer.paypal.com/braintree/docs/guides/ach/testing-go-live */
const NO_DATA = { code: '2092', message: 'No Data Found - Try Another Verification Method' };
const WRONG_NUMBER = { code: '2061', message: 'Invalid Transaction Data' };

function answerOf({ sandbox }: PaymentMethod): Decline {
  return sandbox.behaves === 'pm_usBankAccount_noAccount' ? WRONG_NUMBER : NO_DATA;
}

function verificationMethodIn(body: Json): unknown {
  return partOf(partOf(body, 'payment_method'), 'options')['us_bank_account_verification_method'];
}

export function isVerified(changes: Changes, { metadata }: PaymentMethod): boolean {
  return verificationsOf(changes, metadata['token']).some(({ status }) => status === 'succeeded');
}

function verificationsOf(changes: Changes, token: string | undefined): SetupIntent[] {
  return changes
    .all('setup_intent')
    .filter(({ metadata }) => metadata['token'] === token && metadata['verification'] !== undefined);
}

export const bankAccounts: BraintreeRoute[] = [
  route('PUT /us_bank_account_verifications/:id/confirm_micro_transfer_amounts', ({ changes, body, id }) => {
    const setup = named(changes.all('setup_intent'), id);
    if (setup?.metadata['verification'] === undefined) throw new NotFound();
    if (setup.metadata['verification'] !== 'micro_transfers')
      return refused('96102', 'Must be a micro-transfers verification.');
    if (setup.status !== 'requires_action') return refused('96101', 'Verification is not confirmable.');
    const { deposit_amounts: given } = partOf(body, 'us_bank_account_verification');
    if (!Array.isArray(given) || given.length !== 2) return refused('96106', 'Invalid deposit amounts.');
    const attempt = (setup.sandbox.microdepositAttempts ?? 0) + 1;
    const isRight =
      given
        .map(Number)
        .toSorted((one, other) => one - other)
        .join() === AMOUNTS;
    const amounts = isRight ? RIGHT : attempt < ATTEMPTS_MAX ? WRONG : TOO_MANY;
    unlessKept(() => verifyMicrodeposits(changes, setup, { amounts }));
    if (isRight)
      return shown('us-bank-account-verification', verificationView(changes.get('setup_intent', setup.id)));
    return attempt < ATTEMPTS_MAX
      ? refused('96103', 'Amounts do not match.')
      : refused('96104', 'Too many confirmation attempts.');
  }),
];

/** An answer, and what was counted by then stays. */
function refused(code: string, message: string): Shown {
  const errors = {
    errors: [],
    'us-bank-account-verification': { errors: [{ attribute: 'base', code, message }] },
  };
  return shown('api-error-response', { errors, message }, 422);
}

function unlessKept(attempt: () => unknown): void {
  try {
    attempt();
  } catch (error) {
    if (!(error instanceof StripeError) || !error.keepsChanges) throw error;
  }
}

/** https://developer.paypal.com/braintree/docs/reference/response/us-bank-account/node */
export function accountView(changes: Changes, method: PaymentMethod): Value {
  const account = method.us_bank_account!;
  return {
    token: method.metadata['token'],
    'customer-id': method.customer,
    'account-type': account.account_type,
    'ownership-type': 'personal',
    'bank-name': account.bank_name,
    'last-4': account.last4,
    'routing-number': account.routing_number,
    default: false,
    verified: isVerified(changes, method),
    'ach-mandate': { 'accepted-at': new Date(method.created * 1000) },
    verifications: verificationsOf(changes, method.metadata['token']).map(verificationView),
  };
}

/** https://developer.paypal.com/braintree/docs/reference/response/us-bank-account-verification/node */
function verificationView(setup: SetupIntent): { [name: string]: Value } {
  const by = setup.metadata['verification'];
  const isTooOften = (setup.sandbox.microdepositAttempts ?? 0) >= ATTEMPTS_MAX - 1;
  const isFailed = setup.status === 'requires_payment_method';
  const failed = by === 'network_check' ? 'processor_declined' : isTooOften ? 'gateway_rejected' : 'failed';
  return {
    id: nameOf(setup.id),
    status: isFailed ? failed : setup.status === 'succeeded' ? 'verified' : 'pending',
    'verification-method': by,
    'created-at': new Date(setup.created * 1000),
    'gateway-rejection-reason':
      isFailed && failed === 'gateway_rejected' ? 'too_many_confirmation_attempts' : null,
    'processor-response-code': by === 'network_check' ? (setup.last_setup_error?.code ?? '1000') : null,
  };
}
