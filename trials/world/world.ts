import type { Pool } from 'pg';
import type { TrialGateway } from '../gateways/gateway.ts';
import { STRIPE } from '../gateways/stripe.ts';
import type { Application } from './application.ts';
import { GatewayAccount, type Json } from './gateway-account.ts';
import type { House } from './house.ts';
import { type Instance, programsOf, type Shape, startInstance } from './instance.ts';
import { Person } from './person.ts';
import type { Points } from './points.ts';
import { WebhookRelay } from './webhook-relay.ts';

export interface WorldOptions {
  dist: string;
  /** Payments in the application, unless said otherwise. */
  shape?: Shape;
  /** Stripe, unless said otherwise. */
  gateway?: TrialGateway;
  /** How many processes of the application share the database and the gateway's account. */
  instances?: number;
  /** Without the proxy statements are neither seen nor stopped, which is faster. */
  watchesDatabase?: boolean;
  environment?: Record<string, string>;
}

/** A running Tokenkeep whose every neighbour stands behind a proxy of ours: nothing in the product knows of trials. */
export class World {
  readonly instances: Instance[] = [];
  readonly house: House;
  readonly databaseName: string;
  readonly #sql: Pool;
  readonly account: GatewayAccount;
  readonly relay: WebhookRelay;
  /** Events whose news bears no id of theirs, and which the gateway has sent once more. */
  readonly sentAgain = new Set<string>();

  private constructor(
    house: House,
    databaseName: string,
    sql: Pool,
    relay: WebhookRelay,
    gateway: TrialGateway,
  ) {
    this.house = house;
    this.databaseName = databaseName;
    this.#sql = sql;
    this.relay = relay;
    this.account = new GatewayAccount(house.gatewayAddress, gateway);
  }

  static async create(house: House, options: WorldOptions): Promise<World> {
    const database = await house.database();
    const { gateway = STRIPE } = options;
    const relay = await WebhookRelay.start(gateway);
    const world = new World(house, database, house.postgres.pool(database), relay, gateway);
    for (let count = options.instances ?? 1; count > 0; count--) await world.addInstance(options);
    relay.target = world.payments.url;
    await world.account.addEndpoint(relay.address, relay.secret);
    return world;
  }

  /** Whose account it has. */
  get gateway(): TrialGateway {
    return this.account.gateway;
  }

  get first(): Instance {
    return this.instances[0]!;
  }

  get application(): Application {
    return this.first.application;
  }

  /** The program that payments run in, which may be the application. */
  get payments(): Application {
    return this.first.payments;
  }

  /** Every program of this world. */
  get programs(): Application[] {
    return this.instances.flatMap(programsOf);
  }

  get points(): Points {
    return this.first.points;
  }

  /** Whatever does not run. */
  async startAgain(): Promise<void> {
    for (const program of this.programs) if (!program.isRunning) await program.start();
  }

  person(role: string, subject?: string): Promise<Person> {
    return Person.signIn(this.application.url, role, subject);
  }

  async rows<T extends object = Json>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    return (await this.#sql.query<T>(sql, parameters)).rows;
  }

  async stop(): Promise<void> {
    for (const instance of this.instances) await instance.stop();
    await this.relay.stop();
    await this.#sql.end().catch(() => undefined);
    await this.house.postgres.dropDatabase(this.databaseName).catch(() => undefined);
  }

  private async addInstance({
    dist,
    shape = 'shared',
    watchesDatabase = false,
    environment,
  }: WorldOptions): Promise<void> {
    const { postgres, folder, gatewayAddress } = this.house;
    const instance = await startInstance(shape, {
      dist,
      gatewayAddress,
      postgresPort: postgres.port,
      watchesDatabase,
      gatewayBase: this.gateway.base,
      urls: (port) => postgres.urls(this.databaseName, port),
      common: {
        NODE_ENV: 'test',
        LOG_LEVEL: 'warn',
        DATA_FOLDER: folder,
        MIGRATE_ON_START: 'off',
        // Some few callers send what a whole school would.
        RATE_LIMIT_PER_ADDRESS: '1000000',
        RATE_LIMIT_PER_PERSON: '1000000',
        RATE_LIMIT_PER_SERVICE: '1000000',
        SANDBOX_PORT: 'off',
        ...environment,
      },
      gatewaySettings: {
        ...this.gateway.settings(this.account, this.relay.secret),
        // Short, so that an unanswered call is unknown soon; what follows from it is the same after 2 s as after 20.
        GATEWAY_TIMEOUT_MS: '1000',
        GATEWAY_BREAKER: 'off',
      },
    });
    this.instances.push(instance);
  }
}
