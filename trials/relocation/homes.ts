import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Pool } from 'pg';
import { Application } from '../world/application.ts';
import { GatewayAccount } from '../world/gateway-account.ts';
import type { House } from '../world/house.ts';
import { Postgres } from '../world/postgres.ts';

/** Where payment data can live: in the application's own database, or on a server apart. */
export type Place = 'shared' | 'apart';
const DATABASES: Record<Place, string> = { shared: 'tokenkeep', apart: 'vault' };
const OTHER: Record<Place, Place> = { shared: 'apart', apart: 'shared' };

/** What a run of `db relocate` said, and when it ended. */
export interface Run {
  exitCode: number | null;
  output: string;
  seconds: number;
}

/** Two servers with their roles, as `db setup` makes them, and two processes of the application that follow the home. */
export class Homes {
  readonly applications: Application[] = [];
  readonly account: GatewayAccount;
  home: Place = 'shared';
  readonly #dist: string;
  readonly #servers: Record<Place, Postgres>;
  readonly #pools: Record<Place, Pool>;
  readonly #environment: Record<string, string>;

  private constructor(dist: string, house: House, servers: Record<Place, Postgres>) {
    this.#dist = dist;
    this.#servers = servers;
    this.#pools = {
      shared: servers.shared.pool(DATABASES.shared),
      apart: servers.apart.pool(DATABASES.apart),
    };
    this.account = new GatewayAccount(house.gatewayAddress);
    this.#environment = {
      NODE_ENV: 'test',
      LOG_LEVEL: 'warn',
      DATA_FOLDER: house.folder,
      MIGRATE_ON_START: 'off',
      SANDBOX_PORT: 'off',
      STRIPE_API_BASE: this.account.address,
      // All of the traffic comes from one person at one address, and is sent again when it is refused.
      RATE_LIMIT_PER_ADDRESS: '1000000',
      RATE_LIMIT_PER_PERSON: '1000000',
      STRIPE_SECRET_KEY: this.account.secretKey,
      STRIPE_PUBLISHABLE_KEY: this.account.publishableKey,
      STRIPE_WEBHOOK_SECRETS: `whsec_${randomBytes(12).toString('hex')}`,
      PAYMENTS_AUDIT_ANCHORS: join(house.folder, `anchors-${servers.shared.port}`),
    };
  }

  static async build(dist: string, house: House, name: string): Promise<Homes> {
    const server = (place: Place) =>
      Postgres.create(join(house.folder, `${name}-${place}`), { durable: true });
    const homes = new Homes(dist, house, { shared: await server('shared'), apart: await server('apart') });
    for (const place of ['shared', 'apart'] as const)
      await homes.cli(
        [
          'db',
          'setup',
          '--database',
          DATABASES[place],
          '--for',
          place === 'shared' ? 'both' : 'payments',
          '--admin-url',
          homes.urlOf(place, 'postgres', 'postgres'),
        ],
        {},
      );
    await homes.cli(['db', 'init'], { MIGRATE_ON_START: 'on' });
    for (let count = 0; count < 2; count++)
      homes.applications.push(await Application.start(dist, homes.settings()));
    const [{ url }] = homes.applications as [Application];
    await homes.account.addEndpoint(
      `${url}/v1/webhooks/stripe`,
      homes.#environment['STRIPE_WEBHOOK_SECRETS']!,
    );
    return homes;
  }

  /** One statement past every role. */
  async rows<T extends object>(place: Place, sql: string, parameters: unknown[] = []): Promise<T[]> {
    return (await this.#pools[place].query<T>(sql, parameters)).rows;
  }

  /** Moves the home to the other place; killed as soon as it says that `killedAfter` is done. */
  async relocate(killedAfter?: string): Promise<Run> {
    const begun = Date.now();
    const to = OTHER[this.home];
    const child = spawn(
      process.execPath,
      [...process.execArgv, join(this.#dist, 'cli.js'), 'db', 'relocate'],
      {
        env: {
          ...this.settings(),
          RELOCATE_TO_URL: this.urlOf(to, 'tokenkeep_payments_migrator'),
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => {
        output += text.toString();
        if (killedAfter && output.includes(` ${killedAfter}\n`)) child.kill('SIGKILL');
      });
    const [exitCode] = (await once(child, 'close')) as [number | null];
    if (exitCode === 0) this.home = to;
    return { exitCode, output, seconds: (Date.now() - begun) / 1_000 };
  }

  /** @throws Error with what the command said, when it fails */
  async cli(args: string[], different: Record<string, string> = {}): Promise<string> {
    const env = { ...this.settings(), ...different };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...process.execArgv, join(this.#dist, 'cli.js'), ...args],
      {
        env,
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    return stdout;
  }

  async stop(): Promise<void> {
    for (const application of this.applications) await application.stop();
    for (const place of ['shared', 'apart'] as const) {
      await this.#pools[place].end().catch(() => undefined);
      await this.#servers[place].stop();
    }
  }

  /** For programs that start now; those that run have followed the home by themselves. */
  private settings(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      ...this.#environment,
      DATABASE_URL: this.urlOf('shared', 'tokenkeep_app'),
      PAYMENTS_DATABASE_URL: this.urlOf(this.home, 'tokenkeep_payments'),
      PAYMENTS_MIGRATION_URL: this.urlOf(this.home, 'tokenkeep_payments_migrator'),
      PAYMENTS_RELOCATION_URL: this.urlOf(OTHER[this.home], 'tokenkeep_payments'),
    };
  }

  private urlOf(place: Place, role: string, database = DATABASES[place]): string {
    return `postgres://${role}:trusted@127.0.0.1:${this.#servers[place].port}/${database}`;
  }
}
