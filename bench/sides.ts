import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Child, startChild } from './child.js';
import type { Payer } from './load/job.js';
import { savedMethods, serviceToken } from './payers.js';
import type { Postgres } from './postgres.js';

export type SideName = 'tokenkeep' | 'isolated' | 'by-hand' | 'floor';

/** One of the programs that are compared. */
export interface Side extends Child {
  name: SideName;
  database: string;
  /** The key by which the gateway knows it. */
  account: string;
  chargePath: string;
  webhookPath: string;
  headers: Record<string, string>;
  payers: Payer[];
  /** Resolves once nothing is left to do in the background. */
  quiet(): Promise<void>;
}

export interface Surroundings {
  postgres: Postgres;
  /** A second server, for the payments of `isolated`. */
  vault?: Postgres;
  gatewayUrl: string;
  /** For logs and keys. */
  folder: string;
}

export const WEBHOOK_SECRET = 'whsec_bench';
/** Different payers are charged, so that no row is everybody's. */
const PAYERS = 64;

const QUIET_POLL_MS = 20;

export async function startSide(
  name: SideName,
  where: Surroundings,
  environment: Record<string, string> = {},
  nodeFlags: string[] = [],
): Promise<Side> {
  if (name === 'tokenkeep' || name === 'isolated') return startTokenkeep(name, where, environment, nodeFlags);
  const script = name === 'floor' ? 'dist/bench/bench/floor/main.js' : 'dist/bench/bench/by-hand/main.js';
  const database = name.replace('-', '_');
  const account = `sk_test_${database}`;
  const child = await startChild(
    name,
    [script],
    {
      NODE_ENV: 'production',
      DATABASE_URL: await where.postgres.adminUrl(database),
      STRIPE_API_BASE: where.gatewayUrl,
      STRIPE_SECRET_KEY: account,
      WEBHOOK_SECRET,
    },
    { readyPath: '/', folder: where.folder },
  );
  const rest = {
    chargePath: '/payments',
    webhookPath: '/webhooks',
    headers: {},
    quiet: async () => undefined,
  };
  return {
    ...child,
    ...rest,
    name,
    database,
    account,
    payers: await insertedMethods(where.postgres, name, database),
  };
}

async function startTokenkeep(
  name: 'tokenkeep' | 'isolated',
  { postgres, vault, gatewayUrl, folder }: Surroundings,
  environment: Record<string, string>,
  nodeFlags: string[],
): Promise<Side> {
  const database = name;
  const payments = name === 'isolated' ? vault! : postgres;
  const account = `sk_test_${database}`;
  const child = await startChild(
    database,
    [...nodeFlags, 'dist/main.js'],
    {
      NODE_ENV: 'test', // an empty database may become the home of payments by itself
      DATABASE_URL: await postgres.urlFor('tokenkeep_app', database),
      PAYMENTS_DATABASE_URL: await payments.urlFor('tokenkeep_payments', database),
      DATA_FOLDER: join(folder, name),
      SANDBOX_PORT: 'off',
      STRIPE_API_BASE: gatewayUrl,
      STRIPE_SECRET_KEY: account,
      STRIPE_PUBLISHABLE_KEY: 'pk_test_tokenkeep',
      STRIPE_WEBHOOK_SECRETS: WEBHOOK_SECRET,
      // One caller at one address sends everything: counted as ever, and never refused.
      RATE_LIMIT_PER_ADDRESS: '1000000',
      RATE_LIMIT_PER_SERVICE: '1000000',
      ...environment,
    },
    { readyPath: '/health/ready', folder },
  );
  return {
    ...child,
    name,
    database,
    account,
    chargePath: '/v1/payments',
    webhookPath: '/v1/webhooks/stripe',
    headers: { authorization: `Bearer ${await serviceToken(child.url)}` },
    payers: await savedMethods(child.url, PAYERS),
    quiet: async () => (environment['WORKERS'] === 'off' ? undefined : nothingIsDue(payments, database)),
  };
}

/** Every event is processed and every message delivered. */
async function nothingIsDue(postgres: Postgres, database: string): Promise<void> {
  for (;;) {
    const [row] = await postgres.query<{ left: boolean }>(
      database,
      `SELECT EXISTS (SELECT FROM payments.webhook_event WHERE due_at IS NOT NULL)
           OR EXISTS (SELECT FROM payments.outbox_message WHERE due_at IS NOT NULL) AS left`,
    );
    if (!row!.left) return;
    await sleep(QUIET_POLL_MS);
  }
}

/** Saving a method is no part of what is compared, so these sides get theirs by SQL. */
async function insertedMethods(postgres: Postgres, name: SideName, database: string): Promise<Payer[]> {
  const columns = name === 'floor' ? 'payer_id, customer, token' : '"payerId", customer, token';
  const rows = await postgres.query<{ id: string; payer: string }>(
    database,
    `INSERT INTO payment_method (id, ${columns})
     SELECT gen_random_uuid(), 'payer-' || n, 'cus_' || n, 'pm_' || n FROM generate_series(1, $1::int) n
     RETURNING id, ${columns.split(',')[0]} AS payer`,
    [PAYERS],
  );
  return rows.map(({ id, payer }) => ({ payerId: payer, paymentMethodId: id }));
}
