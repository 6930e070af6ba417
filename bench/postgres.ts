import { mkdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../src/platform/postgres/embedded-postgres.js';
import { cpuSecondsOfFamily, parentOf } from './usage.js';

/** As a small server of its own would be set; everything that durability rests on stays as PostgreSQL has it. */
const SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  max_connections: '200',
  shared_preload_libraries: 'pg_stat_statements',
};

/** The one PostgreSQL of all sides; each has a database of its own. */
export interface Postgres {
  version: string;
  urlFor(role: string, database: string): Promise<string>;
  /** The superuser's URL of a database, which is made if it is not there. */
  adminUrl(database: string): Promise<string>;
  query<T extends object>(database: string, sql: string, values?: unknown[]): Promise<T[]>;
  cpuSeconds(): number;
  stop(): Promise<void>;
}

export async function startPostgres(folder: string): Promise<Postgres> {
  await mkdir(folder, { recursive: true });
  const server = await startEmbeddedPostgres({ folder, settings: SETTINGS });
  const clients = new Map<string, Promise<Client>>();

  const adminUrl = async (database: string) => {
    await server.urlFor('bench', database);
    const url = new URL(server.adminUrl);
    url.pathname = `/${database}`;
    return url.href;
  };
  const clientOf = (database: string) => {
    if (!clients.has(database)) clients.set(database, connect(adminUrl(database)));
    return clients.get(database)!;
  };
  const query = async <T extends object>(database: string, sql: string, values?: unknown[]) =>
    (await (await clientOf(database)).query<T>(sql, values)).rows;

  const [about] = await query<{ version: string; pid: number }>(
    'bench',
    `SELECT current_setting('server_version') AS version, pg_backend_pid() AS pid`,
  );
  const postmaster = parentOf(about!.pid);
  await query('bench', `ALTER SYSTEM SET pg_stat_statements.track = none`); // switched on where statements are counted
  await query('bench', 'SELECT pg_reload_conf()');
  return {
    version: about!.version,
    urlFor: (role, database) => server.urlFor(role, database),
    adminUrl,
    query,
    cpuSeconds: () => cpuSecondsOfFamily(postmaster),
    stop: async () => {
      for (const client of clients.values()) await (await client).end();
      await server.stop();
      const data = await realpath(join(folder, 'data'));
      await rm(data, { recursive: true, force: true });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function connect(url: Promise<string>): Promise<Client> {
  const client = new Client({ connectionString: await url });
  client.on('error', () => undefined); // the server is stopped at the end, and takes the connection with it
  await client.connect();
  return client;
}
