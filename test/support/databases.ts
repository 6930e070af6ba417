import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { cardNumbersIn } from '../../src/platform/card-data/card-data.js';
import { startEmbeddedPostgres, type EmbeddedServer } from '../../src/platform/postgres/embedded-postgres.js';

export interface TestDatabase {
  name: string;
  /** Login URLs: the application's role, payments' role, and the server's superuser. */
  applicationUrl: string;
  paymentsUrl: string;
  adminUrl: string;
}

/** A fresh, migrated database of its own for one test file: copied from the template in a fraction of a second. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const database = await createDatabase(`TEMPLATE ${process.env['TEST_TEMPLATE']} STRATEGY FILE_COPY`);
  // Its schemas are there, and belong to others: payments' login may use what it was granted, and make nothing.
  await queryUrl(database.adminUrl, `REVOKE CREATE ON DATABASE ${database.name} FROM tokenkeep_payments`);
  return database;
}

/** One that no migration has seen yet. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return createDatabase('');
}

async function createDatabase(like: string): Promise<TestDatabase> {
  const server = await testCluster();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await queryUrl(server.adminUrl, `CREATE DATABASE ${name} ${like}`);
  const adminUrl = new URL(server.adminUrl);
  adminUrl.pathname = `/${name}`;
  return {
    name,
    applicationUrl: await server.urlFor('tokenkeep_app', name),
    paymentsUrl: await server.urlFor('tokenkeep_payments', name),
    adminUrl: adminUrl.href,
  };
}

/** An empty database with the roles of payments, as `db setup` makes it: where payment data may move. */
export async function createPaymentsDatabase(): Promise<TestDatabase & { migratorUrl: string }> {
  const database = await createDatabase('');
  const server = await testCluster();
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
  const url = await (await testCluster()).urlFor('tokenkeep_payments_migrator', name);
  await queryUrl(
    (await testCluster()).adminUrl,
    `GRANT CREATE ON DATABASE ${name} TO tokenkeep_payments_owner`,
  );
  return url;
}

/** @throws Error when a card number is in any row of it */
export async function dropTestDatabase({ name, adminUrl }: TestDatabase): Promise<void> {
  for (const row of await everyRow(adminUrl))
    if (cardNumbersIn(row, 'refuse').length > 0) throw new Error(`A row holds a card number: ${row}`);
  await queryUrl((await testCluster()).adminUrl, `DROP DATABASE ${name} WITH (FORCE)`);
}

/** Every row of a database as text: what a dump of it would hold. Over one connection: it is asked for by every test file. */
export async function everyRow(adminUrl: string): Promise<string[]> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('app', 'payments')`,
    );
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

/** The one PostgreSQL of the test run, which this process joins. */
function testCluster(): Promise<EmbeddedServer> {
  return startEmbeddedPostgres({ folder: process.env['TEST_POSTGRES_FOLDER']! });
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
