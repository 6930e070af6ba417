import { DataSource, type DataSourceOptions, type EntityManager } from 'typeorm';
import { PreparingClient } from './prepared-statements.js';

/** PostgreSQL 14 reaches its end of life in November 2026. */
const POSTGRES_MAJOR_MIN = 15;
/** The advisory lock under which migrations run; "TKmi" in ASCII, beside the name of the migrations table. */
const MIGRATION_LOCK = 0x544b6d69;

export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** The database cannot be used as it is; the message says what to do. */
export class DatabaseRefused extends Error {}

export interface OpenOptions {
  /** For people: which database this is. */
  label: string;
  /** The variable that names this database, for error messages. */
  variable: string;
  migrate: boolean;
  /** What follows the migrations, under the same lock: grants. */
  migrated?: (tx: EntityManager) => Promise<void>;
}

/** Connects, checks the server's version, and applies or demands the migrations. */
export async function openDataSource(options: PostgresOptions, how: OpenOptions): Promise<DataSource> {
  const dataSource = new DataSource({
    ...options,
    extra: { Client: PreparingClient, ...(options.extra as object) },
  });
  await dataSource.initialize().catch((error: Error) => {
    throw new DatabaseRefused(
      `${how.variable}: the ${how.label} database cannot be reached: ${reasonOf(error)}`,
    );
  });
  try {
    await checkVersion(dataSource, how);
    if (how.migrate) await migrate(dataSource, options.schema!, how);
    else if (!(await hasSchema(dataSource, options.schema!)) || (await dataSource.showMigrations()))
      throw new DatabaseRefused(
        `The ${how.label} database has pending migrations. Run: npm run cli -- migrate`,
      );
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}

async function checkVersion(dataSource: DataSource, how: OpenOptions): Promise<void> {
  const [row] = await dataSource.query<{ version: string }[]>(
    `SELECT current_setting('server_version_num') AS version`,
  );
  const major = Math.floor(Number(row?.version) / 10_000);
  if (major < POSTGRES_MAJOR_MIN)
    throw new DatabaseRefused(
      `${how.variable}: the ${how.label} database is PostgreSQL ${major}; ${POSTGRES_MAJOR_MIN} or newer is needed.`,
    );
}

/** Two processes that start at once: the second waits for the first, then finds nothing left to do. */
async function migrate(dataSource: DataSource, schema: string, how: OpenOptions): Promise<void> {
  const lockHolder = dataSource.createQueryRunner();
  const lock = `SELECT pg_advisory_lock($1, hashtext($2))`;
  const unlock = `SELECT pg_advisory_unlock($1, hashtext($2))`;
  const key = [MIGRATION_LOCK, dataSource.options.migrationsTableName];
  await lockHolder.query(lock, key);
  try {
    // Asked first: IF NOT EXISTS demands the right to create schemas also when there is nothing to create.
    if (!(await hasSchema(dataSource, schema))) await dataSource.query(`CREATE SCHEMA ${schema}`);
    await dataSource.runMigrations({ transaction: 'each' });
    if (how.migrated) await dataSource.transaction(how.migrated);
  } finally {
    await lockHolder.query(unlock, key);
    await lockHolder.release();
  }
}

async function hasSchema(dataSource: DataSource, schema: string): Promise<boolean> {
  const found = await dataSource.query<unknown[]>('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
  return found.length > 0;
}

/** A driver's message without the URL, which would hold the password. */
function reasonOf(error: Error & { code?: string; errors?: Error[] }): string {
  const first = error.errors?.[0] ?? error;
  return error.code && !first.message.includes(error.code) ? `${error.code} ${first.message}` : first.message;
}
