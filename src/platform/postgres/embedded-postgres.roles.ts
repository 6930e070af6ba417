import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, link, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';

export const SUPERUSER = 'postgres';

/** The password kept for a role, made on first use. Roles other than the first are added under admitRole's lock. */
export async function passwordOf(folder: string, role: string): Promise<string> {
  const file = join(folder, 'passwords.json');
  const isFirst = !existsSync(file);
  const kept = isFirst ? {} : (JSON.parse(await readFile(file, 'utf8')) as Record<string, string>);
  const known = kept[role];
  if (known) return known;

  const password = randomBytes(24).toString('base64url'); // needs no escaping, in a URL or in SQL
  const unfinished = `${file}.${process.pid}`;
  await writeFile(unfinished, JSON.stringify({ ...kept, [role]: password }, null, 2), { mode: 0o600 });
  const { uid, gid } = await stat(folder);
  if (process.getuid?.() === 0) await chown(unfinished, uid, gid); // root must not take an ordinary user's file away
  if (!isFirst) {
    await rename(unfinished, file);
    return password;
  }
  await link(unfinished, file).catch(ifThere); // unlike rename, it leaves the file of a faster process alone
  await unlink(unfinished);
  return passwordOf(folder, role);
}

function ifThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

export function urlOf(role: string, password: string, port: number, database: string): string {
  return `postgres://${encodeURIComponent(role)}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/** Runs SQL as the superuser; the statements hold passwords, so this session keeps them out of the server's log. */
export async function asSuperuser<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000, // making a database on a slow disk takes a few seconds
    options: '-c log_statement=none -c log_min_error_statement=panic -c log_min_duration_statement=-1',
  });
  client.on('error', () => undefined); // a server that stops under us; the query under way rejects anyway
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes the role and its way into the database, and nothing into any other. Safe to repeat, alone or in parallel. */
export async function admitRole(wish: {
  folder: string;
  port: number;
  adminUrl: string;
  role: string;
  database: string;
}): Promise<string> {
  const { folder, port, adminUrl, role, database } = wish;
  return asSuperuser(adminUrl, async (admin) => {
    await admin.query(`SELECT pg_advisory_lock(hashtext('embedded-postgres'))`); // until this connection ends
    const password = await passwordOf(folder, role);
    const roleName = admin.escapeIdentifier(role);
    const databaseName = admin.escapeIdentifier(database);

    if ((await admin.query('SELECT FROM pg_roles WHERE rolname = $1', [role])).rowCount === 0) {
      await admin.query(
        `CREATE ROLE ${roleName} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '${password}'`,
      );
    }
    if ((await admin.query('SELECT FROM pg_database WHERE datname = $1', [database])).rowCount === 0) {
      await admin.query(`CREATE DATABASE ${databaseName}`);
    }
    await admin.query(`REVOKE ALL ON DATABASE postgres, template1, ${databaseName} FROM PUBLIC`);
    await admin.query(`GRANT CONNECT, CREATE ON DATABASE ${databaseName} TO ${roleName}`);

    const inside = new URL(adminUrl);
    inside.pathname = `/${encodeURIComponent(database)}`;
    await asSuperuser(inside.href, (client) => client.query('REVOKE ALL ON SCHEMA public FROM PUBLIC'));
    return urlOf(role, password, port, database);
  });
}
