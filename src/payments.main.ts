import { startSandbox } from './development-sandbox.js';
import { PaymentsAloneConfig } from './payments/payments.link.config.js';
import { PaymentsProgram, PlatformAloneConfig } from './payments.program.js';
import { Configuration } from './platform/configuration/configuration.js';
import { createHttpApplication } from './platform/http/http-application.js';
import { runProgram } from './platform/program.js';

/** Payments alone, and in development the sandbox gateway beside them. */
runProgram(async () => {
  const configuration = Configuration.take(PaymentsProgram.configurations);
  const platform = configuration.of(PlatformAloneConfig);
  const payments = configuration.of(PaymentsAloneConfig);
  const stopSandbox = await startSandbox(platform, payments, payments.PAYMENTS_PORT);
  const app = await createHttpApplication(PaymentsProgram.configure(configuration), platform);
  await app.listen(payments.PAYMENTS_PORT, platform.HOST);
  const unfollow = configuration.follow();
  return { app, companions: [stopSandbox, unfollow] };
});
