import { Application } from './application.ts';
import { GatewayProxy } from './gateway-proxy.ts';
import { Points } from './points.ts';
import { PostgresProxy } from './postgres-proxy.ts';

/** Payments in the application, or in a program of their own beside it. */
export type Shape = 'shared' | 'process';

/** The application and its payments between proxies of their own. */
export interface Instance {
  application: Application;
  /** The program that payments run in: the application itself, or the one beside it. */
  payments: Application;
  points: Points;
  gateway: GatewayProxy;
  /** Payments' way to their database, and in one program the application's, too. */
  database: PostgresProxy | null;
  stop: () => Promise<void>;
}

/** Where an instance is put. */
export interface Place {
  dist: string;
  gatewayAddress: string;
  /** The setting that says where it is. */
  gatewayBase: string;
  postgresPort: number;
  /** The databases, through a port. */
  urls: (port: number) => { DATABASE_URL: string; PAYMENTS_DATABASE_URL: string };
  /** Without it statements are neither seen nor stopped, which is faster. */
  watchesDatabase: boolean;
  /** What both programs are told. */
  common: Record<string, string>;
  /** What only payments are told. */
  gatewaySettings: Record<string, string>;
}

export function startInstance(shape: Shape, place: Place): Promise<Instance> {
  return shape === 'process' ? startTwoPrograms(place) : startOneProgram(place);
}

/** The programs of an instance: one or two, payments first. */
export function programsOf({ application, payments }: Instance): Application[] {
  return application === payments ? [application] : [payments, application];
}

async function startOneProgram({ dist, common, gatewaySettings, ...place }: Place): Promise<Instance> {
  const points = new Points();
  const of = 'application';
  const gateway = await GatewayProxy.start(place.gatewayAddress, points, { side: 'gateway', of });
  const database = place.watchesDatabase ? await PostgresProxy.start(place.postgresPort, points, of) : null;
  const application = await Application.start(dist, {
    ...common,
    ...gatewaySettings,
    [place.gatewayBase]: gateway.address,
    ...place.urls(database?.port ?? place.postgresPort),
  });
  return {
    application,
    payments: application,
    points,
    gateway,
    database,
    stop: async () => {
      await application.stop();
      await gateway.stop();
      await database?.stop();
    },
  };
}

/** Somebody who answers later. */
const NOBODY = 'http://127.0.0.1:1';

/** What they say to each other passes proxies, too, and each sees its own half of the data alone. */
async function startTwoPrograms({ dist, common, gatewaySettings, ...place }: Place): Promise<Instance> {
  const points = new Points();
  const watched = (of: 'application' | 'payments') =>
    place.watchesDatabase ? PostgresProxy.start(place.postgresPort, points, of) : Promise.resolve(null);
  const gateway = await GatewayProxy.start(place.gatewayAddress, points, { side: 'gateway', of: 'payments' });
  const link = await GatewayProxy.start(NOBODY, points, { side: 'link', of: 'application' });
  const events = await GatewayProxy.start(NOBODY, points, { side: 'events', of: 'payments' });
  const [database, applicationDatabase] = [await watched('payments'), await watched('application')];
  const urls = (proxy: PostgresProxy | null) => place.urls(proxy?.port ?? place.postgresPort);
  const { PAYMENTS_DATABASE_URL } = urls(database);
  const { DATABASE_URL } = urls(applicationDatabase);

  // Both want the other's address: payments' is known first, the application's stands behind the proxy.
  const payments = await Application.start(
    dist,
    {
      ...common,
      ...gatewaySettings,
      [place.gatewayBase]: gateway.address,
      PAYMENTS_DATABASE_URL,
      PAYMENTS_EVENTS_URL: `${events.address}/link/v1/events`,
    },
    'payments',
  );
  link.target = new URL(payments.url);
  // A breaker would make trials wait for what they have just started again.
  const own = { DATABASE_URL, PAYMENTS_URL: link.address, PAYMENTS_LINK_BREAKER: 'off' };
  const application = await Application.start(dist, { ...common, ...own });
  events.target = new URL(application.url);
  return {
    application,
    payments,
    points,
    gateway,
    database,
    stop: async () => {
      for (const program of [application, payments]) await program.stop();
      for (const proxy of [gateway, link, events]) await proxy.stop();
      for (const proxy of [database, applicationDatabase]) await proxy?.stop();
    },
  };
}
