import { AppModule } from './app.module.js';
import { startSandbox } from './development-sandbox.js';
import { PaymentsConfig } from './payments/payments.config.js';
import { Configuration } from './platform/configuration/configuration.js';
import { createHttpApplication } from './platform/http/http-application.js';
import { PlatformConfig } from './platform/platform.config.js';
import { runProgram } from './platform/program.js';

/** The application: everything in one process, or, where PAYMENTS_URL is set, everything but payments. */
runProgram(async () => {
  const configuration = Configuration.take(AppModule.configurations);
  const platform = configuration.of(PlatformConfig);
  const stopSandbox = configuration.has(PaymentsConfig)
    ? await startSandbox(platform, configuration.of(PaymentsConfig), platform.PORT)
    : async () => undefined; // a gateway is with payments
  const app = await createHttpApplication(AppModule.configure(configuration), platform);
  await app.listen(platform.PORT, platform.HOST);
  const unfollow = configuration.follow();
  return { app, companions: [stopSandbox, unfollow] };
});
