import { createHash, createHmac } from 'node:crypto';
import type { BraintreeSdk, Result, SavedBankAccount, SavedMethod, Verification } from 'braintree';
import { PaymentsError } from '../../payments.contract.js';
import { businessDaysAfter } from '../business-days.js';
import type {
  DepositProof,
  SetupOutcome,
  SetupRequest,
  StartedSetup,
  VerificationOutcome,
} from '../saving.js';
import { accepted, BraintreeRefusal, ID_IN_USE, OTHER_AMOUNTS } from './braintree.errors.js';
import { merchantAccountOf } from './braintree.payments.js';
import {
  findMethod,
  isBankAccount,
  MICRO_TRANSFERS,
  verificationOf,
  methodOf,
  unlessGone,
} from './braintree.methods.js';

/** ACH carries US dollars only. */
const BANK_ACCOUNT_CURRENCY = 'USD';
/** Braintree takes ids and tokens of up to 36 letters, digits, hyphens and underscores. */
const ID_LENGTH = 32;
/** The name under which the fields' own forms send what stands for the card. */
const NONCE = 'payment_method_nonce';

/** The id is ours to give, so the same key makes the same customer. */
export async function createCustomer(sdk: BraintreeSdk, key: string): Promise<string> {
  const id = createHash('sha256').update(key).digest('hex').slice(0, ID_LENGTH);
  try {
    accepted(await sdk.customer.create({ id }));
  } catch (error) {
    if (!(error instanceof BraintreeRefusal) || !error.has(ID_IN_USE)) throw error;
  }
  return id;
}

/**
 * What the fields in our page need. Braintree keeps nothing of a setup: the saved method's token follows from our id of it.
 * https://developer.paypal.com/braintree/docs/reference/request/client-token/generate/node
 */
export async function embeddedFields(
  sdk: BraintreeSdk,
  { setupIntentId, providerCustomer, type }: SetupRequest,
  accounts: readonly string[],
): Promise<StartedSetup> {
  const setup = `${providerCustomer}/${setupIntentId}`;
  const { clientToken } = accepted(await sdk.clientToken.generate({}));
  return {
    providerSetup: type === 'card' ? setup : `${setup}/${debitingAccount(accounts)}`,
    redirectUrl: null,
    clientSecret: clientToken,
    publishableKey: null,
    showsMandate: false,
  };
}

/** @throws PaymentsError where nobody could debit what is saved */
function debitingAccount(accounts: readonly string[]): string {
  const account = merchantAccountOf(BANK_ACCOUNT_CURRENCY, accounts);
  if (account) return account;
  throw new PaymentsError(
    'currency_not_supported',
    `Bank accounts are debited in ${BANK_ACCOUNT_CURRENCY}, for which there is no merchant account here.`,
  );
}

/** The fields gave this for the method: it is saved, once its bank says that it is good. */
export async function setupReturned(
  sdk: BraintreeSdk,
  providerSetup: string,
  brought: Record<string, string>,
): Promise<SetupOutcome> {
  const paymentMethodNonce = brought[NONCE];
  if (!paymentMethodNonce) return readSetup(sdk, providerSetup);
  try {
    const { success, paymentMethod, verification } = await saved(sdk, providerSetup, paymentMethodNonce);
    if (!success || !paymentMethod) return refusedBy(verification);
    return isBankAccount(paymentMethod)
      ? await proved(sdk, paymentMethod, providerSetup)
      : savedOutcomeOf(paymentMethod);
  } catch (error) {
    if (!(error instanceof BraintreeRefusal)) throw error;
    // Saved by an earlier try of the same; or the nonce is used up, and the payer has to type again.
    const { token } = partsOf(sdk, providerSetup);
    const known = await findMethod(sdk, token);
    if (!known) return { status: 'incomplete', reason: 'open', refusal: error.codes[0] ?? null };
    return isBankAccount(known) ? await proved(sdk, known, providerSetup) : savedOutcomeOf(known);
  }
}

/** A card's bank is asked at once; a bank account is kept first, and asked of those who know it. */
async function saved(
  sdk: BraintreeSdk,
  providerSetup: string,
  paymentMethodNonce: string,
): Promise<Result<{ paymentMethod?: SavedMethod }>> {
  const { customerId, token, account } = partsOf(sdk, providerSetup);
  const options = account ? verifiedBy(NETWORK_CHECK, account) : { verifyCard: true };
  return accepted(await sdk.paymentMethod.create({ customerId, token, paymentMethodNonce, options }));
}

/** https://developer.paypal.com/braintree/docs/guides/ach/server-side/node */
const NETWORK_CHECK = 'network_check';

function verifiedBy(usBankAccountVerificationMethod: string, verificationMerchantAccountId: string): object {
  return { usBankAccountVerificationMethod, verificationMerchantAccountId };
}

/**
 * The network does not know every account, and cannot always be asked: these its owner proves by two small deposits. What it
 * knows as wrong is given up. https://developer.paypal.com/braintree/docs/guides/ach/testing-go-live
 */
const ASK_THE_OWNER = new Set(['2092', '3000']);

/** One that neither its bank nor its owner vouched for is never kept. */
async function proved(
  sdk: BraintreeSdk,
  account: SavedBankAccount,
  providerSetup: string,
): Promise<SetupOutcome> {
  const last = verificationOf(account);
  if (account.verified || !last || last.verificationMethod !== NETWORK_CHECK)
    return outcomeOfAccount(account);
  if (ASK_THE_OWNER.has(last.processorResponseCode ?? '')) {
    const options = verifiedBy(MICRO_TRANSFERS, partsOf(sdk, providerSetup).account!);
    const { paymentMethod } = accepted(await sdk.paymentMethod.update(account.token, { options }));
    return outcomeOfAccount(paymentMethod as SavedBankAccount);
  }
  await unlessGone(() => sdk.paymentMethod.delete(account.token));
  return refusedBy(last);
}

/** Braintree says two to three business days. https://developer.paypal.com/braintree/articles/guides/payment-methods/ach */
const DEPOSITS_BUSINESS_DAYS = 3;

function outcomeOfAccount(account: SavedBankAccount): SetupOutcome {
  if (account.verified) return savedOutcomeOf(account);
  const last = verificationOf(account);
  if (last?.verificationMethod === MICRO_TRANSFERS && last.status === 'pending')
    return {
      status: 'verifying',
      method: methodOf(account),
      ask: 'amounts',
      depositsOn: businessDaysAfter(new Date(last.createdAt), DEPOSITS_BUSINESS_DAYS),
    };
  if (last?.verificationMethod === MICRO_TRANSFERS) return { status: 'ended', reason: 'verification_failed' };
  return { status: 'incomplete', reason: 'open', refusal: null };
}

function savedOutcomeOf(method: SavedMethod): SetupOutcome {
  return { status: 'succeeded', method: methodOf(method), providerMandate: null };
}

function refusedBy(verification: Verification | undefined): SetupOutcome {
  const refusal = verification?.gatewayRejectionReason ?? verification?.processorResponseCode ?? 'refused';
  return { status: 'incomplete', reason: 'refused', refusal };
}

/** Saved, or nothing is known: which cards were refused before is told by the answer only. */
export async function readSetup(sdk: BraintreeSdk, providerSetup: string): Promise<SetupOutcome> {
  const method = await findMethod(sdk, partsOf(sdk, providerSetup).token);
  if (!method) return { status: 'incomplete', reason: 'open', refusal: null };
  return isBankAccount(method) ? outcomeOfAccount(method) : savedOutcomeOf(method);
}

export async function verifySetup(
  sdk: BraintreeSdk,
  providerSetup: string,
  proof: DepositProof,
): Promise<VerificationOutcome> {
  const method = await findMethod(sdk, partsOf(sdk, providerSetup).token);
  const last = method && isBankAccount(method) ? verificationOf(method) : undefined;
  if (!last || proof.kind !== 'amounts') return 'closed';
  try {
    accepted(await sdk.usBankAccountVerification.confirmMicroTransferAmounts(last.id, proof.amountsMinor));
    return 'verified';
  } catch (error) {
    if (!(error instanceof BraintreeRefusal)) throw error;
    return error.has(...OTHER_AMOUNTS) ? 'mismatch' : 'closed';
  }
}

/**
 * The token is ours to give, so that a try whose answer was lost is found. Whoever reads the setup does not know it: that takes
 * the private key. Exchanged in between, the payer begins anew.
 */
function tokenFor(setupIntentId: string, privateKey: string): string {
  return createHmac('sha256', privateKey).update(setupIntentId).digest('hex').slice(0, ID_LENGTH);
}

/** `account`: a bank account is asked for, through this merchant account. */
function partsOf(
  sdk: BraintreeSdk,
  providerSetup: string,
): { customerId: string; token: string; account: string | undefined } {
  const [customerId = '', setupIntentId = '', account] = providerSetup.split('/');
  const token = tokenFor(setupIntentId, sdk.config.privateKey);
  return { customerId, token, account };
}
