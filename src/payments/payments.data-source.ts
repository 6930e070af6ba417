import type { DataSource } from 'typeorm';
import type { PlatformConfig } from '../platform/platform.config.js';
import { openDataSource, type PostgresOptions } from '../platform/postgres/open-data-source.js';
import { SnakeNaming } from '../platform/postgres/snake-naming.js';
import { paymentsAddress, type PaymentsAddress } from './database/address.js';
import { applyGrants } from './database/grants.js';
import { PAYMENTS_MIGRATIONS } from './database/migrations.js';
import { PAYMENTS_ROLES } from './database/roles.js';
import { PayerErasure } from './erasure/payer-erasure.entity.js';
import { AuditEntry } from './event/audit-entry.entity.js';
import { DisputeRecord } from './dispute/dispute.entity.js';
import { OutboxMessage } from './event/outbox-message.entity.js';
import { GatewayCustomer } from './payment-method/gateway-customer.entity.js';
import { PaymentMethodRecord } from './payment-method/payment-method.entity.js';
import { PaymentMethodTask } from './payment-method/payment-method-task.js';
import { SetupIntentRecord } from './payment-method/setup-intent.entity.js';
import { PaymentAttempt } from './payment/payment-attempt.entity.js';
import { PaymentOperation } from './payment/payment-operation.entity.js';
import { PaymentRecord } from './payment/payment.entity.js';
import { RefundRecord } from './refund/refund.entity.js';
import type { PaymentsConfig } from './payments.config.js';
import { WebhookEvent } from './webhook/webhook-event.entity.js';

/**
 * Payments' own DataSource: own schema, own role, own migrations, own pool, whichever PostgreSQL it is.
 * Configuration alone decides: unset, it is the application's database; set, another one.
 */
export async function openPaymentsDataSource(
  platform: PlatformConfig,
  payments: PaymentsConfig,
): Promise<DataSource> {
  const address = await paymentsAddress(platform, payments);
  if (platform.MIGRATE_ON_START === 'on') await migratePayments(address);
  return openDataSource(
    {
      ...PAYMENTS_SCHEMA,
      url: address.url,
      applicationName: 'tokenkeep payments',
      poolSize: platform.DATABASE_POOL_MAX,
    },
    { label: 'payments', variable: address.variable, migrate: false },
  );
}

/** Applies pending migrations and the table of grants, over a connection that nothing else uses. */
export async function migratePayments(address: PaymentsAddress): Promise<void> {
  const becomesOwner = address.migrationUrl !== undefined;
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
      migrated: applyGrants,
    },
  );
  await dataSource.destroy();
}

/** One holds the lock, one migrates. */
const MIGRATION_CONNECTIONS = 2;

/** All of payments' tables and nothing else: a neighbour's entity or migration here stops the start. */
const PAYMENTS_SCHEMA = {
  type: 'postgres',
  schema: PAYMENTS_ROLES.schema,
  namingStrategy: new SnakeNaming(),
  entities: [
    AuditEntry,
    DisputeRecord,
    GatewayCustomer,
    OutboxMessage,
    PaymentAttempt,
    PaymentMethodRecord,
    PaymentMethodTask,
    PaymentOperation,
    PaymentRecord,
    RefundRecord,
    SetupIntentRecord,
    PayerErasure,
    WebhookEvent,
  ],
  migrations: PAYMENTS_MIGRATIONS,
  migrationsTableName: 'payments_migration',
  synchronize: false,
} as const satisfies Partial<PostgresOptions>;
