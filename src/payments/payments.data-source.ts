import type { DataSource } from 'typeorm';
import type { PlatformConfig } from '../platform/platform.config.js';
import { databaseAddress } from '../platform/postgres/database-address.js';
import { openDataSource } from '../platform/postgres/open-data-source.js';
import { SnakeNaming } from '../platform/postgres/snake-naming.js';
import { PAYMENTS_MIGRATIONS } from './database/migrations.js';
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
  const isApart = payments.PAYMENTS_DATABASE_URL !== undefined;
  const url = await databaseAddress(platform, {
    url: payments.PAYMENTS_DATABASE_URL ?? platform.DATABASE_URL,
    server: isApart ? 'payments-postgres' : 'postgres',
    port: isApart ? undefined : platform.EMBEDDED_POSTGRES_PORT,
    role: 'tokenkeep_payments',
  });
  return openDataSource(
    {
      type: 'postgres',
      url,
      schema: 'payments',
      applicationName: 'tokenkeep payments',
      poolSize: platform.DATABASE_POOL_MAX,
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
        WebhookEvent,
      ],
      migrations: PAYMENTS_MIGRATIONS,
      migrationsTableName: 'payments_migration',
      synchronize: false,
    },
    {
      label: 'payments',
      variable: isApart ? 'PAYMENTS_DATABASE_URL' : 'DATABASE_URL',
      migrate: platform.MIGRATE_ON_START === 'on',
    },
  );
}
