import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Place } from './embedded-postgres.place.js';
import { asSuperuser, SUPERUSER, urlOf } from './embedded-postgres.roles.js';

const run = promisify(execFile);

/** Recovery after a crash may take a while; a server that needs longer than this will not come. */
const READY_MS = 60_000;
/** How long a living process's port must be nobody's or another's before we take its postmaster.pid for a leftover. */
const STALE_MS = 2_000;
/** Nothing listens, or a server that does not know us. No other error says that the server of this data is not there. */
const NOT_OURS = new Set(['ECONNREFUSED', '28P01', '28000']);
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

export interface OwnProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

interface Launched {
  port: number;
  /** undefined: joined */
  own?: OwnProcess;
}

interface LaunchOptions {
  folder: string;
  port?: number;
  settings?: Record<string, string>;
}

/** Made beside its place and moved there when whole: a crash leaves no half cluster, and of two racers one is first. */
export async function createData({ runtime, data, runAs }: Place, password: string): Promise<void> {
  const unfinished = `${data}.new-${process.pid}`;
  for (const name of await readdir(dirname(data))) {
    const maker = Number(/^data\.new-(\d+)$/.exec(name)?.[1]);
    const isLeftover = maker === process.pid || (maker > 0 && !isAlive(maker)); // its maker was killed half-way
    if (isLeftover) await rm(join(dirname(data), name), { recursive: true, force: true, maxRetries: 5 });
  }
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
  await rename(unfinished, data).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  await rm(unfinished, { recursive: true, force: true });
}

/** Joins the server on the data, or becomes its owner. Of two that start one, PostgreSQL lets one through. */
export async function launchOrJoin(
  place: Place,
  options: LaunchOptions,
  password: string,
): Promise<Launched> {
  const logFile = join(options.folder, 'postgres.log');
  const log = await open(logFile, 'a+', 0o600);
  try {
    if ((await log.stat()).size > LOG_BYTES_MAX) await log.truncate();
    const before = (await log.stat()).size;

    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      const running = await runningPort(place.data, password);
      if (running) return { port: running };

      const port = options.port ?? (await freePort());
      const own = spawnPostgres(place, port, { ...SETTINGS, ...options.settings }, log.fd);
      if (await becomesReady(own, port, place.data, password)) return { port, own };
    }
    const lines = (await readFile(logFile)).subarray(before).toString().trim().split('\n').slice(-5);
    throw new Error(`see ${logFile}\n${lines.join('\n')}`);
  } finally {
    await log.close();
  }
}

/** The port of a server that runs on the data already. Waits while one is starting or stopping. */
async function runningPort(data: string, password: string): Promise<number | undefined> {
  const since = Date.now();
  let lastHeard = since; // of an answer that it may be there
  for (; Date.now() < since + READY_MS; await sleep(50)) {
    const { pid, port, startedAt } = await readPidFile(data);
    if (!pid || !port || !isAlive(pid)) return undefined; // PostgreSQL clears up after a dead one by itself

    const asked = Date.now();
    const answer = await ask(port, data, password);
    if (answer === 'ready') return port;
    if (answer === 'busy') lastHeard = Date.now();
    if (asked > lastHeard + STALE_MS && startedAt === (await readPidFile(data)).startedAt) {
      await rm(join(data, 'postmaster.pid')); // a crashed machine left it, and its number is another program's now
      return undefined;
    }
  }
  throw new Error('a PostgreSQL is there, but has been starting or stopping for a minute');
}

/** Empty when no server runs, for PostgreSQL removes the file at its end. */
async function readPidFile(data: string): Promise<{ pid?: number; startedAt?: number; port?: number }> {
  const content = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const [pid, , startedAt, port] = content.split('\n').map(Number);
  return { pid, startedAt, port };
}

function spawnPostgres(
  { runtime, data, runAs }: Place,
  port: number,
  settings: object,
  logFd: number,
): OwnProcess {
  const flags = Object.entries({ ...settings, cluster_name: process.pid }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const child = spawn(
    '/bin/sh',
    ['-c', POSTGRES_TIED_TO_US, join(runtime, 'bin/postgres'), '-D', data, '-p', String(port), ...flags],
    // Its own group, so that Ctrl-C reaches us alone, and we stop it when our own work has ended.
    { ...runAs, cwd: '/', env: ENVIRONMENT, detached: true, stdio: ['ignore', logFd, logFd, 'pipe'] },
  );
  // Neither the child nor our end of descriptor 3 may keep this process alive: it may end without stop().
  const line = child.stdio[3] as Socket;
  child.unref();
  line.unref();
  const ended = new Promise<void>((resolve) => {
    child.once('exit', resolve).once('error', resolve);
  });
  return { child, ended: ended.then(() => void line.destroy()) };
}

async function becomesReady(own: OwnProcess, port: number, data: string, password: string): Promise<boolean> {
  const isRunning = () => own.child.exitCode === null && own.child.signalCode === null;
  const deadline = Date.now() + READY_MS;
  while (isRunning() && Date.now() < deadline) {
    const isOurs = (await readPidFile(data)).pid === own.child.pid; // on a given port a faster racer's may answer
    if (isOurs && (await ask(port, data, password)) === 'ready') return true;
    await sleep(20);
  }
  if (isRunning()) await shutDown(own);
  return false;
}

export async function shutDown({ child, ended }: OwnProcess): Promise<void> {
  child.ref();
  child.kill('SIGINT'); // fast
  const patience = setTimeout(() => child.kill('SIGQUIT'), FAST_STOP_MS); // immediate; recovery comes at the next start
  await ended;
  clearTimeout(patience);
}

/**
 * Whether the server of this data answers at the port: `nobody` may also be somebody else's server. What we cannot tell is `busy`:
 * to take a running server for gone would cost it the file by which it knows that the data is its own, and so its life.
 */
async function ask(port: number, data: string, password: string): Promise<'ready' | 'busy' | 'nobody'> {
  try {
    const { rows } = await asSuperuser(urlOf(SUPERUSER, password, port, 'postgres'), (client) =>
      client.query<{ folder: string; owner: string }>(
        `SELECT current_setting('data_directory') AS folder, current_setting('cluster_name') AS owner`,
      ),
    );
    if (rows[0]?.folder !== data) return 'nobody';
    return isAlive(Number(rows[0].owner)) ? 'ready' : 'busy'; // its owner is dead, so it is about to stop
  } catch (error) {
    return NOT_OURS.has((error as { code?: string }).code ?? '') ? 'nobody' : 'busy'; // too many, starting, stopping …
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
