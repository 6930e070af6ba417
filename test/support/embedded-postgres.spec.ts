import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { startEmbeddedPostgres, stopEmbeddedServers } from '../../src/platform/postgres/embedded-postgres.js';

/** After this long a postmaster.pid is taken for a leftover if nobody answers for it. */
const STALE_MS = 2_000;
const settings = { fsync: 'off' };
const owners: ChildProcess[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedded-postgres-'));
  await chmod(folder, 0o755); // under root PostgreSQL is another user, and would move out of a closed folder
});

afterEach(async () => {
  await stopEmbeddedServers();
  for (const owner of owners.splice(0)) owner.kill('SIGKILL');
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

describe('the embedded PostgreSQL', () => {
  it('starts on an empty folder, for this machine and with passwords only', async () => {
    const server = await startEmbeddedPostgres({ folder, settings });

    await query(await server.urlFor('payments'), 'CREATE SCHEMA payments CREATE TABLE payment (id int)');

    expect(await query(server.adminUrl, 'SHOW listen_addresses')).toEqual([
      { listen_addresses: '127.0.0.1' },
    ]);
    await expect(query(`postgres://payments:guess@127.0.0.1:${server.port}/tokenkeep`)).rejects.toThrow(
      'password',
    );
    expect((await stat(join(folder, 'passwords.json'))).mode & 0o777).toBe(0o600);
  });

  it('keeps its data over a restart', async () => {
    const before = await startEmbeddedPostgres({ folder, settings });
    await query(await before.urlFor('payments'), 'INSERT INTO payments.payment VALUES (17)');
    await before.stop();

    const after = await startEmbeddedPostgres({ folder, settings });

    expect(await query(await after.urlFor('payments'), 'SELECT id FROM payments.payment')).toEqual([
      { id: 17 },
    ]);
  });

  it('keeps roles out of each other’s schema, and of every other database', async () => {
    const server = await startEmbeddedPostgres({ folder, settings });
    const [application, payments] = await Promise.all([
      server.urlFor('application'),
      server.urlFor('payments'),
    ]);
    const elsewhere = await server.urlFor('auditor', 'audit');

    await expect(query(application, 'SELECT * FROM payments.payment')).rejects.toThrow(
      'permission denied for schema',
    );
    await expect(query(payments, 'CREATE TABLE public.t ()')).rejects.toThrow(
      'permission denied for schema public',
    );
    await expect(query(payments.replace(/tokenkeep$/, 'postgres'))).rejects.toThrow(
      'permission denied for database',
    );
    await expect(query(elsewhere.replace(/audit$/, 'tokenkeep'))).rejects.toThrow(
      'permission denied for database',
    );
    expect(
      await query(
        server.adminUrl,
        `SELECT FROM pg_roles WHERE rolname = 'payments' AND (rolsuper OR rolcreatedb OR rolcreaterole)`,
      ),
    ).toEqual([]);
  });

  it('writes no value of a failing statement, and no password, into its log', async () => {
    const server = await startEmbeddedPostgres({ folder, settings });
    const url = await server.urlFor('payments');

    await expect(query(url, 'SELECT $1::int', ['4242-4242'])).rejects.toThrow('invalid input');
    await expect(query(url, `SELECT '4242-4242'::int`)).rejects.toThrow('invalid input');

    const log = await readFile(join(folder, 'postgres.log'), 'utf8');
    expect(log).toContain('ready to accept connections');
    expect(log).not.toContain('4242-4242');
    expect(log).not.toContain(new URL(url).password);
  });

  it('is joined, not started again and not stopped, by a second process', async () => {
    const owner = await startElsewhere();

    const joined = await startEmbeddedPostgres({ folder, settings });
    await joined.stop();

    expect(joined.port).toBe(owner.port);
    expect(await query(owner.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('has one server when two processes start on an empty folder at the same moment', async () => {
    const empty = join(folder, 'empty');

    const [one, other] = await Promise.all([startElsewhere(empty), startElsewhere(empty)]);

    expect(other.port).toBe(one.port);
  });

  it('ends when its owner is killed, and starts again at once', async () => {
    const owner = await startElsewhere();

    owner.child.kill('SIGKILL');
    await once(owner.child, 'exit');
    const next = await startEmbeddedPostgres({ folder, settings });

    await expect(query(owner.adminUrl)).rejects.toThrow('ECONNREFUSED');
    expect(await query(await next.urlFor('payments'), 'SELECT id FROM payments.payment')).toEqual([
      { id: 17 },
    ]);
  });

  it('starts although a crashed machine left a postmaster.pid whose number now belongs to another program', async () => {
    const leftover = `${process.ppid}\n${folder}/data\n1\n1\n\n127.0.0.1\n0 0\nready\n`;
    await writeFile(join(folder, 'data/postmaster.pid'), leftover);

    const server = await startEmbeddedPostgres({ folder, settings });

    expect(await query(server.adminUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('leaves a server its postmaster.pid, however long it only hangs up', async () => {
    const owner = await startElsewhere();
    const hangsUp = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(hangsUp, 'listening');
    const pidFile = join(folder, 'data/postmaster.pid');
    const whole = await readFile(pidFile, 'utf8');
    await writeFile(pidFile, whole.replace(`${owner.port}`, `${(hangsUp.address() as AddressInfo).port}`));

    const joining = startEmbeddedPostgres({ folder, settings });
    await new Promise((resolve) => setTimeout(resolve, STALE_MS + 500));
    await writeFile(pidFile, whole);

    expect((await joining).port).toBe(owner.port);
    hangsUp.close();
  });
});

async function query(url: string, sql = 'SELECT', values?: unknown[]): Promise<unknown[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

interface Elsewhere {
  child: ChildProcess;
  port: number;
  adminUrl: string;
}

/** Another process of this program, which owns or joins the server until it is killed. */
async function startElsewhere(where = folder): Promise<Elsewhere> {
  const built = join(import.meta.dirname, '../../dist/platform/postgres/embedded-postgres.js');
  const program = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(built)});
    const { port, adminUrl } = await startEmbeddedPostgres(${JSON.stringify({ folder: where, settings })});
    console.log(JSON.stringify({ port, adminUrl }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  owners.push(child);
  const said = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  return { child, ...(JSON.parse(String(said[0])) as { port: number; adminUrl: string }) };
}
