import { createHmac, createHash, pbkdf2Sync, randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** Who may do what in one database: told by the module whose schema it is. */
export interface SchemaRoles {
  schema: string;
  /** Owns the schema and all in it; nobody can log in as it. */
  owner: string;
  /** May become the owner, to change tables. */
  migrator: string;
  /** May connect; what else, the migrations grant. */
  logins: readonly string[];
  /** Likewise, and every transaction of theirs is read-only unless they say otherwise. */
  readers: readonly string[];
}

/** By which the program uses the application's own database; payments name theirs themselves. */
export const APPLICATION_LOGIN = 'tokenkeep_app';

/** A role's password, or nothing to leave it as it is. */
export type PasswordOf = (role: string, isNew: boolean) => string | undefined;

/** Until the connection ends: two who set up at once would make the same role. */
const LOCK = `SELECT pg_advisory_lock(hashtext('tokenkeep roles'))`;

/** PostgreSQL's own default; RFC 7677 asks for no fewer. */
const SCRAM_ITERATIONS = 4096;
const PASSWORD_BYTES = 24;

/** Needs no escaping, in a URL or in SQL. */
export function newPassword(): string {
  return randomBytes(PASSWORD_BYTES).toString('base64url');
}

/**
 * Makes the roles, the database and the schema, and shuts everybody else out. Roles belong to the whole server, so this is
 * done once, by an administrator; what the roles may do with tables, migrations grant. Safe to repeat: what is there stays,
 * passwords too, unless `passwordOf` gives one. Passwords are sent as verifiers, so that no log of the server can hold one.
 */
export async function setUpRoles(
  adminUrl: string,
  database: string,
  roles: SchemaRoles,
  passwordOf: PasswordOf,
): Promise<void> {
  await asAdministrator(adminUrl, async (admin) => {
    await admin.query(LOCK);
    await makeRole(admin, roles.owner, 'NOLOGIN');
    for (const role of [roles.migrator, ...roles.logins, ...roles.readers]) {
      await makeLogin(admin, role, 'NOINHERIT', passwordOf);
    }
    await admin.query(`GRANT ${quoted(roles.owner)} TO ${quoted(roles.migrator)}`);
    for (const role of roles.readers)
      await admin.query(`ALTER ROLE ${quoted(role)} SET default_transaction_read_only = on`);
    await makeDatabase(admin, database);
    const connecting = [roles.migrator, ...roles.logins, ...roles.readers].map(quoted).join(', ');
    await admin.query(`GRANT CONNECT ON DATABASE ${quoted(database)} TO ${connecting}`);
    // Moves rename the schema and make it anew.
    await admin.query(`GRANT CREATE ON DATABASE ${quoted(database)} TO ${quoted(roles.owner)}`);
  });
  await asAdministrator(within(adminUrl, database), (admin) => makeSchema(admin, roles));
}

/** Makes a login that may connect to this database and make a schema of its own in it. Safe to repeat. */
export async function setUpLogin(
  adminUrl: string,
  database: string,
  role: string,
  passwordOf: PasswordOf,
): Promise<void> {
  await asAdministrator(adminUrl, async (admin) => {
    await admin.query(LOCK);
    await makeLogin(admin, role, '', passwordOf);
    await makeDatabase(admin, database);
    await admin.query(`GRANT CONNECT, CREATE ON DATABASE ${quoted(database)} TO ${quoted(role)}`);
  });
  await asAdministrator(within(adminUrl, database), async (admin) => {
    await admin.query('REVOKE ALL ON SCHEMA public FROM PUBLIC');
  });
}

async function makeLogin(
  admin: Client,
  role: string,
  attributes: string,
  passwordOf: PasswordOf,
): Promise<void> {
  const isNew = await makeRole(admin, role, `LOGIN ${attributes}`);
  const password = passwordOf(role, isNew);
  if (password) await admin.query(`ALTER ROLE ${quoted(role)} PASSWORD '${scramVerifier(password)}'`);
}

async function makeRole(admin: Client, role: string, attributes: string): Promise<boolean> {
  const isNew = !(await exists(admin, 'SELECT FROM pg_roles WHERE rolname = $1', role));
  await admin.query(
    `${isNew ? 'CREATE' : 'ALTER'} ROLE ${quoted(role)} ${attributes} NOSUPERUSER NOCREATEDB NOCREATEROLE`,
  );
  return isNew;
}

/** CONNECT and TEMP are everybody's unless they are taken away. */
async function makeDatabase(admin: Client, database: string): Promise<void> {
  if (!(await exists(admin, 'SELECT FROM pg_database WHERE datname = $1', database)))
    await admin.query(`CREATE DATABASE ${quoted(database)}`);
  await admin.query(`REVOKE ALL ON DATABASE ${quoted(database)} FROM PUBLIC`);
}

async function makeSchema(admin: Client, { schema, owner }: SchemaRoles): Promise<void> {
  await admin.query('REVOKE ALL ON SCHEMA public FROM PUBLIC');
  if (await exists(admin, 'SELECT FROM pg_namespace WHERE nspname = $1', schema)) return;
  // An administrator who is no superuser must be a member of the owner for a moment.
  const { rows } = await admin.query<{ is_member: boolean }>(
    `SELECT pg_has_role(current_user, $1, 'USAGE') AS is_member`,
    [owner],
  );
  const joins = rows[0]?.is_member === false;
  if (joins) await admin.query(`GRANT ${quoted(owner)} TO CURRENT_USER`);
  await admin.query(`CREATE SCHEMA ${quoted(schema)} AUTHORIZATION ${quoted(owner)}`);
  // Functions are everybody's to execute unless that is taken away.
  await admin.query(
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoted(owner)} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC`,
  );
  if (joins) await admin.query(`REVOKE ${quoted(owner)} FROM CURRENT_USER`);
}

async function asAdministrator(url: string, work: (admin: Client) => Promise<void>): Promise<void> {
  const admin = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  admin.on('error', () => undefined); // a server that stops under us; the query under way rejects anyway
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

async function exists(client: Client, sql: string, name: string): Promise<boolean> {
  return ((await client.query(sql, [name])).rowCount ?? 0) > 0;
}

/** The same server and login, another database. */
function within(url: string, database: string): string {
  const inside = new URL(url);
  inside.pathname = `/${encodeURIComponent(database)}`;
  return inside.href;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** What PostgreSQL would make of the password (RFC 5802), so that the password itself never travels in a statement. */
export function scramVerifier(password: string, salt = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, 32, 'sha256');
  const keyed = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(keyed('Client Key')).digest('base64');
  const serverKey = keyed('Server Key').toString('base64');
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
