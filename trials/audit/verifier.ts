import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import type { Json } from '../world/gateway-account.ts';

/** What `audit verify` calls, again and again in one process: a start takes longer than a thousand verifications. */
const PROGRAM = (dist: string) => `
  import { createInterface } from 'node:readline';
  import { NestFactory } from '@nestjs/core';
  import { AppModule } from '${pathToFileURL(join(dist, 'app.module.js')).href}';
  import { PaymentsOperations } from '${pathToFileURL(join(dist, 'payments/payments.operations.js')).href}';
  import { Configuration } from '${pathToFileURL(join(dist, 'platform/configuration/configuration.js')).href}';

  const configuration = Configuration.read(AppModule.configurations, process.env);
  const app = await NestFactory.createApplicationContext(AppModule.configure(configuration), { logger: ['error'] });
  const operations = app.get(PaymentsOperations, { strict: false });
  for await (const _ of createInterface(process.stdin))
    console.log(JSON.stringify(await operations.verifyAudit(() => undefined)));
  await app.close();`;

/** The product's own verifier, as a process. */
export class Verifier {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(dist: string, environment: Record<string, string>) {
    this.#child = spawn(
      process.execPath,
      [...process.execArgv, '--input-type=module', '--eval', PROGRAM(dist)],
      {
        cwd: join(dist, '..'),
        env: { PATH: process.env['PATH'], ...environment, WORKERS: 'off' },
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const lines: Interface = createInterface(this.#child.stdout!);
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async verify(): Promise<Json> {
    this.#child.stdin!.write('verify\n');
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The verifier ended');
    return JSON.parse(value) as Json;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}
