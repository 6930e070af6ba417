import { type DynamicModule, Module, type OnModuleInit } from '@nestjs/common';
import { getDataSourceToken, InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { AccountsModule } from './accounts/accounts.module.js';
import { BillingConfig } from './billing/billing.config.js';
import { BillingModule } from './billing/billing.module.js';
import { NotificationsConfig } from './notifications/notifications.config.js';
import { NotificationsModule } from './notifications/notifications.module.js';
import { PaymentsConfig } from './payments/payments.config.js';
import { PaymentsLinkConfig } from './payments/payments.link.config.js';
import { type AskApplication, type HomePurpose, PaymentsModule } from './payments/payments.module.js';
import { RemotePaymentsModule } from './payments/payments.remote.module.js';
import { openHomeMemory, PaymentsHome1764110000001 } from './payments-home.js';
import type { Configuration } from './platform/configuration/configuration.js';
import { HealthChecks } from './platform/health/health.js';
import { PlatformConfig } from './platform/platform.config.js';
import { PlatformModule } from './platform/platform.module.js';
import { databaseAddress } from './platform/postgres/database-address.js';
import { openDataSource, type PostgresOptions } from './platform/postgres/open-data-source.js';
import { APPLICATION_LOGIN } from './platform/postgres/roles.js';
import { standingOf } from './platform/postgres/standing.js';
import { SnakeNaming } from './platform/postgres/snake-naming.js';
import { RateLimits1764300000001 } from './platform/rate-limits/rate-limits.migration.js';
import { RateLimits } from './platform/rate-limits/rate-limits.js';
import { PortalConfig } from './portal/portal.config.js';
import { PortalModule } from './portal/portal.module.js';

/** The only place where modules meet. */
@Module({})
export class AppModule implements OnModuleInit {
  /** Everything that the application reads from its environment. */
  static readonly configurations = [
    PlatformConfig,
    PaymentsConfig,
    PaymentsLinkConfig,
    BillingConfig,
    NotificationsConfig,
    PortalConfig,
  ];

  static configure(configuration: Configuration, purpose: HomePurpose = 'use'): DynamicModule {
    const platform = configuration.of(PlatformConfig);
    const payments = configuration.has(PaymentsConfig)
      ? PaymentsModule.configure(configuration.of(PaymentsConfig), {
          memory: { inject: [getDataSourceToken()], useFactory: openHomeMemory },
          application: {
            inject: [getDataSourceToken()],
            useFactory: (dataSource: DataSource) => (neighbour) =>
              standingOf((sql, parameters) => dataSource.query(sql, parameters), neighbour),
          },
          purpose,
        })
      : RemotePaymentsModule.configure(configuration.of(PaymentsLinkConfig));
    const accounts = AccountsModule.configure({ payments });
    const notifications = NotificationsModule.configure(configuration.of(NotificationsConfig), {
      payments,
      accounts,
    });
    return {
      module: AppModule,
      imports: [
        PlatformModule.configure(platform),
        applicationDatabase(platform),
        accounts,
        payments,
        notifications,
        BillingModule.configure(configuration.of(BillingConfig), { payments, notifications }),
        PortalModule.configure(configuration.of(PortalConfig)),
      ],
    };
  }

  /** Asks the application's database over a connection of its own, for commands that start no program. */
  static askApplication(configuration: Configuration): AskApplication {
    return async (neighbour) => {
      const url = await applicationAddress(configuration.of(PlatformConfig));
      const dataSource = await new DataSource({ type: 'postgres', url }).initialize();
      try {
        return await standingOf((sql, parameters) => dataSource.query(sql, parameters), neighbour);
      } finally {
        await dataSource.destroy();
      }
    };
  }

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly health: HealthChecks,
    private readonly rateLimits: RateLimits,
  ) {}

  onModuleInit(): void {
    this.rateLimits.shareThrough((sql, parameters) => this.dataSource.query(sql, parameters));
    this.health.register('database', async () => {
      await this.dataSource.query('SELECT 1');
      return {};
    });
  }
}

function applicationAddress(platform: PlatformConfig): Promise<string> {
  return databaseAddress(platform, {
    url: platform.DATABASE_URL,
    server: 'postgres',
    port: platform.EMBEDDED_POSTGRES_PORT,
    role: APPLICATION_LOGIN,
  });
}

/** The application's own DataSource; payments have theirs. */
function applicationDatabase(platform: PlatformConfig): DynamicModule {
  return TypeOrmModule.forRootAsync({
    useFactory: async (): Promise<
      PostgresOptions & { autoLoadEntities: boolean; retryAttempts: number }
    > => ({
      type: 'postgres',
      url: await applicationAddress(platform),
      schema: 'app',
      applicationName: 'tokenkeep application',
      poolSize: platform.DATABASE_POOL_MAX,
      namingStrategy: new SnakeNaming(),
      autoLoadEntities: true,
      retryAttempts: 1,
      migrations: [
        ...AccountsModule.migrations,
        ...BillingModule.migrations,
        ...NotificationsModule.migrations,
        PaymentsHome1764110000001,
        RateLimits1764300000001,
      ],
      migrationsTableName: 'app_migration',
      synchronize: false,
    }),
    dataSourceFactory: (options) =>
      openDataSource(options as PostgresOptions, {
        label: 'application',
        variable: 'DATABASE_URL',
        migrate: platform.MIGRATE_ON_START === 'on',
        check: PaymentsModule.assertNoneOfOurs,
      }),
  });
}
