import { Command, Option } from 'commander';
import { AppModule } from '../app.module.js';
import { type MadeLogin, setUpPaymentsRoles } from '../payments/payments.administration.js';
import { takeEnvironment } from '../platform/configuration/environment.js';
import { newPassword, setUpLogin } from '../platform/postgres/roles.js';

const APPLICATION_ROLE = 'tokenkeep_app';
type Side = 'application' | 'payments' | 'both';

/** `db …`: what an administrator does with the databases. */
export function databaseCommands(): Command {
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
  return db;
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
  const { environment } = takeEnvironment(AppModule.configurations);
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
