import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Pool } from 'pg';
import type { Place } from '../relocation/homes.ts';
import { Application } from '../world/application.ts';
import { GatewayAccount } from '../world/gateway-account.ts';
import type { House } from '../world/house.ts';
import { Postgres } from '../world/postgres.ts';

export type Settings = Record<string, string>;

const DATABASES: Record<Place, string> = { shared: 'tokenkeep', apart: 'payments' };
const INSTANCES = 2;

/** What an operator has: two servers, some instances of the application, and an environment that they change by hand. */
export class Estate {
  readonly applications: Application[] = [];
  readonly account: GatewayAccount;
  /** Where the payment data are, for the judge. */
  home: Place = 'shared';
  payments: Application | null = null;
  /** What the application is started with from now on. */
  settings: Settings = {};
  readonly folder: string;
  readonly #dist: string;
  readonly #servers: Record<Place, Postgres>;
  readonly #pools: Record<Place, Pool>;

  private constructor(dist: string, house: House, folder: string, servers: Record<Place, Postgres>) {
    this.#dist = dist;
    this.folder = folder;
    this.#servers = servers;
    this.#pools = {
      shared: servers.shared.pool(DATABASES.shared),
      apart: servers.apart.pool(DATABASES.apart),
    };
    this.account = new GatewayAccount(house.gatewayAddress);
  }

  /** A school that runs the first shape: one server with two logins, and two instances. */
  static async build(dist: string, house: House): Promise<Estate> {
    const folder = join(house.folder, 'extraction');
    await mkdir(folder);
    const server = (place: Place) => Postgres.create(join(folder, place), { durable: true });
    const estate = new Estate(dist, house, folder, {
      shared: await server('shared'),
      apart: await server('apart'),
    });
    const { account } = estate;
    const secret = `whsec_${randomBytes(24).toString('base64')}`;
    estate.settings = {
      NODE_ENV: 'test',
      LOG_LEVEL: 'warn',
      DATA_FOLDER: folder,
      SANDBOX_PORT: 'off',
      RATE_LIMIT_PER_ADDRESS: '1000000',
      RATE_LIMIT_PER_PERSON: '1000000',
      STRIPE_API_BASE: account.address,
      STRIPE_SECRET_KEY: account.secretKey,
      STRIPE_PUBLISHABLE_KEY: account.publishableKey,
      STRIPE_WEBHOOK_SECRETS: secret,
      PAYMENTS_TOKEN_KEYS: `first:${randomBytes(32).toString('base64')}`,
      PAYMENTS_AUDIT_ANCHORS: join(folder, 'anchors'),
    };
    const admin = ['--admin-url', estate.adminUrl('shared'), '--database', DATABASES.shared];
    Object.assign(estate.settings, settingsIn(await estate.cli(['db', 'setup', ...admin])));
    await estate.cli(['db', 'init']);
    for (let left = INSTANCES; left > 0; left--)
      estate.applications.push(await Application.start(dist, estate.settings));
    await account.addEndpoint(`${estate.applications[0]!.url}/v1/webhooks/stripe`, secret);
    return estate;
  }

  adminUrl(place: Place): string {
    return `postgres://postgres:trusted@127.0.0.1:${this.#servers[place].port}/postgres`;
  }

  /** One statement past every role. */
  async rows<T extends object>(place: Place, sql: string, parameters: unknown[] = []): Promise<T[]> {
    return (await this.#pools[place].query<T>(sql, parameters)).rows;
  }

  /** `npm run cli -- ...`, or with `settings` of payments alone `npm run cli:payments -- ...`. @throws with its words */
  async cli(args: string[], more: Settings = {}, settings = this.settings): Promise<string> {
    const alone = settings['PAYMENTS_LINK_PUBLIC_KEYS'] ? ['--alone'] : [];
    const command = [...process.execArgv, join(this.#dist, 'cli.js'), ...alone, ...args];
    const env = { PATH: process.env['PATH'], ...settings, ...more };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { env });
    return stdout + stderr;
  }

  /** One instance after the other, each stopped as a service manager stops it. */
  async restartOneByOne(): Promise<void> {
    for (const application of this.applications) {
      await application.end();
      application.environment = this.settings;
      await application.start();
    }
  }

  async startPayments(settings: Settings): Promise<void> {
    this.payments ??= await Application.start(this.#dist, settings, 'payments');
    if (this.payments.environment === settings && this.payments.isRunning) return;
    await this.payments.end();
    this.payments.environment = settings;
    await this.payments.start();
  }

  async stop(): Promise<void> {
    for (const application of [...this.applications, this.payments]) await application?.stop();
    for (const place of ['shared', 'apart'] as const) {
      await this.#pools[place].end().catch(() => undefined);
      await this.#servers[place].stop();
    }
  }
}

/** What a command printed to be put into an environment. */
export function settingsIn(printed: string): Settings {
  return Object.fromEntries(
    [...printed.matchAll(/^([A-Z_]+)=(\S+)$/gm)].map(([, name, value]) => [name!, value!]),
  );
}
