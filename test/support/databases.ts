import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';
import { cardNumbersIn } from '../../src/platform/card-data/card-data.js';
import { startEmbeddedPostgres, type EmbeddedServer } from '../../src/platform/postgres/embedded-postgres.js';
import { type Standing, standingOf } from '../../src/platform/postgres/standing.js';
import { SHAPE } from './shape.js';

export interface TestDatabase {
  name: string;
  /** Login URLs: the application's role, payments' role, and the superusers of the servers where each has its database. */
  applicationUrl: string;
  paymentsUrl: string;
  applicationAdminUrl: string;
  /** Where payments are. */
  adminUrl: string;
}

/** Whether payments have a PostgreSQL of their own. */
const isApart = () => SHAPE !== 'shared';

/** Fresh and migrated, for one test file: copied from a template in a fraction of a second. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const copy = (template: string) => `TEMPLATE ${process.env[template]} STRATEGY FILE_COPY`;
  const database = await (isApart()
    ? createDatabases(copy('TEST_APPLICATION_TEMPLATE'), copy('TEST_PAYMENTS_TEMPLATE'))
    : createDatabases(copy('TEST_TEMPLATE')));
  // Its schemas are there, and belong to others: payments' login may use what it was granted, and make nothing.
  await queryUrl(database.adminUrl, `REVOKE CREATE ON DATABASE ${database.name} FROM tokenkeep_payments`);
  return database;
}

/** One that no migration has seen yet. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return isApart() ? createDatabases('', '') : createDatabases('');
}

/** One database, or one on each server, of the same name. */
async function createDatabases(likeApplication: string, likePayments?: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const server = await applicationServer();
  const payments = likePayments === undefined ? server : await paymentsServer();
  await queryUrl(server.adminUrl, `CREATE DATABASE ${name} ${likeApplication}`);
  if (likePayments !== undefined)
    await queryUrl(payments.adminUrl, `CREATE DATABASE ${name} ${likePayments}`);
  return {
    name,
    applicationUrl: await server.urlFor('tokenkeep_app', name),
    paymentsUrl: await payments.urlFor('tokenkeep_payments', name),
    applicationAdminUrl: within(server.adminUrl, name),
    adminUrl: within(payments.adminUrl, name),
  };
}

function within(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** One statement as a superuser, where what it speaks of is: schema `app`, or else payments. */
export function queryDatabase<T extends object>(
  { applicationAdminUrl, adminUrl }: TestDatabase,
  sql: string,
  parameters?: unknown[],
): Promise<T[]> {
  return queryAgain(serverOf(sql, { applicationAdminUrl, adminUrl }), sql, parameters);
}

function serverOf(
  sql: string,
  { applicationAdminUrl, adminUrl }: Pick<TestDatabase, 'applicationAdminUrl' | 'adminUrl'>,
): string {
  return /\bapp\./.test(sql) ? applicationAdminUrl : adminUrl;
}

/** A transaction whose program stands still after this statement, until it is told to let go. */
export async function holdByStatement(
  database: TestDatabase,
  sql: string,
  parameters: unknown[],
): Promise<() => Promise<void>> {
  const client = new Client({ connectionString: serverOf(sql, database) });
  await client.connect();
  await client.query('BEGIN');
  await client.query(sql, parameters);
  return async () => {
    await client.query('ROLLBACK');
    await client.end();
  };
}

/** Tests look again and again until something is there: a connection for each look would cost more than all looks. */
const KEPT_MS = 300;
const kept = new Map<string, Pool>();

async function queryAgain<T extends object>(url: string, sql: string, parameters?: unknown[]): Promise<T[]> {
  let pool = kept.get(url);
  if (!pool) {
    pool = new Pool({ connectionString: url, idleTimeoutMillis: KEPT_MS, allowExitOnIdle: true });
    pool.on('error', () => undefined); // its database was dropped, or its server stopped
    kept.set(url, pool);
  }
  return (await pool.query<T>(sql, parameters)).rows;
}

/** An empty database with the roles of payments, as `db setup` makes it: where payment data may move. */
export async function createPaymentsDatabase(): Promise<TestDatabase & { migratorUrl: string }> {
  const database = await createDatabases('');
  const server = await applicationServer();
  const migratorUrl = await server.urlFor('tokenkeep_payments_migrator', database.name);
  await queryUrl(
    database.adminUrl,
    `CREATE SCHEMA payments AUTHORIZATION tokenkeep_payments_owner;
     GRANT CREATE ON DATABASE ${database.name} TO tokenkeep_payments_owner;
     REVOKE CREATE ON DATABASE ${database.name} FROM tokenkeep_payments, tokenkeep_payments_migrator`,
  );
  return { ...database, migratorUrl };
}

/** The migrators' login on a test's database. */
export async function migratorUrlOf({ name }: TestDatabase): Promise<string> {
  const server = await paymentsServer();
  await queryUrl(server.adminUrl, `GRANT CREATE ON DATABASE ${name} TO tokenkeep_payments_owner`);
  return server.urlFor('tokenkeep_payments_migrator', name);
}

/** The auditors' login on a test's database, which `db setup` made with a password that nobody wrote down. */
export async function auditorUrlOf({ name, adminUrl, paymentsUrl }: TestDatabase): Promise<string> {
  await queryUrl(
    adminUrl,
    `ALTER ROLE tokenkeep_payments_auditor PASSWORD 'of-tests';
     GRANT CONNECT ON DATABASE ${name} TO tokenkeep_payments_auditor`,
  );
  return Object.assign(new URL(paymentsUrl), { username: 'tokenkeep_payments_auditor', password: 'of-tests' })
    .href;
}

/** @throws Error when a card number is in any row of it */
export async function dropTestDatabase(database: TestDatabase): Promise<void> {
  for (const row of await everyRow(database))
    if (cardNumbersIn(row, 'refuse').length > 0) throw new Error(`A row holds a card number: ${row}`);
  for (const url of new Set([database.applicationAdminUrl, database.adminUrl])) {
    await kept.get(url)?.end();
    kept.delete(url);
    await queryUrl(within(url, 'postgres'), `DROP DATABASE ${database.name} WITH (FORCE)`);
  }
}

/** Every row of both sides as text: what dumps of them would hold. */
export async function everyRow({ applicationAdminUrl, adminUrl }: TestDatabase): Promise<string[]> {
  const rows: string[] = [];
  for (const url of new Set([applicationAdminUrl, adminUrl])) rows.push(...(await everyRowAt(url)));
  return rows;
}

/** Every row of one database, over one connection: it is asked for by every test file. */
export async function everyRowAt(adminUrl: string): Promise<string[]> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('app', 'payments')`,
    );
    if (tables.length === 0) return [];
    const { rows } = await client.query<{ row: string }>(
      tables
        .map(({ name }) => `SELECT '${name} ' || to_jsonb(t)::text AS row FROM ${name} t`)
        .join(' UNION ALL '),
    );
    return rows.map(({ row }) => row);
  } finally {
    await client.end();
  }
}

/** The PostgreSQL of the test run, which this process joins; where payments are apart, the application's. */
function applicationServer(): Promise<EmbeddedServer> {
  return startEmbeddedPostgres({ folder: process.env['TEST_POSTGRES_FOLDER']! });
}

/** The PostgreSQL where payments are. */
function paymentsServer(): Promise<EmbeddedServer> {
  const folder = isApart()
    ? process.env['TEST_PAYMENTS_POSTGRES_FOLDER']
    : process.env['TEST_POSTGRES_FOLDER'];
  return startEmbeddedPostgres({ folder: folder! });
}

/** A PostgreSQL of its own, for what the shared one must not suffer. */
export function startServer(folder: string, settings: Record<string, string>): Promise<EmbeddedServer> {
  return startEmbeddedPostgres({ folder, settings });
}

/** One statement over a connection of its own: what somebody with this login sees. */
export async function queryUrl<T extends object>(
  url: string,
  sql: string,
  parameters?: unknown[],
): Promise<T[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql, parameters)).rows;
  } finally {
    await client.end();
  }
}

/** How the application's login would stand to payments if the server had given it something, which it is not given. */
export async function standingOfApplication({ adminUrl }: TestDatabase, given: string): Promise<Standing> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    const { rowCount } = await client.query(`SELECT FROM pg_roles WHERE rolname = 'tokenkeep_app'`);
    if (!rowCount) await client.query('CREATE ROLE tokenkeep_app');
    await client.query(given);
    await client.query('SET LOCAL SESSION AUTHORIZATION tokenkeep_app');
    const query = async (sql: string, parameters?: unknown[]): Promise<unknown> =>
      (await client.query<object>(sql, parameters)).rows;
    return await standingOf(query, { schema: 'payments', databaseOid: '1' });
  } finally {
    await client.end(); // and all of it is rolled back
  }
}
