import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module.js';
import { PaymentsAloneConfig, PaymentsLinkConfig } from '../../src/payments/payments.link.config.js';
import { Payments } from '../../src/payments/payments.contract.js';
import { Configuration } from '../../src/platform/configuration/configuration.js';
import { createHttpApplication } from '../../src/platform/http/http-application.js';
import { describedVariables } from '../../src/platform/configuration/variable.js';
import { PlatformConfig } from '../../src/platform/platform.config.js';
import { PaymentsProgram, PlatformAloneConfig } from '../../src/payments.program.js';
import { Api } from './api.js';
import { type CliAnswer, runCli } from './cli.js';
import { createTestDatabase, dropTestDatabase, queryDatabase, type TestDatabase } from './databases.js';

import { NO_RATE_LIMITS } from './rate-limits.js';
import { freePort } from './programs.js';
import { SandboxAccount } from './sandbox-account.js';

/** A running Tokenkeep with its own database and its own account at the sandbox gateway. */
export interface Tokenkeep {
  app: NestFastifyApplication;
  url: string;
  database: TestDatabase;
  sandbox: SandboxAccount;
  /** What the gateway signs its events with. */
  webhookSecret: string;
  /** The gateway for new methods. */
  gateway: string;
  /** One statement on its database, as the server's superuser: what an auditor, or a crash, would do. */
  sql<T extends object>(statement: string, parameters?: unknown[]): Promise<T[]>;
  /** Calls the API as somebody: a new person each time unless named. */
  as(role: string, subject?: string): Promise<Api>;
  payments: Payments;
  /** Payments alone, where they run so. */
  alone: PaymentsAlone | null;
  /** Runs an operator's command as its own process, with the same environment; never rejects. */
  cli(...args: string[]): Promise<CliAnswer>;
  /** The environment that those have, for one that is not run to its end. */
  environment: NodeJS.ProcessEnv;
  /** Where the heads of its audit log are kept. */
  anchors: string;
  /** Stops the application alone; payments go on where they run alone. */
  stopApplication(): Promise<void>;
  /** Stops it; the database goes with it unless it is to be started again. */
  stop(how?: { keepDatabase: boolean }): Promise<void>;
}

/** Payments in a program of their own. */
export interface PaymentsAlone {
  url: string;
  stop(): Promise<void>;
  /** At the same address. */
  startAgain(): Promise<void>;
}

/** `shared`: payments in the application. `process`: payments alone, the application calls them over HTTP. */
export type Shape = 'shared' | 'process';

export interface StartOptions {
  /** By default what TEST_SHAPE says, so that any test can run in any shape. */
  shape?: Shape;
  /** Environment variables on top of what a test needs. */
  environment?: Record<string, string>;
  /** Environment variables of payments alone, on top of those. */
  aloneEnvironment?: Record<string, string>;
  /** What the gateway signs its events with, where the environment names several secrets. */
  webhookSecret?: string;
  /** A database and account to share: for a second instance, or a restart. */
  beside?: Tokenkeep;
  /** Its account at the sandbox, where the environment names the keys. */
  sandbox?: SandboxAccount;
  /** The gateway for new methods; by default that of `PAYMENT_GATEWAY`, so that any promise can be held against another. */
  gateway?: string;
  /** Gateways that are configured beside it, as where their tokens are still charged. */
  also?: string[];
  /** The port of one that was stopped, for a start at the same address. */
  port?: number;
  /** One more module in the same process, with everything that Nest hands to any module. */
  neighbour?: Type;
}

/** Starts the whole application in this process, on a free port, against real PostgreSQL and the sandbox process. */
export async function startTokenkeep({
  environment = {},
  aloneEnvironment = {},
  webhookSecret = `whsec_${randomBytes(12).toString('hex')}`,
  beside,
  sandbox = beside?.sandbox ?? new SandboxAccount(process.env['TEST_SANDBOX_URL']!),
  neighbour,
  gateway = process.env['PAYMENT_GATEWAY'] ?? 'stripe',
  also = [],
  port: wanted = 0,
  shape = (process.env['TEST_SHAPE'] ?? 'shared') as Shape,
}: StartOptions = {}): Promise<Tokenkeep> {
  const database = beside?.database ?? (await createTestDatabase());
  // Where nothing is at Stripe, its keys are of an account that nobody uses: the sandbox's gateways share one ledger.
  const usesStripe = [gateway, ...also].includes('stripe');
  const atStripe = usesStripe ? sandbox : new SandboxAccount(sandbox.address);
  const given = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    PORT: '0',
    DATABASE_URL: database.applicationUrl,
    PAYMENTS_DATABASE_URL: database.paymentsUrl,
    DATA_FOLDER: process.env['TEST_FOLDER'],
    PAYMENTS_AUDIT_ANCHORS: join(process.env['TEST_FOLDER']!, 'anchors', database.name),
    SANDBOX_PORT: 'off',
    STRIPE_API_BASE: sandbox.address,
    STRIPE_SECRET_KEY: beside?.environment['STRIPE_SECRET_KEY'] || atStripe.secretKey,
    STRIPE_PUBLISHABLE_KEY: beside?.environment['STRIPE_PUBLISHABLE_KEY'] || atStripe.publishableKey,
    STRIPE_WEBHOOK_SECRETS: webhookSecret,
    PAYMENT_GATEWAY: gateway,
    ...([gateway, ...also].includes('adyen') && inAdyensWords(sandbox)),
    ...([gateway, ...also].includes('braintree') && inBraintreesWords(sandbox)),
    MIGRATE_ON_START: 'off',
    ...NO_RATE_LIMITS,
    ...environment,
  };
  const isAlone = shape === 'process';
  const at = wanted || (isAlone && !beside ? await freePort() : 0);
  const variables = { PAYMENTS_EVENTS_URL: `http://127.0.0.1:${at}/link/v1/events`, ...given };
  const alone = isAlone
    ? (beside?.alone ?? (await startPaymentsAlone({ ...variables, ...aloneEnvironment })))
    : null;
  const configuration = Configuration.read(
    AppModule.configurations,
    alone ? { PAYMENTS_URL: alone.url, ...withoutSecrets(variables) } : variables,
  );
  const application = AppModule.configure(configuration);
  if (neighbour) application.imports?.push(neighbour);
  const app = await createHttpApplication(application, configuration.of(PlatformConfig));
  const unfollow = configuration.follow();
  await app.listen(at, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const webhooksUrl = alone?.url ?? url;
  if (!beside && gateway === 'stripe')
    await sandbox.addWebhookEndpoint(`${webhooksUrl}/v1/webhooks/stripe`, webhookSecret);
  if ([gateway, ...also].includes('adyen'))
    await sandbox.addWebhookEndpoint(`${webhooksUrl}/v1/webhooks/adyen`, ADYEN_HMAC_KEY, ADYEN_USER);
  if ([gateway, ...also].includes('braintree')) {
    const { BRAINTREE_PRIVATE_KEY: secret, BRAINTREE_PUBLIC_KEY: public_key } = inBraintreesWords(sandbox);
    await sandbox.addWebhookEndpoint(`${webhooksUrl}/v1/webhooks/braintree`, secret!, { public_key });
  }

  let stopped: Promise<void> | undefined;
  const stopApplication = () => {
    unfollow();
    return (stopped ??= app.close());
  };

  return {
    app,
    stopApplication,
    url,
    database,
    sandbox,
    webhookSecret,
    gateway,
    sql: (statement, parameters) => queryDatabase(database, statement, parameters),
    cli: (...args) => runCli(args, variables),
    environment: { PATH: process.env['PATH'], ...variables },
    anchors: variables.PAYMENTS_AUDIT_ANCHORS,
    payments: app.get(Payments, { strict: false }),
    alone,
    as: (role, subject = `somebody-${randomBytes(4).toString('hex')}`) => Api.signIn(url, role, subject),
    stop: async ({ keepDatabase } = { keepDatabase: false }) => {
      await stopApplication();
      if (!beside) await alone?.stop();
      if (!keepDatabase && !beside) await dropTestDatabase(database);
    },
  };
}

async function startPaymentsAlone(variables: Record<string, string | undefined>): Promise<PaymentsAlone> {
  const start = async (port: number) => {
    const configuration = Configuration.read(PaymentsProgram.configurations, variables);
    const app = await createHttpApplication(
      PaymentsProgram.configure(configuration),
      configuration.of(PlatformAloneConfig),
    );
    await app.listen(port, '127.0.0.1');
    const unfollow = configuration.follow();
    return {
      app,
      stop: async () => {
        unfollow();
        await app.close();
      },
    };
  };
  let running: Awaited<ReturnType<typeof start>> | undefined = await start(0);
  const { port } = running.app.getHttpServer().address() as AddressInfo;
  return {
    url: `${variables['TLS_CERT_FILE'] ? 'https' : 'http'}://127.0.0.1:${port}`,
    stop: async () => {
      await running?.stop();
      running = undefined;
    },
    startAgain: async () => {
      running = await start(port);
    },
  };
}

/** What the application has where payments run alone. */
function withoutSecrets(variables: Record<string, string | undefined>): Record<string, string | undefined> {
  const secrets = [...describedVariables(PaymentsAloneConfig)].filter(([, { secret }]) => secret);
  const shared = describedVariables(PaymentsLinkConfig);
  const names = new Set(
    secrets.filter(([name]) => !shared.has(name)).flatMap(([name]) => [name, `${name}_FILE`]),
  );
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !names.has(name)));
}

const ADYEN_HMAC_KEY = 'CD'.repeat(32);
const ADYEN_USER = { username: 'adyen', password: 'of-tests' };

function inAdyensWords({ address, secretKey }: SandboxAccount): Record<string, string> {
  return {
    ADYEN_API_BASE: address,
    ADYEN_API_KEY: secretKey.replace('sk_', 'AQE_'),
    ADYEN_HMAC_KEYS: ADYEN_HMAC_KEY,
    ADYEN_WEBHOOK_CREDENTIALS: `${ADYEN_USER.username}:${ADYEN_USER.password}`,
  };
}

function inBraintreesWords({ address, secretKey }: SandboxAccount): Record<string, string> {
  return {
    BRAINTREE_API_BASE: address,
    BRAINTREE_PUBLIC_KEY: secretKey.replace('sk_', 'bt_public_'),
    BRAINTREE_PRIVATE_KEY: secretKey.replace('sk_', 'bt_private_'),
  };
}
