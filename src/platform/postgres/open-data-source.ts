import { DataSource, type DataSourceOptions, type EntityManager } from 'typeorm';
import { PreparingClient } from './prepared-statements.js';

/** PostgreSQL 14 reaches its end of life in November 2026. */
const POSTGRES_MAJOR_MIN = 15;
/** The advisory lock under which migrations run; "TKmi" in ASCII, beside the name of the migrations table. */
const MIGRATION_LOCK = 0x544b6d69;
/** To connect, or for one of the pool's connections to be free: longer than anybody waits for an answer. */
const CONNECTION_WAIT_MS = 10_000;
/** From then on the other side is asked each second whether it is there, ten times: a server that vanished is noticed, not waited for. */
const KEEP_ALIVE_AFTER_MS = 10_000;

export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** The database cannot be used as it is; the message says what to do. */
export class DatabaseRefused extends Error {}

export interface OpenOptions {
  /** For people: which database this is. */
  label: string;
  /** The variable that names this database, for error messages. */
  variable: string;
  migrate: boolean;
  /** Looks at what the DataSource consists of, before it does anything; throws to stop the start. */
  check?: (dataSource: DataSource) => void;
  /** Called when there are migrations to apply; throws to leave the database as it is. */
  beforeMigrating?: (dataSource: DataSource) => Promise<void>;
  /** What follows the migrations, under the same lock: grants. */
  migrated?: (tx: EntityManager) => Promise<void>;
}

/** Connects, checks the server's version, and applies or demands the migrations. */
export async function openDataSource(options: PostgresOptions, how: OpenOptions): Promise<DataSource> {
  const dataSource = new DataSource({
    ...options,
    connectTimeoutMS: CONNECTION_WAIT_MS,
    extra: {
      Client: PreparingClient,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      ...(options.extra as object),
    },
  });
  await dataSource.initialize().catch((error: Error) => {
    throw unreached(how.variable, how.label, error);
  });
  try {
    how.check?.(dataSource);
    await assertVersion((sql) => dataSource.query(sql), how.variable, how.label);
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

/** @throws DatabaseRefused for a server that is too old */
export async function assertVersion(
  query: (sql: string) => Promise<unknown>,
  variable: string,
  label: string,
): Promise<void> {
  const [row] = (await query(`SELECT current_setting('server_version_num') AS version`)) as [
    { version: string },
  ];
  const major = Math.floor(Number(row.version) / 10_000);
  if (major < POSTGRES_MAJOR_MIN)
    throw new DatabaseRefused(
      `${variable}: the ${label} database is PostgreSQL ${major}; ${POSTGRES_MAJOR_MIN} or newer is needed. Upgrade the server, or name another one.`,
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
    if (how.beforeMigrating && (await dataSource.showMigrations())) await how.beforeMigrating(dataSource);
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

/** What to do where a connection is refused, by PostgreSQL's code or the network's. */
const WHAT_TO_DO: Record<string, string> = {
  '28P01': 'Correct the password in the URL; an administrator can give the role a new one with ALTER ROLE.',
  '28000':
    'The server lets this role not in: see its pg_hba.conf, and that npm run cli -- db setup made the role.',
  '3D000': 'Correct the name of the database in the URL, or make it: npm run cli -- db setup',
  '42501': 'The role may not connect to this database: npm run cli -- db setup grants it.',
  '53300': 'The server has no connection left: raise its max_connections, or lower DATABASE_POOL_MAX.',
};
const NOBODY_THERE = 'Check host and port in the URL, and that the server runs and lets this machine in.';

/** No connection: which variable, why, and what to do; never the URL, which would hold the password. */
export function unreached(
  variable: string,
  label: string,
  error: Error & { code?: string },
): DatabaseRefused {
  const what = WHAT_TO_DO[error.code ?? ''] ?? NOBODY_THERE;
  return new DatabaseRefused(
    `${variable}: the ${label} database cannot be reached: ${reasonOf(error)}. ${what}`,
  );
}

/** A driver's message without the URL, which would hold the password. */
function reasonOf(error: Error & { code?: string; errors?: Error[] }): string {
  const first = error.errors?.[0] ?? error;
  return error.code && !first.message.includes(error.code) ? `${error.code} ${first.message}` : first.message;
}
