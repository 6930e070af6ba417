// The application with one route more: the list of saved methods as somebody would write it who knows the table, with one
// query by pg behind the same guard. It shows what the way through entity, view and page costs.
import { Controller, Get, Inject, Module, type OnModuleDestroy } from '@nestjs/common';
import { Pool } from 'pg';
import { AppModule } from '../../src/app.module.js';
import { CurrentPayer } from '../../src/platform/authentication/caller.js';
import { Allow } from '../../src/platform/authentication/policy.js';
import { Configuration } from '../../src/platform/configuration/configuration.js';
import { takeEnvironment } from '../../src/platform/configuration/environment.js';
import { createHttpApplication } from '../../src/platform/http/http-application.js';
import { PlatformConfig } from '../../src/platform/platform.config.js';
import { PortalModule } from '../../src/portal/portal.module.js';

/** Read before the program takes its environment, secrets and all. */
const databaseUrl = process.env['PAYMENTS_DATABASE_URL'];

const BY_HAND = `
  SELECT id, type, status, is_default AS "isDefault", card_brand AS "cardBrand", last_four AS "lastFour",
         expiry_month AS "expiryMonth", expiry_year AS "expiryYear", bank_name AS "bankName", NULL AS attention,
         created_at AS "createdAt"
    FROM payments.payment_method WHERE payer_id = $1 AND status <> 'removed' ORDER BY id DESC LIMIT 20`;

@Controller('by-hand/payment-methods')
@Allow('payer')
class ByHandController implements OnModuleDestroy {
  constructor(@Inject(Pool) private readonly pool: Pool) {}

  @Get()
  async list(@CurrentPayer() payerId: string): Promise<object> {
    const { rows } = await this.pool.query<object>({ name: 'by-hand', text: BY_HAND, values: [payerId] });
    return { data: rows, nextCursor: null };
  }

  async onModuleDestroy(): Promise<void> {
    await this.pool.end();
  }
}

@Module({
  controllers: [ByHandController],
  providers: [{ provide: Pool, useFactory: () => new Pool({ connectionString: databaseUrl }) }],
})
class ByHandModule {}

const { environment } = takeEnvironment(AppModule.configurations);
const configuration = Configuration.read(AppModule.configurations, environment);
const application = AppModule.configure(configuration);
// The payer's page is no part of this, and its files are not built beside the bench.
const modules = (application.imports ?? []).filter(
  (it) => !('module' in it && it.module === (PortalModule as unknown)),
);
const platform = configuration.of(PlatformConfig);
const app = await createHttpApplication({ ...application, imports: [...modules, ByHandModule] }, platform);
await app.listen(platform.PORT, '127.0.0.1');
