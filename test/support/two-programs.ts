import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { newEd25519Key } from '../../src/platform/configuration/ed25519-keys.js';
import {
  createPaymentsDatabase,
  createTestDatabase,
  dropTestDatabase,
  type TestDatabase,
} from './databases.js';
import { linkKeyPair } from './link-keys.js';
import { emptyFolder, freePort, Program } from './programs.js';
import { NO_RATE_LIMITS } from './rate-limits.js';
import { SandboxAccount } from './sandbox-account.js';

/** The application and payments as an operator runs them apart: two programs, two databases, two folders. */
export interface TwoPrograms {
  application: Program;
  payments: Program;
  /** Only the application's own things; payments' are in another one. */
  database: TestDatabase;
  sandbox: SandboxAccount;
  /** What only payments may have, by the name of its variable. */
  secrets: Record<string, string>;
  signingKey: string;
  /** The application's. */
  folder: string;
  stop(): Promise<void>;
}

export async function startTwoPrograms(): Promise<TwoPrograms> {
  const [database, vault] = [await createTestDatabase(), await createPaymentsDatabase()];
  const sandbox = new SandboxAccount(process.env['TEST_SANDBOX_URL']!);
  const [port, paymentsPort] = [await freePort(), await freePort()];
  const [folder, paymentsFolder] = [await emptyFolder(), await emptyFolder()];
  const { signing, known } = linkKeyPair('first');
  const secrets = {
    PAYMENTS_DATABASE_URL: vault.paymentsUrl,
    PAYMENTS_MIGRATION_URL: vault.migratorUrl,
    PAYMENTS_TOKEN_KEYS: `first:${randomBytes(32).toString('base64')}`,
    PAYMENTS_AUDIT_KEYS: newEd25519Key('first'),
    STRIPE_SECRET_KEY: sandbox.secretKey,
    STRIPE_WEBHOOK_SECRETS: `whsec_${randomBytes(12).toString('hex')}`,
  };
  const both = { NODE_ENV: 'test', STRIPE_PUBLISHABLE_KEY: sandbox.publishableKey, ...NO_RATE_LIMITS };
  // Development tokens are signed in the application's folder, and payments must know their key.
  const payments = await Program.start(
    'payments.main.js',
    paymentsFolder,
    {
      ...both,
      ...secrets,
      PAYMENTS_PORT: String(paymentsPort),
      PAYMENTS_LINK_PUBLIC_KEYS: known,
      PAYMENTS_EVENTS_URL: `http://127.0.0.1:${port}/link/v1/events`,
      RETURN_URL_ORIGINS: `http://127.0.0.1:${port},http://127.0.0.1:3000`,
      DATA_FOLDER: folder,
      PAYMENTS_AUDIT_ANCHORS: join(paymentsFolder, 'anchors'),
      SANDBOX_PORT: 'off',
      STRIPE_API_BASE: sandbox.address,
    },
    paymentsPort,
  );
  const application = await Program.start(
    'main.js',
    folder,
    {
      ...both,
      PORT: String(port),
      DATABASE_URL: database.applicationUrl,
      PAYMENTS_URL: payments.url,
      PAYMENTS_LINK_SIGNING_KEY: signing,
      DATA_FOLDER: folder,
    },
    port,
  );
  await sandbox.addWebhookEndpoint(`${payments.url}/v1/webhooks/stripe`, secrets.STRIPE_WEBHOOK_SECRETS);
  return {
    application,
    payments,
    database,
    sandbox,
    secrets,
    signingKey: signing,
    folder,
    stop: async () => {
      await Promise.all([application.end(), payments.end()]);
      await Promise.all([database, vault].map(dropTestDatabase));
      for (const used of [folder, paymentsFolder]) await rm(used, { recursive: true, force: true });
    },
  };
}
