import { Command, Option } from 'commander';
import { operatedProgram } from './program.js';
import { progressBar } from './progress.js';
import {
  adoptPayments,
  giveUpRelocation,
  type MadeLogin,
  purgeFormerHome,
  relocatePayments,
  setUpPaymentsRoles,
} from '../payments/payments.administration.js';
import { Configuration } from '../platform/configuration/configuration.js';
import { takeEnvironment } from '../platform/configuration/environment.js';
import { stopEmbeddedServers } from '../platform/postgres/embedded-postgres.js';
import { newPassword, setUpLogin } from '../platform/postgres/roles.js';

const APPLICATION_ROLE = 'tokenkeep_app';
type Side = 'application' | 'payments' | 'both';

/** `db …`: what an administrator does with the databases. */
export function databaseCommands(initialise: () => Promise<void>): Command {
  const db = new Command('db').description('roles and databases');
  db.command('setup')
    .description(
      'make the roles, the database and the schema on a server, once, and print the URLs to configure',
    )
    .addOption(
      new Option('--admin-url <url>', 'an administrator of the server, who may create roles and databases')
        .env('ADMIN_DATABASE_URL')
        .makeOptionMandatory(),
    )
    .option('--database <name>', 'the database to use or make', 'tokenkeep')
    .addOption(
      new Option('--for <side>', 'whose roles').choices(['application', 'payments', 'both']).default('both'),
    )
    .action(setUp);
  db.command('init')
    .description('bring the tables up to date and make this empty database the home of payment data')
    .action(initialise);
  db.command('relocate')
    .description(
      'move the home of payment data to another database while programs run; go on where a run stopped',
    )
    .addOption(
      new Option('--to <url>', 'the other database, with a login that may make tables there').env(
        'RELOCATE_TO_URL',
      ),
    )
    .option('--dry-run', 'say what would move and what is in the way, and change nothing of the source')
    .option('--back', 'only to where the data came from, which was not purged yet')
    .option('--cancel', 'give a move up that has not closed the source yet')
    .action(relocate);
  db.command('purge')
    .description('remove for good what a move left behind in a former home')
    .addOption(
      new Option('--at <url>', 'the former home, with the login that moved it')
        .env('PURGE_URL')
        .makeOptionMandatory(),
    )
    .action(purge);
  db.command('adopt')
    .description('say that this copy of a lost home takes its place')
    .addOption(
      new Option('--at <url>', 'the copy, with a login that may change tables')
        .env('ADOPT_URL')
        .makeOptionMandatory(),
    )
    .action(async ({ at }: { at: string }) => {
      await adoptPayments(at);
      console.log('This database is the home now. Run npm run cli -- reconcile before requests are let in.');
    });
  return db;
}

interface RelocateOptions {
  to?: string;
  dryRun?: boolean;
  back?: boolean;
  cancel?: boolean;
}

async function relocate(options: RelocateOptions, command: Command) {
  const program = operatedProgram();
  const configuration = Configuration.take(program.configurations);
  try {
    if (options.cancel) {
      await giveUpRelocation(configuration);
      return console.log('The move is given up; the source is open, and nothing has moved.');
    }
    if (!options.to) return command.error('Say where to: --to URL, or RELOCATE_TO_URL.');
    const moved = await relocatePayments(configuration, options.to, {
      isDryRun: options.dryRun ?? false,
      isWayBack: options.back ?? false,
      progress: { rows: progressBar('rows'), step: reached },
      application: program.askApplication?.(configuration),
    });
    for (const { table, rows } of moved.inventory) console.log(`${String(rows).padStart(10)}  ${table}`);
    for (const obstacle of moved.obstacles) console.error(`In the way: ${obstacle}`);
    if (moved.obstacles.length > 0) return void (process.exitCode = 1);
    if (options.dryRun)
      return console.log(`Nothing is in the way of moving from ${moved.from} to ${moved.to}.`);
    if (moved.result?.fencedMs != null)
      console.log(
        `${moved.result.rowsCompared} rows are the same on both sides; writing was paused for ${moved.result.fencedMs} ms.`,
      );
    console.log(
      `The home of payment data is ${moved.to}. Set PAYMENTS_DATABASE_URL to it, and keep the old one until db purge.`,
    );
  } finally {
    await stopEmbeddedServers();
  }
}

/** Each step with its time, for whoever has to say later how long it took. */
function reached(step: string): void {
  console.error(`${new Date().toISOString()} ${step}`);
}

async function purge({ at }: { at: string }): Promise<void> {
  const gone = await purgeFormerHome(Configuration.take(operatedProgram().configurations), at);
  console.log(gone.length > 0 ? `Removed: ${gone.join(', ')}.` : 'A move has left nothing behind here.');
  console.log(
    'Backups of that database from before still hold sealed tokens: base backups, dumps and archived logs. They open nothing without PAYMENTS_TOKEN_KEYS; let them expire or remove them.',
  );
}

async function setUp(options: { adminUrl: string; database: string; for: Side }): Promise<void> {
  const { adminUrl, database, for: side } = options;
  const known = configuredPasswords();
  const made: MadeLogin[] = [];
  if (side !== 'payments') made.push(await setUpApplication(adminUrl, database, known));
  if (side !== 'application') made.push(...(await setUpPaymentsRoles(adminUrl, database, known)));
  for (const { variable, role, password } of made) {
    const url = new URL(adminUrl);
    url.username = role;
    url.password = password ?? 'its-password-as-before';
    url.pathname = `/${encodeURIComponent(database)}`;
    console.log(variable.includes(' ') ? `# ${variable}: ${url.href}` : `${variable}=${url.href}`);
  }
}

async function setUpApplication(
  adminUrl: string,
  database: string,
  known: ReadonlyMap<string, string>,
): Promise<MadeLogin> {
  let chosen: string | null = null;
  await setUpLogin(adminUrl, database, APPLICATION_ROLE, (role, isNew) => {
    chosen = known.get(role) ?? (isNew ? newPassword() : null);
    return chosen ?? undefined;
  });
  return { variable: 'DATABASE_URL', role: APPLICATION_ROLE, password: chosen };
}

/** A deployment may have chosen the passwords already: then they are in the URLs that it configured. */
function configuredPasswords(): ReadonlyMap<string, string> {
  const { environment } = takeEnvironment(operatedProgram().configurations);
  const urls = ['DATABASE_URL', 'PAYMENTS_DATABASE_URL', 'PAYMENTS_MIGRATION_URL']
    .map((name) => environment[name])
    .filter((url) => url !== undefined && URL.canParse(url))
    .map((url) => new URL(url!));
  return new Map(
    urls
      .filter(({ password }) => password !== '')
      .map(({ username, password }) => [decodeURIComponent(username), decodeURIComponent(password)]),
  );
}
