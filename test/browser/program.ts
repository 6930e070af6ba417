import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Api } from '../support/api.js';
import { createTestDatabase, dropTestDatabase, queryDatabase } from '../support/databases.js';
import type { GatewayName } from '../support/gateways.js';
import { eventually, payerIdOf } from '../support/given.js';
import { NODE_OPTIONS } from '../support/node.js';
import { NO_RATE_LIMITS } from '../support/rate-limits.js';
import { SandboxAccount } from '../support/sandbox-account.js';

const MAIN = join(import.meta.dirname, '../../dist/main.js');

/** The application as it is built and started, on its own port, with its own database and account at the sandbox. */
export interface Program {
  url: string;
  sandbox: SandboxAccount;
  invoiceFor(subject: string, description: string, amountMinor: number): Promise<void>;
  /** One statement on its database, as the server's superuser. */
  sql<T extends object>(statement: string, parameters?: unknown[]): Promise<T[]>;
  stop(): Promise<void>;
}

/** How Adyen's webhooks are known to be its own. */
const ADYENS = { hmacKey: 'EF'.repeat(32), user: { username: 'adyen', password: 'of-the-page' } };

/** The page is files that the build makes, so these tests run the program, not its source. */
export async function startProgram(
  environment: Record<string, string>,
  gateway: GatewayName = 'stripe',
): Promise<Program> {
  const port = await freePort(); // known before the start, as the payer is sent back to this very address
  const url = `http://127.0.0.1:${port}`;
  const database = await createTestDatabase();
  const sandbox = new SandboxAccount(process.env['TEST_SANDBOX_URL']!);
  const webhookSecret = `whsec_${randomBytes(12).toString('hex')}`;
  const child = spawn(process.execPath, [...NODE_OPTIONS, MAIN], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      LOG_LEVEL: 'error',
      PORT: String(port),
      RETURN_URL_ORIGINS: url,
      DATABASE_URL: database.applicationUrl,
      PAYMENTS_DATABASE_URL: database.paymentsUrl,
      DATA_FOLDER: process.env['TEST_FOLDER'],
      SANDBOX_PORT: 'off',
      STRIPE_API_BASE: sandbox.address,
      STRIPE_SECRET_KEY: sandbox.secretKey,
      STRIPE_PUBLISHABLE_KEY: sandbox.publishableKey,
      STRIPE_WEBHOOK_SECRETS: webhookSecret,
      PAYMENT_GATEWAY: gateway,
      ...(gateway === 'braintree' && {
        BRAINTREE_API_BASE: sandbox.address,
        BRAINTREE_PUBLIC_KEY: sandbox.secretKey.replace('sk_', 'bt_public_'),
        BRAINTREE_PRIVATE_KEY: sandbox.secretKey.replace('sk_', 'bt_private_'),
      }),
      ...(gateway === 'adyen' && {
        ADYEN_API_BASE: sandbox.address,
        ADYEN_API_KEY: sandbox.secretKey.replace('sk_', 'AQE_'),
        ADYEN_CLIENT_KEY: sandbox.publishableKey.replace('pk_', ''),
        ADYEN_HMAC_KEYS: ADYENS.hmacKey,
        ADYEN_WEBHOOK_CREDENTIALS: `${ADYENS.user.username}:${ADYENS.user.password}`,
      }),
      MIGRATE_ON_START: 'off',
      ...NO_RATE_LIMITS,
      ...environment,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await ready(url, child);
  if (gateway === 'adyen')
    await sandbox.addWebhookEndpoint(`${url}/v1/webhooks/adyen`, ADYENS.hmacKey, ADYENS.user);
  else await sandbox.addWebhookEndpoint(`${url}/v1/webhooks/stripe`, webhookSecret);

  return {
    url,
    sandbox,
    sql: (statement, parameters) => queryDatabase(database, statement, parameters),
    invoiceFor: async (subject, description, amountMinor) => {
      const finance = await Api.signIn(url, 'finance', 'bursar');
      const payerId = payerIdOf(await Api.signIn(url, 'payer', subject));
      const invoice = {
        payerId,
        kind: 'fee',
        description,
        amountMinor,
        currency: 'USD',
        dueOn: '2099-09-01',
      };
      const { status } = await finance.postOnce('/v1/invoices', invoice);
      if (status !== 201) throw new Error(`The invoice was refused: ${status}`);
    },
    stop: async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      await dropTestDatabase(database);
    },
  };
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  const isReady = async () => {
    if (child.exitCode !== null) throw new Error('The program ended at once; its own message is above.');
    return fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  await eventually(isReady, (it) => it, 20_000);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
