import { whileAnswering } from '../../src/platform/http/request-origin.js';
import type { Api, Body } from './api.js';
import type { SandboxAccount } from './sandbox-account.js';
import { BANK_ACCOUNT_SETUP, factsOf } from './gateways.js';
import type { Tokenkeep } from './tokenkeep.js';

const RETURN_URL = 'http://127.0.0.1:3000/back';

/** The payer saves a card in the gateway's usual way. `card` is one of Stripe's test payment methods. */
export function savedCard({ sandbox, gateway }: Tokenkeep, payer: Api, card?: string): Promise<Body> {
  return savedCardAt(sandbox, payer, card, factsOf(gateway).flows[0]);
}

export async function savedCardAt(
  sandbox: SandboxAccount,
  payer: Api,
  card = 'pm_card_visa',
  flow: 'redirect' | 'embedded' = 'redirect',
): Promise<Body> {
  const setup = (await payer.post('/v1/setup-intents', { type: 'card', flow, returnUrl: RETURN_URL })).body;
  const returned = await sandbox.completeSetup(setup, card);
  return (await payer.post(`/v1/setup-intents/${setup.id}/completions`, returned ? { returned } : undefined))
    .body;
}

/** The payer saves a bank account, and proves it by signing in there. `account` is one of Stripe's test payment methods. */
export async function savedBankAccount(
  { sandbox }: Tokenkeep,
  payer: Api,
  account = 'pm_usBankAccount_success',
): Promise<Body> {
  const setup = (await payer.post('/v1/setup-intents', BANK_ACCOUNT_SETUP)).body;
  const returned = await sandbox.completeSetup(setup, account, { verification: 'instant' });
  return (await payer.post(`/v1/setup-intents/${setup.id}/completions`, returned && { returned })).body;
}

/** Neighbours have applied every event of payments. */
export async function allIsTold(tokenkeep: Tokenkeep): Promise<void> {
  await eventually(
    () => tokenkeep.sql('SELECT FROM payments.outbox_message WHERE delivered_at IS NULL'),
    (left) => left.length === 0,
  );
}

/** Billing applies no event of payments, until what is returned is called: then it applies those that waited. */
export async function deafBilling(tokenkeep: Tokenkeep): Promise<() => Promise<void>> {
  await tokenkeep.sql(
    'ALTER TABLE app.received_event ADD CONSTRAINT deaf CHECK (event_id IS NULL) NOT VALID',
  );
  return async () => {
    await tokenkeep.sql('ALTER TABLE app.received_event DROP CONSTRAINT deaf');
    await tokenkeep.cli('outbox', 'retry');
  };
}

/** The token of the payer's saved method and its customer, as the gateway knows them: the database holds them sealed. */
export async function atTheGateway(
  tokenkeep: Tokenkeep,
  methodId: string,
): Promise<{ token: string; customer: string }> {
  const [row] = await tokenkeep.sql<{ customer: string }>(
    'SELECT provider_customer AS customer FROM payments.payment_method WHERE id = $1',
    [methodId],
  );
  const customer = row!.customer;
  const tokens = await tokenkeep.sandbox.tokensOf(customer, tokenkeep.gateway);
  if (tokens.length !== 1) throw new Error(`The customer has ${tokens.length} methods`);
  return { token: tokens[0]!, customer };
}

/** What the sandbox's ledger calls a saved card, whatever the gateway calls it: for what its bank does to it. */
export async function inLedger(tokenkeep: Tokenkeep, card: Body): Promise<string> {
  const [row] = await tokenkeep.sql<{ customer: string }>(
    'SELECT provider_customer AS customer FROM payments.payment_method WHERE id = $1',
    [card.id],
  );
  const methods = await tokenkeep.sandbox.methodsOf(row!.customer);
  return methods.find((it) => it.card.brand === card.cardBrand)!.id;
}

/** The payer answers on their bank's page, and comes back with what their browser is given there, where that matters. */
export async function seenByBank(
  { sandbox, gateway }: Tokenkeep,
  payer: Api,
  payment: Body,
  outcome: 'succeed' | 'fail',
): Promise<void> {
  const [tried] = await sandbox.paymentsOf(payment.id);
  const { returnTo } = await sandbox.authenticate(tried!.id, outcome);
  if (!factsOf(gateway).bringsBack) return;
  const returned = new URL(returnTo!).search.slice(1);
  await payer.postOnce(`/v1/payments/${payment.id}/confirmations`, { returnUrl: RETURN_URL, returned });
}

/** What the sandbox's ledger calls the method that was saved last. */
export async function savedLastAtGateway({ sandbox }: Tokenkeep): Promise<string> {
  const { data } = await sandbox.call('GET', '/v1/customers?limit=1');
  const saved = await sandbox.call('GET', `/v1/customers/${data[0].id}/payment_methods?limit=1`);
  return saved.data[0].id;
}

/** Finance writes the payer an invoice. */
export async function invoiceFor(tokenkeep: Tokenkeep, payer: Api, amountMinor = 12_500): Promise<Body> {
  const finance = await tokenkeep.as('finance');
  const { body } = await finance.postOnce('/v1/invoices', {
    payerId: payerIdOf(payer),
    kind: 'tuition',
    description: 'Tuition, autumn term',
    amountMinor,
    currency: 'USD',
    dueOn: '2027-09-01',
  });
  return body;
}

/** The payer's id, as the token says it. */
export function payerIdOf(payer: Api): string {
  const claims = JSON.parse(Buffer.from(payer.token.split('.')[1]!, 'base64url').toString()) as {
    payer_id: string;
  };
  return claims.payer_id;
}

/** Until money that was taken can be given back, which takes a night at some gateways. */
export async function untilSettled({ sandbox, gateway }: Tokenkeep): Promise<void> {
  const { settlesAfter: advance } = factsOf(gateway);
  if (advance) await sandbox.call('POST', '/_sandbox/clock', { advance });
}

/** Far more than anything takes: it is waited out by a failing test only, and a machine may be busy. */
const PATIENCE_MS = 30_000;

/** Waits until something became true, looking again and again; says what it still was when time ran out. */
export async function eventually<T>(
  read: () => Promise<T>,
  isThere: (value: T) => boolean,
  timeoutMs = PATIENCE_MS,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (isThere(value)) return value;
    if (Date.now() > end) throw new Error(`It stayed ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Calls a method of the contract as the application does while it answers this person. */
export function onBehalfOf<T>({ token }: Api, call: () => Promise<T>): Promise<T> {
  return whileAnswering({ origin: { instance: 'test' }, bearerToken: token }, call);
}

/** The caller of the contract that this person is: issuer and subject. */
export function callerOf({ token }: Api): string {
  const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as {
    iss: string;
    sub: string;
  };
  return `${claims.iss}|${claims.sub}`;
}
