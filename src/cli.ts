import { NestFactory } from '@nestjs/core';
import { Command } from 'commander';
import { AppModule } from './app.module.js';
import { PaymentsOperations } from './payments/payments.operations.js';
import { Configuration } from './platform/configuration/configuration.js';
import { readEnvironment } from './platform/configuration/environment.js';
import { stopEmbeddedServers } from './platform/postgres/embedded-postgres.js';
import { exitCodeOf, reportRefusal } from './platform/program.js';

const program = new Command('tokenkeep')
  .description("The operator's commands. They read the same environment as the application.")
  .showHelpAfterError();

program
  .command('migrate')
  .description('apply pending migrations to both databases; safe to repeat, and beside running processes')
  .action(() =>
    withApplication({ MIGRATE_ON_START: 'on' }, async () => console.log('Both databases are up to date.')),
  );

program
  .command('status')
  .description('what is configured and how work stands')
  .action(() =>
    withApplication({ MIGRATE_ON_START: 'off' }, async (operations) =>
      console.log(JSON.stringify(await operations.status(), null, 2)),
    ),
  );

program
  .command('config')
  .description('the configuration')
  .command('check')
  .description('validate the environment without starting anything')
  .action(() => {
    Configuration.read(AppModule.configurations, readEnvironment());
    console.log('The configuration is right.');
  });

await program.parseAsync().catch((error: unknown) => {
  reportRefusal(error);
  process.exitCode = exitCodeOf(error);
});

/** Runs one command with the services of the application, without its HTTP server and background work. */
async function withApplication(
  overrides: Record<string, string>,
  run: (operations: PaymentsOperations) => Promise<void>,
): Promise<void> {
  const environment = { ...readEnvironment(), LOG_LEVEL: 'warn', ...overrides, WORKERS: 'off' };
  const configuration = Configuration.read(AppModule.configurations, environment);
  try {
    const app = await NestFactory.createApplicationContext(AppModule.configure(configuration), {
      logger: ['error', 'warn'],
      abortOnError: false,
    });
    try {
      await run(app.get(PaymentsOperations, { strict: false }));
    } finally {
      await app.close();
    }
  } finally {
    await stopEmbeddedServers();
  }
}
