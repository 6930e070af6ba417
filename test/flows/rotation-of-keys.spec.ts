import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Api } from '../support/api.js';
import { CARD_SETUP, itWith } from '../support/gateways.js';
import { eventually, invoiceFor, savedCard } from '../support/given.js';
import { SandboxAccount } from '../support/sandbox-account.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const auditKey = (name: string) =>
  `${name}:${generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32).toString('base64')}`;
const [firstAudit, secondAudit] = [auditKey('audit-1'), auditKey('audit-2')];
const secondToken = `token-2:${randomBytes(32).toString('base64')}`;

let tokenkeep: Tokenkeep;
let payer: Api;
let sandbox: SandboxAccount;
/** The key of development, which the database was made with. */
let firstToken: string;
const files: Record<string, string> = {};
beforeAll(async () => {
  sandbox = new SandboxAccount(process.env['TEST_SANDBOX_URL']!);
  firstToken = (await readFile(join(process.env['TEST_FOLDER']!, 'payments-token-key'), 'utf8')).trim();
  const folder = await mkdtemp(join(tmpdir(), 'tokenkeep-keys-'));
  const contents = {
    PAYMENTS_AUDIT_KEYS: firstAudit,
    PAYMENTS_TOKEN_KEYS: firstToken,
    STRIPE_SECRET_KEY: sandbox.secretKey,
  };
  const environment: Record<string, string> = { STRIPE_PUBLISHABLE_KEY: sandbox.publishableKey };
  for (const [name, text] of Object.entries(contents)) {
    files[name] = join(folder, name);
    environment[name] = '';
    environment[`${name}_FILE`] = files[name];
    await writeFile(files[name], text);
  }
  tokenkeep = await startTokenkeep({ environment, sandbox });
  payer = await tokenkeep.as('payer');
});
afterAll(() => tokenkeep.stop());

async function exchange(name: string, text: string): Promise<void> {
  await writeFile(files[name]!, `${text}\n`);
  process.emit('SIGHUP');
}

const lastSealedBy = async (): Promise<string | undefined> =>
  (
    await tokenkeep.sql<{ key: string }>(
      'SELECT key_name AS key FROM payments.audit_batch ORDER BY number DESC LIMIT 1',
    )
  )[0]?.key;

it('signs the audit log by a key that was put first in its file, and still knows what the old one signed', async () => {
  await eventually(lastSealedBy, (key) => key === 'audit-1');

  await exchange('PAYMENTS_AUDIT_KEYS', `${secondAudit},${firstAudit}`);
  await savedCard(tokenkeep, payer);

  await eventually(lastSealedBy, (key) => key === 'audit-2');
  const verified = await tokenkeep.cli('audit', 'verify');
  expect(verified.exitCode).toBe(0);
});

it('seals tokens by a key that was put first in its file, and still charges what the old one sealed', async () => {
  const before = (await savedCard(tokenkeep, payer, 'pm_card_mastercard')).id as string;

  await exchange('PAYMENTS_TOKEN_KEYS', `${secondToken},${firstToken}`);
  const after = (await savedCard(tokenkeep, payer, 'pm_card_amex')).id as string;
  const [paid, paidAfter] = await Promise.all([before, after].map((id) => pay(id)));

  expect([await sealedBy(before), await sealedBy(after)]).toEqual(['development', 'token-2']);
  expect([paid, paidAfter]).toEqual(['succeeded', 'succeeded']);
});

itWith(
  'stripe',
  'calls the gateway by the key that its file holds now, never by one of the other mode',
  async () => {
    const other = new SandboxAccount(process.env['TEST_SANDBOX_URL']!);
    const setUp = async () => (await payer.post('/v1/setup-intents', CARD_SETUP)).status;
    const setupsAt = async (account: SandboxAccount): Promise<number> =>
      (await account.call('GET', '/v1/setup_intents?limit=100')).data.length;

    await exchange('STRIPE_SECRET_KEY', sandbox.secretKey.replace('_test_', '_live_'));
    const here = await setupsAt(sandbox);
    expect(await setUp()).toBe(201);
    expect(await setupsAt(sandbox)).toBe(here + 1);

    await exchange('STRIPE_SECRET_KEY', other.secretKey);
    await (await tokenkeep.as('payer')).post('/v1/setup-intents', CARD_SETUP);
    expect(await setupsAt(other)).toBe(1);
    await exchange('STRIPE_SECRET_KEY', sandbox.secretKey);
  },
);

async function pay(paymentMethodId: string): Promise<string> {
  const invoice = await invoiceFor(tokenkeep, payer);
  return (await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId })).body.status;
}

/** Whatever is sealed begins with a format, the length of the key's name, and the name. */
async function sealedBy(methodId: string): Promise<string> {
  const [row] = await tokenkeep.sql<{ token: Buffer }>(
    'SELECT provider_token AS token FROM payments.payment_method WHERE id = $1',
    [methodId],
  );
  const { token } = row!;
  return token.subarray(2, 2 + token[1]!).toString();
}
