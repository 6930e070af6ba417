import { type DynamicModule, Module } from '@nestjs/common';
import { PaymentsAloneConfig } from './payments/payments.link.config.js';
import { type HomePurpose, PaymentsModule } from './payments/payments.module.js';
import type { Configuration } from './platform/configuration/configuration.js';
import { PlatformConfig } from './platform/platform.config.js';
import { PlatformModule } from './platform/platform.module.js';

/** Without the application's database: where payments run alone, it is nowhere near. */
export class PlatformAloneConfig extends PlatformConfig {
  override contradictions(isProduction: boolean): Record<string, string> {
    const { DATABASE_URL: _, ...wrong } = super.contradictions(isProduction);
    return wrong;
  }
}

/** Payments alone: their routes, their database, their gateway keys, and nothing else. */
@Module({})
export class PaymentsProgram {
  static readonly configurations = [PlatformAloneConfig, PaymentsAloneConfig];

  static configure(configuration: Configuration, purpose: HomePurpose = 'use'): DynamicModule {
    const payments = configuration.of(PaymentsAloneConfig);
    return {
      module: PaymentsProgram,
      imports: [
        PlatformModule.configure(configuration.of(PlatformAloneConfig)),
        PaymentsModule.configure(payments, { alone: payments, purpose }),
      ],
    };
  }
}
