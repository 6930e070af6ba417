import { execFile } from 'node:child_process';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startCompanion } from '../../dist/platform/companion-process.js';
import { startEmbeddedPostgres } from '../../dist/platform/postgres/embedded-postgres.js';

/** It forgets everything at the end of the run, so it need not wait for the disk. */
export const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
};
const TEMPLATE = 'tokenkeep_template';

/**
 * Starts what the test files share: one PostgreSQL with a migrated template, and one sandbox gateway. Jest loads this
 * file without transforming it, so it is JavaScript and uses what `npm test` has just built.
 */
export default async function globalSetup() {
  if (process.env.TEST_FOLDER) return; // another shape was first
  const folder = await mkdtemp(join(tmpdir(), 'tokenkeep-test-'));
  await chmod(folder, 0o755); // as root, PostgreSQL runs as another user, who must get in
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), settings: FAST });
  const [sandbox] = await Promise.all([
    startCompanion('dist/sandbox/main.js', {
      SANDBOX_PORT: '0',
      SANDBOX_DATA: join(folder, 'sandbox'),
      SANDBOX_EXIT_WITH_PARENT: '1',
    }),
    migrateTemplate(postgres, TEMPLATE, postgres, TEMPLATE, folder),
  ]);
  Object.assign(process.env, {
    TEST_FOLDER: folder,
    TEST_POSTGRES_FOLDER: join(folder, 'postgres'),
    TEST_TEMPLATE: TEMPLATE,
    TEST_SANDBOX_URL: `http://127.0.0.1:${sandbox.ready.port}`,
  });
  globalThis.stopSandbox = sandbox.stop;
}

/** A database to copy for each test: of both sides, or one for each. */
export async function migrateTemplate(applicationServer, application, paymentsServer, payments, folder) {
  const environment = {
    PATH: process.env.PATH,
    DATABASE_URL: await applicationServer.urlFor('tokenkeep_app', application),
    PAYMENTS_DATABASE_URL: await paymentsServer.urlFor('tokenkeep_payments', payments),
    PAYMENTS_MIGRATION_URL: await paymentsServer.urlFor('tokenkeep_payments_migrator', payments),
    DATA_FOLDER: folder,
  };
  const run = (args, env) =>
    promisify(execFile)(
      process.execPath,
      ['--import', process.env.TEST_LIBRARIES_HOOK, 'dist/cli.js', ...args],
      { env },
    );
  const isOne = applicationServer === paymentsServer;
  const sides = isOne
    ? [['both', application, applicationServer]]
    : [
        ['application', application, applicationServer],
        ['payments', payments, paymentsServer],
      ];
  const setUp = ([side, database, { adminUrl }]) =>
    run(['db', 'setup', '--database', database, '--for', side], {
      ...environment,
      ADMIN_DATABASE_URL: adminUrl,
    });
  await Promise.all(sides.map(setUp));
  await run(['migrate'], environment);
}
