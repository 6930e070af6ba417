import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Postgres } from './postgres.ts';
import { type Program, startProgram } from './processes.ts';

const TEMPLATE = 'trials_template';

/** What all trials of a run share: one PostgreSQL with a migrated template, and one sandbox gateway. */
export class House {
  readonly folder: string;
  readonly postgres: Postgres;
  readonly gatewayAddress: string;
  readonly #sandbox: Program;
  #databases = 0;

  private constructor(folder: string, postgres: Postgres, sandbox: Program, gatewayAddress: string) {
    this.folder = folder;
    this.postgres = postgres;
    this.#sandbox = sandbox;
    this.gatewayAddress = gatewayAddress;
  }

  static async build(dist: string, how: { durable: boolean } = { durable: false }): Promise<House> {
    const folder = await mkdtemp(join(tmpdir(), 'tokenkeep-trials-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
    await chmod(folder, 0o755); // as root, PostgreSQL runs as another user, who must get in
    const postgres = await Postgres.create(join(folder, 'postgres'), how);
    const sandbox = startProgram(process.execPath, [join(dist, 'sandbox/main.js')], {
      env: { PATH: process.env['PATH'], SANDBOX_PORT: '0', SANDBOX_DATA: join(folder, 'sandbox') },
    });
    await postgres.createDatabase(TEMPLATE);
    const env = {
      PATH: process.env['PATH'],
      DATA_FOLDER: folder,
      ...postgres.urls(TEMPLATE),
    };
    await promisify(execFile)(process.execPath, [...process.execArgv, join(dist, 'cli.js'), 'migrate'], {
      env,
    });
    const { url } = JSON.parse(await sandbox.firstLine) as { url: string };
    return new House(folder, postgres, sandbox, url);
  }

  /** A fresh, migrated database. */
  async database(): Promise<string> {
    const name = `trials_${++this.#databases}`;
    await this.postgres.createDatabase(name, TEMPLATE);
    return name;
  }

  async stop(): Promise<void> {
    this.#sandbox.child.kill('SIGKILL');
    await this.postgres.stop();
  }
}
