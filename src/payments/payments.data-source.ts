import type { DataSource } from 'typeorm';
import type { PlatformConfig } from '../platform/platform.config.js';
import {
  DatabaseRefused,
  openDataSource,
  type PostgresOptions,
} from '../platform/postgres/open-data-source.js';
import { SnakeNaming } from '../platform/postgres/snake-naming.js';
import { paymentsAddresses, type PaymentsAddress } from './database/address.js';
import { applyGrants } from './database/grants.js';
import { HomeAddress } from './database/home-address.js';
import { findHome, settleAt } from './database/home.js';
import { PAYMENTS_MIGRATIONS } from './database/migrations.js';
import type { AskApplication } from './database/isolation.js';
import { IsolationWatch } from './database/isolation-watch.js';
import { connected, type HomeMemory } from './database/residence.js';
import { PAYMENTS_ROLES } from './database/roles.js';
import { assertOnlyPayments } from './database/router.js';
import { PayerErasure } from './erasure/payer-erasure.entity.js';
import { AuditEntry } from './event/audit-entry.entity.js';
import { DisputeRecord } from './dispute/dispute.entity.js';
import { OutboxMessage } from './event/outbox-message.entity.js';
import { EventEndpointRecord } from './event-endpoint/event-endpoint.entity.js';
import { GatewayCustomer } from './payment-method/gateway-customer.entity.js';
import { PaymentMethodRecord } from './payment-method/payment-method.entity.js';
import { PaymentMethodTask } from './payment-method/payment-method-task.js';
import { SetupIntentRecord } from './payment-method/setup-intent.entity.js';
import { PaymentAttempt } from './payment/payment-attempt.entity.js';
import { PaymentOperation } from './payment/payment-operation.entity.js';
import { PaymentRecord } from './payment/payment.entity.js';
import { RefundRequestRecord } from './refund/refund-request.entity.js';
import { RefundRecord } from './refund/refund.entity.js';
import type { PaymentsConfig } from './payments.config.js';
import { WebhookEvent } from './webhook/webhook-event.entity.js';

/** What a program wants of the home: to use it, to make it, or only to bring its tables up to date. */
export type HomePurpose = 'use' | 'init' | 'migrate';

/** The DataSource, and what it takes to follow its database when that moves. */
export interface OpenHome {
  dataSource: DataSource;
  address: HomeAddress;
  addresses: readonly PaymentsAddress[];
  isolation: IsolationWatch;
}

/** What the program around payments has given them by the time that their home is opened. */
export interface HomeContext {
  memory: HomeMemory | undefined;
  askApplication: AskApplication | undefined;
  purpose: HomePurpose;
}

/**
 * Payments' own DataSource: own schema, own role, own migrations, own pool, whichever PostgreSQL it is. Configuration says
 * where to look; only the one home of payment data is taken, and nothing is written anywhere before that is known.
 */
export async function openPaymentsHome(
  platform: PlatformConfig,
  payments: PaymentsConfig,
  { memory, askApplication, purpose }: HomeContext,
): Promise<OpenHome> {
  const addresses = await paymentsAddresses(platform, payments);
  const expected = {
    memory: (await memory?.read()) ?? null,
    installation: memory?.installation ?? null,
    gatewayMode: payments.gateway.mode,
  };
  const { address, residence } = await findHome(addresses, expected);
  if (platform.MIGRATE_ON_START === 'on' && residence?.state !== 'closing') await migratePayments(address);
  const home = new HomeAddress(address.url);
  const dataSource = await openDataSource(
    {
      ...PAYMENTS_SCHEMA,
      url: address.url,
      applicationName: 'tokenkeep payments',
      poolSize: platform.DATABASE_POOL_MAX,
      extra: { Client: home.client },
    },
    { label: 'payments', variable: address.variable, migrate: false, check: assertOnlyPayments },
  );
  const isOurs = payments.PAYMENTS_DATABASE_URL === 'embedded' || platform.DATABASE_URL === 'embedded';
  const mayBecomeHome = purpose === 'init' || isOurs || platform.NODE_ENV === 'test';
  const isolation = new IsolationWatch(home, payments.PAYMENTS_ISOLATION_MINIMUM, askApplication);
  try {
    if (purpose !== 'migrate' || residence) await settleAt(address, expected, { memory, mayBecomeHome });
    await isolation.look();
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
  return { dataSource, address: home, addresses, isolation };
}

/** Applies pending migrations and the table of grants, over a connection that nothing else uses. */
export async function migratePayments(address: PaymentsAddress): Promise<void> {
  const becomesOwner = address.migrationUrl !== undefined && (await mayBecomeOwner(address.migrationUrl));
  const dataSource = await openDataSource(
    {
      ...PAYMENTS_SCHEMA,
      url: address.migrationUrl ?? address.url,
      applicationName: 'tokenkeep payments migration',
      poolSize: MIGRATION_CONNECTIONS,
      extra: becomesOwner ? { options: `-c role=${PAYMENTS_ROLES.owner}` } : {},
    },
    {
      label: 'payments',
      variable: becomesOwner ? 'PAYMENTS_MIGRATION_URL' : address.variable,
      migrate: true,
      beforeMigrating: assertNotMoving,
      migrated: applyGrants,
      check: assertOnlyPayments,
    },
  );
  await dataSource.destroy();
}

/** Where roles were never set up, a login owns what it makes. */
function mayBecomeOwner(url: string): Promise<boolean> {
  return connected(url, 'PAYMENTS_MIGRATION_URL', async (client) => {
    const { rows } = await client.query<{ may: boolean }>(
      `SELECT coalesce(pg_has_role(current_user, (SELECT oid FROM pg_roles WHERE rolname = $1), 'MEMBER'), false) AS may`,
      [PAYMENTS_ROLES.owner],
    );
    return rows[0]!.may;
  });
}

/** One holds the lock, one migrates. */
const MIGRATION_CONNECTIONS = 2;

/** All of payments' tables and nothing else, named one by one: lint lets this file import no neighbour's entity or migration. */
export const PAYMENTS_ENTITIES = [
  AuditEntry,
  DisputeRecord,
  EventEndpointRecord,
  GatewayCustomer,
  OutboxMessage,
  PaymentAttempt,
  PaymentMethodRecord,
  PaymentMethodTask,
  PaymentOperation,
  PaymentRecord,
  RefundRecord,
  RefundRequestRecord,
  SetupIntentRecord,
  PayerErasure,
  WebhookEvent,
];

const PAYMENTS_SCHEMA = {
  type: 'postgres',
  schema: PAYMENTS_ROLES.schema,
  namingStrategy: new SnakeNaming(),
  entities: PAYMENTS_ENTITIES,
  migrations: PAYMENTS_MIGRATIONS,
  migrationsTableName: 'payments_migration',
  synchronize: false,
} as const satisfies Partial<PostgresOptions>;

/** A table that is made meanwhile would stay behind, and a column with it. @throws DatabaseRefused */
async function assertNotMoving(dataSource: DataSource): Promise<void> {
  const [known] = await dataSource.query<{ table: string | null }[]>(
    `SELECT to_regclass('payments.relocation') AS "table"`,
  );
  if (!known?.table) return;
  const [move] = await dataSource.query<{ target: string }[]>('SELECT target FROM payments.relocation');
  if (move)
    throw new DatabaseRefused(
      `Payment data are being moved to ${move.target}, and this version has migrations for them. Finish the move with the ` +
        'version that began it, or give it up: npm run cli -- db relocate --cancel. Then start this version.',
    );
}
