import { type DynamicModule, Module } from '@nestjs/common';
import { PaymentsConfig } from './payments/payments.config.js';
import { PaymentsModule } from './payments/payments.module.js';
import { Configuration } from './platform/configuration/configuration.js';
import { createHttpApplication } from './platform/http/http-application.js';
import { PlatformConfig } from './platform/platform.config.js';
import { PlatformModule } from './platform/platform.module.js';
import { runProgram } from './platform/program.js';

/** Payments alone: their routes, their database, their gateway keys, and nothing else. */
@Module({})
class PaymentsProgram {
  static readonly configurations = [PlatformConfig, PaymentsConfig];

  static configure(configuration: Configuration): DynamicModule {
    return {
      module: PaymentsProgram,
      imports: [
        PlatformModule.configure(configuration.of(PlatformConfig)),
        PaymentsModule.configure(configuration.of(PaymentsConfig)),
      ],
    };
  }
}

runProgram(async () => {
  const configuration = Configuration.take(PaymentsProgram.configurations);
  const app = await createHttpApplication(
    PaymentsProgram.configure(configuration),
    configuration.of(PlatformConfig),
  );
  await app.listen(configuration.of(PaymentsConfig).PAYMENTS_PORT, configuration.of(PlatformConfig).HOST);
  const unfollow = configuration.follow();
  return { app, companions: [unfollow] };
});
