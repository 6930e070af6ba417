import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Command, Option } from 'commander';
import { id, ids, rows, time } from './cli/arguments.js';
import { ALONE, assertRunsHere, operatedProgram, sideHere } from './cli/program.js';
import { evidenceCommands } from './cli/evidence/evidence-commands.js';
import { auditCommands } from './cli/audit-commands.js';
import { databaseCommands } from './cli/database-commands.js';
import { endpointCommands } from './cli/endpoint-commands.js';
import { keyCommands } from './cli/key-commands.js';
import { methodCommands } from './cli/method-commands.js';
import { payerCommands } from './cli/payer-commands.js';
import { retentionCommands } from './cli/retention-commands.js';
import { progressLine } from './cli/progress.js';
import { reportRefusedCommand } from './cli/refusals.js';
import { type EitherSidesCommand, EXIT_DIFFERENCES, type OperatorsCommand } from './cli/running.js';
import type { HomePurpose } from './payments/payments.module.js';
import { PaymentsConfig } from './payments/payments.config.js';
import {
  PaymentsOperations,
  WEBHOOK_EVENT_STATUSES,
  type WebhookEventStatus,
} from './payments/payments.operations.js';
import { Configuration } from './platform/configuration/configuration.js';
import { operatorName } from './platform/http/request-origin.js';
import { stopEmbeddedServers } from './platform/postgres/embedded-postgres.js';
import { exitCodeOf } from './platform/program.js';

/** Events whose delivery a gateway has given up are at most this old. */
const RECONCILE_DAYS = 3;

/** What they are given never goes from the audit log again, so it does not go there. */
const NAMES_A_PERSON = new Set(['payers erase']);

const program = new Command('tokenkeep')
  .description("The operator's commands. They read the same environment as the application.")
  .option(ALONE, 'read the environment of payments alone: npm run cli:payments')
  .showHelpAfterError();

const UP_TO_DATE = {
  whole: 'Both databases are up to date.',
  application: "The application's database is up to date.",
  payments: "Payments' database is up to date.",
};

/** The command that was asked for, in the words of the audit log. */
let asked: { command: string; options: Record<string, unknown> };
program.hook('preAction', (_, command) => {
  const name = nameOf(command);
  const options = NAMES_A_PERSON.has(name) ? {} : { arguments: command.args, ...command.opts() };
  asked = { command: name, options };
  assertRunsHere(name);
});

program
  .command('migrate')
  .description(
    'apply pending migrations to both databases, where payments run apart to the one of this side; safe to repeat, and beside running processes',
  )
  .action(() =>
    runOnEitherSide(async () => console.log(UP_TO_DATE[sideHere()]), { MIGRATE_ON_START: 'on' }, 'migrate'),
  );

program
  .command('status')
  .description('what is configured and how work stands')
  .action(() => run(async (operations) => show(await operations.status())));

program
  .command('attention')
  .description(
    'what needs a person: unknown outcomes, parked events, undelivered messages, disputes by deadline',
  )
  .action(() => run(async (operations) => show(await operations.attention())));

program
  .command('reconcile')
  .description("hold the gateway's books against ours, both ways; exit status 2 when they differ")
  .addOption(
    new Option('--since <time>', `from this time on (ISO 8601)`)
      .argParser(time)
      .default(minutesAgo(RECONCILE_DAYS * 24 * 60), `${RECONCILE_DAYS} days ago`),
  )
  .addOption(
    new Option('--until <time>', 'up to this time')
      .argParser(time)
      .default(minutesAgo(1), '1 minute ago: what is younger may be on one side only'),
  )
  .option(
    '--ask-again',
    'have the running program ask the gateway about each difference, and settle what it says',
  )
  .action(({ since, until, askAgain }: { since: Date; until: Date; askAgain?: true }) =>
    run(async (operations) => {
      const result = await operations.reconcile(since, until, progressLine('compared'));
      const askedAbout = askAgain ? await operations.askAgainAbout(result) : undefined;
      show({ ...result, askedAbout });
      if (result.differences.length > 0) process.exitCode = EXIT_DIFFERENCES;
    }),
  );

const payments = program.command('payments').description('single payments');
payments
  .command('show')
  .argument('<id>', "the payment's", id)
  .description('all that happened to a payment, in order')
  .action((payment: string) => run(async (operations) => show(await operations.timeline(payment))));
payments
  .command('recover')
  .argument('[id]', "a payment's", id)
  .description('have the gateway asked now how a payment stands; without an id, every open one')
  .action((payment?: string) =>
    run(async (operations) => console.log(`${await operations.recover(payment)} will be looked at now.`)),
  );

const webhooks = program.command('webhooks').description('what gateways told us');
selecting(webhooks.command('list').description('events, the newest first'))
  .addOption(new Option('--limit <n>', 'most rows').argParser(rows).default(50))
  .action((selection: SelectionOptions & { limit: number }) =>
    run(async (operations) => show(await operations.webhookEvents(selection, selection.limit))),
  );
webhooks
  .command('show')
  .argument('<id>', "the event's", id)
  .description('what the gateway sent, as it signed it')
  .action((event: string) =>
    run(async (operations) => console.log(await operations.webhookEventBody(event))),
  );
selecting(
  webhooks
    .command('replay')
    .argument('[ids...]', 'of events', ids)
    .description('apply events again: some, a range, or all; harmless to repeat'),
)
  .option('--all', 'every event')
  .action(
    (events: string[], { all, ...selection }: SelectionOptions & { all?: boolean }, command: Command) => {
      const isNarrowed = events.length > 0 || Object.keys(selection).length > 0;
      if (!isNarrowed && !all) command.error('Name events, narrow them with an option, or say --all.');
      return run(async (operations) => {
        const count = await operations.replayWebhookEvents({
          ...selection,
          ids: events.length > 0 ? events : undefined,
        });
        console.log(`${count} will be applied again.`);
      });
    },
  );

webhooks
  .command('dismiss')
  .argument('<id>', "the event's", id)
  .description('put a parked event away that can never be applied, and was dealt with elsewhere')
  .addOption(new Option('--because <words>', 'what was done, for the audit log').makeOptionMandatory())
  .action((event: string) =>
    run(async (operations) => {
      await operations.dismissWebhookEvent(event);
      console.log('Dismissed. It will not be applied, and needs nobody any more.');
    }),
  );

const outbox = program.command('outbox').description('messages to neighbours');
outbox
  .command('retry')
  .description('deliver what was not delivered now, instead of at its next try')
  .action(() =>
    run(async (operations) => console.log(`${await operations.retryOutbox()} will be delivered now.`)),
  );
outbox
  .command('redeliver')
  .description(
    "deliver again what was delivered, after the application's database was restored from a backup",
  )
  .addOption(
    new Option('--since <time>', 'what happened from this time on (ISO 8601): that of the backup')
      .argParser(time)
      .makeOptionMandatory(),
  )
  .action(({ since }: { since: Date }) =>
    run(async (operations) =>
      console.log(`${await operations.redeliverOutbox(since)} will be delivered again.`),
    ),
  );

program
  .command('config')
  .description('the configuration')
  .command('check')
  .description('validate the environment without starting anything')
  .action(() => {
    Configuration.take(operatedProgram().configurations);
    console.log('The configuration is right.');
  });

program.addCommand(auditCommands());
program.addCommand(evidenceCommands());
program.addCommand(keyCommands());
program.addCommand(methodCommands(run));
program.addCommand(payerCommands(run));
program.addCommand(endpointCommands(run));
program.addCommand(retentionCommands(runOnEitherSide));
program.addCommand(
  databaseCommands(() =>
    run(
      async () => console.log('This database is the home of payment data.'),
      { MIGRATE_ON_START: 'on' },
      'init',
    ),
  ),
);

await program.parseAsync().catch((error: unknown) => {
  reportRefusedCommand(error);
  process.exitCode = exitCodeOf(error);
});

interface SelectionOptions {
  status?: WebhookEventStatus;
  since?: Date;
  until?: Date;
}

function selecting(command: Command): Command {
  return command
    .addOption(new Option('--status <status>').choices(WEBHOOK_EVENT_STATUSES))
    .addOption(new Option('--since <time>', 'received at or after (ISO 8601)').argParser(time))
    .addOption(new Option('--until <time>', 'received before (ISO 8601)').argParser(time));
}

/** Runs one command on payments. */
function run(
  command: OperatorsCommand,
  overrides?: Record<string, string>,
  purpose?: HomePurpose,
): Promise<void> {
  return runOnEitherSide((app) => command(operationsOf(app), app), overrides, purpose);
}

/** Runs one command with the services of the program, without its HTTP server and background work. */
async function runOnEitherSide(
  command: EitherSidesCommand,
  overrides: Record<string, string> = { MIGRATE_ON_START: 'off' },
  purpose: HomePurpose = 'use',
): Promise<void> {
  const forCommands = { LOG_LEVEL: 'warn', ...overrides, WORKERS: 'off' };
  const configuration = Configuration.take(operatedProgram().configurations, forCommands);
  try {
    const app = await NestFactory.createApplicationContext(
      operatedProgram().configure(configuration, purpose),
      {
        logger: ['error', 'warn'],
        abortOnError: false,
      },
    );
    try {
      // Without payments nothing of theirs is opened, and there is no audit log here.
      if (configuration.has(PaymentsConfig))
        await operationsOf(app).recordCommand(operatorName(), asked.command, asked.options);
      await command(app);
    } finally {
      await app.close();
    }
  } finally {
    await stopEmbeddedServers();
  }
}

function operationsOf(app: INestApplicationContext): PaymentsOperations {
  return app.get(PaymentsOperations, { strict: false });
}

/** `webhooks replay`, however deep it is nested. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent && parent !== program ? `${nameOf(parent)} ${command.name()}` : command.name();
}

function show(answer: unknown): void {
  console.log(JSON.stringify(answer, null, 2));
}

function minutesAgo(minutes: number): Date {
  return new Date(Date.now() - minutes * 60 * 1000);
}
