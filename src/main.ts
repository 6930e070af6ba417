import { fileURLToPath } from 'node:url';
import { AppModule } from './app.module.js';
import { PaymentsConfig } from './payments/payments.config.js';
import { startCompanion } from './platform/companion-process.js';
import { Configuration } from './platform/configuration/configuration.js';
import { createHttpApplication } from './platform/http/http-application.js';
import { PlatformConfig } from './platform/platform.config.js';
import { runProgram } from './platform/program.js';

/** The application: everything in one process, and in development the sandbox gateway beside it. */
runProgram(async () => {
  const configuration = Configuration.take(AppModule.configurations);
  const platform = configuration.of(PlatformConfig);
  const stopSandbox = await startSandbox(platform, configuration.of(PaymentsConfig));
  const app = await createHttpApplication(AppModule.configure(configuration), platform);
  await app.listen(platform.PORT, platform.HOST);
  const unfollow = configuration.follow();
  return { app, companions: [stopSandbox, unfollow] };
});

async function startSandbox(
  platform: PlatformConfig,
  payments: PaymentsConfig,
): Promise<() => Promise<void>> {
  if (!payments.startsSandbox || platform.isProduction) return async () => undefined;
  const sandbox = await startCompanion(fileURLToPath(new URL('./sandbox/main.js', import.meta.url)), {
    SANDBOX_PORT: payments.SANDBOX_PORT,
    SANDBOX_DATA: `${platform.DATA_FOLDER}/sandbox`,
    SANDBOX_EXIT_WITH_PARENT: '1',
    SANDBOX_WEBHOOK_URL: `http://127.0.0.1:${platform.PORT}/v1/webhooks/stripe`,
    SANDBOX_WEBHOOK_SECRET: payments.STRIPE_WEBHOOK_SECRETS[0]!,
  });
  return sandbox.stop;
}
