import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, link, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { type SchemaRoles, setUpLogin, setUpRoles } from './roles.js';

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
    await setUpLogin(adminUrl, database, role, (_, isNew) => (isNew ? password : undefined));
    await admin.query('REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC');
    return urlOf(role, password, port, database);
  });
}

/** The roles of a schema, with passwords that are kept beside the data. */
export async function setUpEmbedded(wish: {
  folder: string;
  port: number;
  adminUrl: string;
  roles: SchemaRoles;
  database: string;
}): Promise<Map<string, string>> {
  const { folder, port, adminUrl, roles, database } = wish;
  const logins = [roles.migrator, ...roles.logins, ...roles.readers];
  const urls = new Map<string, string>();
  // One after the other: each rewrites the file of passwords.
  await asSuperuser(adminUrl, async (admin) => {
    await admin.query(`SELECT pg_advisory_lock(hashtext('embedded-postgres'))`); // until this connection ends
    const passwords = new Map<string, string>();
    for (const role of logins) passwords.set(role, await passwordOf(folder, role));
    await setUpRoles(adminUrl, database, roles, (role, isNew) => (isNew ? passwords.get(role) : undefined));
    await admin.query('REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC');
    for (const [role, password] of passwords) urls.set(role, urlOf(role, password, port, database));
  });
  return urls;
}
