import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app.module.js';
import { Payments } from '../../src/payments/payments.contract.js';
import { Configuration } from '../../src/platform/configuration/configuration.js';
import { createHttpApplication } from '../../src/platform/http/http-application.js';
import { PlatformConfig } from '../../src/platform/platform.config.js';
import { Api } from './api.js';
import { type CliAnswer, runCli } from './cli.js';
import { createTestDatabase, dropTestDatabase, queryUrl, type TestDatabase } from './databases.js';

import { NO_RATE_LIMITS } from './rate-limits.js';
import { SandboxAccount } from './sandbox-account.js';

/** A running Tokenkeep with its own database and its own account at the sandbox gateway. */
export interface Tokenkeep {
  app: NestFastifyApplication;
  url: string;
  database: TestDatabase;
  sandbox: SandboxAccount;
  /** What the gateway signs its events with. */
  webhookSecret: string;
  /** One statement on its database, as the server's superuser: what an auditor, or a crash, would do. */
  sql<T extends object>(statement: string, parameters?: unknown[]): Promise<T[]>;
  /** Calls the API as somebody: a new person each time unless named. */
  as(role: string, subject?: string): Promise<Api>;
  payments: Payments;
  /** Runs an operator's command as its own process, with the same environment; never rejects. */
  cli(...args: string[]): Promise<CliAnswer>;
  /** Where the heads of its audit log are kept. */
  anchors: string;
  /** Stops it; the database goes with it unless it is to be started again. */
  stop(how?: { keepDatabase: boolean }): Promise<void>;
}

export interface StartOptions {
  /** Environment variables on top of what a test needs. */
  environment?: Record<string, string>;
  /** What the gateway signs its events with, where the environment names several secrets. */
  webhookSecret?: string;
  /** A database and account to share: for a second instance, or a restart. */
  beside?: Tokenkeep;
  /** The port of one that was stopped, for a start at the same address. */
  port?: number;
  /** One more module in the same process, with everything that Nest hands to any module. */
  neighbour?: Type;
}

/** Starts the whole application in this process, on a free port, against real PostgreSQL and the sandbox process. */
export async function startTokenkeep({
  environment = {},
  webhookSecret = `whsec_${randomBytes(12).toString('hex')}`,
  beside,
  neighbour,
  port: wanted = 0,
}: StartOptions = {}): Promise<Tokenkeep> {
  const database = beside?.database ?? (await createTestDatabase());
  const sandbox = beside?.sandbox ?? new SandboxAccount(process.env['TEST_SANDBOX_URL']!);
  const variables = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    PORT: '0',
    DATABASE_URL: database.applicationUrl,
    PAYMENTS_DATABASE_URL: database.paymentsUrl,
    DATA_FOLDER: process.env['TEST_FOLDER'],
    PAYMENTS_AUDIT_ANCHORS: join(process.env['TEST_FOLDER']!, 'anchors', database.name),
    SANDBOX_PORT: 'off',
    STRIPE_API_BASE: sandbox.address,
    STRIPE_SECRET_KEY: sandbox.secretKey,
    STRIPE_PUBLISHABLE_KEY: sandbox.publishableKey,
    STRIPE_WEBHOOK_SECRETS: webhookSecret,
    MIGRATE_ON_START: 'off',
    ...NO_RATE_LIMITS,
    ...environment,
  };
  const configuration = Configuration.read(AppModule.configurations, variables);
  const application = AppModule.configure(configuration);
  if (neighbour) application.imports?.push(neighbour);
  const app = await createHttpApplication(application, configuration.of(PlatformConfig));
  const unfollow = configuration.follow();
  await app.listen(wanted, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  if (!beside) await sandbox.addWebhookEndpoint(`${url}/v1/webhooks/stripe`, webhookSecret);

  return {
    app,
    url,
    database,
    sandbox,
    webhookSecret,
    sql: (statement, parameters) => queryUrl(database.adminUrl, statement, parameters),
    cli: (...args) => runCli(args, variables),
    anchors: variables.PAYMENTS_AUDIT_ANCHORS,
    payments: app.get(Payments, { strict: false }),
    as: (role, subject = `somebody-${randomBytes(4).toString('hex')}`) => Api.signIn(url, role, subject),
    stop: async ({ keepDatabase } = { keepDatabase: false }) => {
      unfollow();
      await app.close();
      if (!keepDatabase && !beside) await dropTestDatabase(database);
    },
  };
}
