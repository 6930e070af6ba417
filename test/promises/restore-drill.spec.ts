import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { chmod, chown, cp, mkdir, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { queryUrl, startServer } from '../support/databases.js';
import { eventually } from '../support/given.js';
import { emptyFolder } from '../support/programs.js';

const run = promisify(execFile);
const SCRIPTS = join(import.meta.dirname, '../../tools/backup');
/** Of the embedded server; package.json pins it. */
const SERVER_MAJOR = 18;
/** Written before the base backup, after it, and after the moment that is restored to. */
const HISTORY = ['before the base backup', 'after it', 'too late'];

/** Two servers, as in the isolated shape, each with its own archive and its own key. */
const SIDES = ['application', 'payments'] as const;
type Side = (typeof SIDES)[number];

/** pg_dump refuses a server newer than itself, and the embedded one brings none. */
function dumpMajor(): number | null {
  try {
    const version = execFileSync('pg_dump', ['--version'], { encoding: 'utf8' });
    return Number(/ (\d+)/.exec(version)?.[1]);
  } catch {
    return null; // there is none here
  }
}
const canDump = (dumpMajor() ?? 0) >= SERVER_MAJOR;
const isTooOld = dumpMajor() !== null && !canDump;

describe('the restore drill: a base backup and the sealed log after it', () => {
  let folder: string;
  let moment: string;
  const servers = new Map<Side, Awaited<ReturnType<typeof startServer>>>();
  const dataOf = new Map<Side, string>();

  beforeAll(async () => {
    folder = await emptyFolder();
    await cp(SCRIPTS, join(folder, 'scripts'), { recursive: true });
    for (const side of SIDES) await startArchiving(side);
    for (const side of SIDES) await write(side, HISTORY[0]!);
    for (const side of SIDES) await takeBaseBackup(side);
    for (const side of SIDES) await write(side, HISTORY[1]!);
    [{ moment }] = (await query<{ moment: string }>(
      'payments',
      'SELECT clock_timestamp()::text AS moment',
    )) as [{ moment: string }];
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const side of SIDES) await write(side, HISTORY[2]!);
    for (const side of SIDES) await archiveAll(side);
    for (const side of SIDES) await servers.get(side)!.stop();
  }, 120_000);
  afterAll(async () => {
    for (const server of servers.values()) await server.stop();
    for (const data of dataOf.values()) await rm(data, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  });

  it('brings back everything that was committed, to the end of the log', async () => {
    await restore('payments', {});

    expect(await read('payments')).toEqual(HISTORY);
  }, 60_000);

  it('brings back a moment, and nothing after it', async () => {
    await restore('application', { recovery_target_time: moment, recovery_target_action: 'promote' });

    expect(await read('application')).toEqual(HISTORY.slice(0, 2));
  }, 60_000);

  it('keeps every segment sealed, with a key for each database that opens no other', async () => {
    const [segment] = (await readdir(archive('payments'))).filter((name) => name.endsWith('.wal.cms'));
    const sealed = join(archive('payments'), segment!);
    const open = (side: Side) =>
      run('bash', [
        '-c',
        '"$0" "$1" "$2" <"$3" | head -c 2 | od -An -tx1',
        script('open.sh'),
        certificate(side),
        key(side),
        sealed,
      ]);

    expect((await readFile(sealed)).includes(HISTORY[1]!)).toBe(false);
    expect((await open('payments')).stdout.trim()).not.toBe('');
    expect((await open('application')).stdout.trim()).toBe('');
  });

  it('takes a segment again and replaces none, and stops at one that was changed instead of leaving out what follows', async () => {
    const [segment] = (await readdir(archive('payments'))).filter((name) => name.endsWith('.wal.cms'));
    const name = segment!.replace('.wal.cms', '');
    const bytes = await readFile(join(archive('payments'), segment!));
    const changed = join(folder, 'changed');
    await mkdir(changed);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(join(changed, segment!), bytes);

    const restored = (from: string, what: string) =>
      run(script('restore-wal.sh'), [
        what,
        join(changed, 'out'),
        from,
        certificate('payments'),
        key('payments'),
      ]);

    const archived = (path: string) =>
      run(script('archive-wal.sh'), [path, name, archive('payments'), certificate('payments')]);

    await expect(archived(join(changed, segment!))).rejects.toMatchObject({ code: 1 });
    await expect(restored(archive('payments'), name)).resolves.toBeDefined();
    await expect(archived(join(changed, 'out'))).resolves.toBeDefined(); // what it is already, as after a crash
    await expect(restored(changed, name)).rejects.toMatchObject({ code: 126 });
    await expect(restored(changed, '0'.repeat(24))).rejects.toMatchObject({ code: 1 });
  });

  (isTooOld ? it : it.skip)(
    'says what to install where pg_dump is older than the server, and leaves no half a dump',
    async () => {
      const { hostname, port, username, password } = new URL(servers.get('payments')!.adminUrl);
      const dumps = join(folder, 'no-dumps');
      await mkdir(dumps);

      const dumped = run(script('dump.sh'), [], {
        env: {
          PATH: process.env['PATH'],
          PGHOST: hostname,
          PGPORT: port,
          PGUSER: username,
          PGPASSWORD: password,
          PGDATABASE: 'postgres',
          BACKUP_NAME: 'payments',
          BACKUP_KEEP_DAYS: '35',
          BACKUP_FOLDER: dumps,
          BACKUP_CERTIFICATE: certificate('payments'),
        },
      });

      await expect(dumped).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/No dump was made[^]*install the client of its major version/),
      });
      expect(await readdir(dumps)).toEqual([]);
    },
  );

  (canDump ? it : it.skip)('makes a sealed dump that a client of the same version restores', async () => {
    const { hostname, port, username, password } = new URL(servers.get('payments')!.adminUrl);
    const toServer = {
      PATH: process.env['PATH'],
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: password,
    };
    const dumps = join(folder, 'dumps');
    await mkdir(dumps);

    const { stdout } = await run(script('dump.sh'), [], {
      env: {
        ...toServer,
        PGDATABASE: 'postgres',
        BACKUP_NAME: 'payments',
        BACKUP_KEEP_DAYS: '35',
        BACKUP_CERTIFICATE: certificate('payments'),
        BACKUP_FOLDER: dumps,
      },
    });
    await query('payments', 'CREATE DATABASE restored');
    const open = '"$0" "$1" "$2" <"$3" | pg_restore --no-owner --dbname=restored';
    const files = [certificate('payments'), key('payments'), stdout.trim()];
    await run('bash', ['-o', 'pipefail', '-c', open, script('open.sh'), ...files], { env: toServer });

    const url = new URL(servers.get('payments')!.adminUrl);
    url.pathname = '/restored';
    expect(await queryUrl(url.href, 'SELECT count(*)::int FROM history')).toEqual([
      { count: HISTORY.length },
    ]);
  });

  it('ends old backups, and never the last one', async () => {
    const kept = join(folder, 'kept');
    await mkdir(kept);
    for (const [name, days] of [
      ['old', 50],
      ['older', 60],
      ['oldest', 70],
    ] as const) {
      await writeFile(join(kept, `${name}.dump.cms`), '');
      await run('touch', ['-d', `${days} days ago`, join(kept, `${name}.dump.cms`)]);
    }
    await writeFile(join(kept, '1.wal.cms'), '');

    await run(script('expire.sh'), [kept, '35']);

    expect((await readdir(kept)).sort()).toEqual(['1.wal.cms', 'old.dump.cms']);
  });

  const script = (name: string) => join(folder, 'scripts', name);
  const archive = (side: Side) => join(folder, `${side}-archive`);
  const certificate = (side: Side) => join(folder, `${side}.crt`);
  const key = (side: Side) => join(folder, `${side}.key`);

  async function startArchiving(side: Side): Promise<void> {
    await mkdir(archive(side));
    await chmod(archive(side), 0o777); // as root, PostgreSQL runs as another user
    await run('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${side}-backups`],
      ...['-keyout', key(side), '-out', certificate(side)],
    ]);
    await chmod(key(side), 0o644);
    const command = [script('archive-wal.sh'), '%p', '%f', archive(side), certificate(side)].join(' ');
    const server = await startServer(join(folder, side), {
      wal_level: 'replica',
      archive_mode: 'on',
      archive_command: command,
    });
    servers.set(side, server);
    await query(side, 'CREATE TABLE history (position int GENERATED ALWAYS AS IDENTITY, what text)');
  }

  function query<T extends object>(side: Side, sql: string, parameters?: unknown[]): Promise<T[]> {
    return queryUrl<T>(servers.get(side)!.adminUrl, sql, parameters);
  }

  const write = (side: Side, what: string) => query(side, 'INSERT INTO history (what) VALUES ($1)', [what]);

  async function read(side: Side): Promise<string[]> {
    return (await query<{ what: string }>(side, 'SELECT what FROM history ORDER BY position')).map(
      ({ what }) => what,
    );
  }

  /** What pg_basebackup does, with SQL and a copy, because the package brings the server alone. */
  async function takeBaseBackup(side: Side): Promise<void> {
    const client = new Client({ connectionString: servers.get(side)!.adminUrl });
    await client.connect(); // the backup belongs to this one session
    const { rows } = await client.query<{ data: string }>(`SELECT current_setting('data_directory') AS data`);
    const data = await realpath(rows[0]!.data);
    await client.query(`SELECT pg_backup_start('drill', fast => true)`);
    await run('cp', ['-a', data, `${data}-base`]);
    const ended = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop()');
    await client.end();
    await writeFile(join(`${data}-base`, 'backup_label'), ended.rows[0]!.labelfile);
    await run('bash', ['-c', `rm -rf "$0"/pg_wal/* "$0"/postmaster.pid`, `${data}-base`]);
    dataOf.set(side, data);
  }

  async function archiveAll(side: Side): Promise<void> {
    const [last] = await query<{ name: string }>(side, 'SELECT pg_walfile_name(pg_switch_wal()) AS name');
    await eventually(
      async () =>
        (await query<{ done: string }>(side, 'SELECT last_archived_wal AS done FROM pg_stat_archiver'))[0]!
          .done,
      (done) => done >= last!.name,
      20_000,
    );
  }

  /** The disk is gone; the base backup takes its place, and the log is played up to where it is told. */
  async function restore(side: Side, target: Record<string, string>): Promise<void> {
    const data = dataOf.get(side)!;
    const { uid, gid } = await stat(data);
    await rm(data, { recursive: true });
    await run('cp', ['-a', `${data}-base`, data]);
    await writeFile(join(data, 'recovery.signal'), '');
    if (process.getuid?.() === 0)
      for (const file of ['recovery.signal', 'backup_label']) await chown(join(data, file), uid, gid);
    const command = [script('restore-wal.sh'), '%f', '%p', archive(side), certificate(side), key(side)].join(
      ' ',
    );
    const server = await startServer(join(folder, side), { restore_command: command, ...target });
    servers.set(side, server);
    await eventually(
      async () => (await query<{ over: boolean }>(side, 'SELECT NOT pg_is_in_recovery() AS over'))[0]!.over,
      Boolean,
      20_000,
    );
  }
});
