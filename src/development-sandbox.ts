import { fileURLToPath } from 'node:url';
import type { PaymentsConfig } from './payments/payments.config.js';
import { startCompanion } from './platform/companion-process.js';
import type { PlatformConfig } from './platform/platform.config.js';

/** In development, starts the sandbox gateway beside the program that payments run in, and answers how to stop it. */
export async function startSandbox(
  platform: PlatformConfig,
  { gateway }: PaymentsConfig,
  port: number,
): Promise<() => Promise<void>> {
  if (!gateway.startsSandbox || platform.isProduction) return async () => undefined;
  const scheme = platform.TLS_CERT_FILE ? 'https' : 'http';
  const sandbox = await startCompanion(fileURLToPath(new URL('./sandbox/main.js', import.meta.url)), {
    SANDBOX_PORT: gateway.SANDBOX_PORT,
    SANDBOX_DATA: `${platform.DATA_FOLDER}/sandbox`,
    SANDBOX_EXIT_WITH_PARENT: '1',
    ...gateway.sandboxWebhook(`${scheme}://127.0.0.1:${port}/v1/webhooks`),
  });
  return sandbox.stop;
}
