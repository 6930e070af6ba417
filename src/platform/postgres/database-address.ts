import { join } from 'node:path';
import type { PlatformConfig } from '../platform.config.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';

/** The URL to connect to: as configured, or of our own PostgreSQL in the data folder, which this starts or joins. */
export async function databaseAddress(
  config: PlatformConfig,
  wanted: { url: string; server: string; role: string; port?: number },
): Promise<string> {
  if (wanted.url !== 'embedded') return wanted.url;
  const server = await startEmbeddedPostgres({
    folder: join(config.DATA_FOLDER, wanted.server),
    port: wanted.port,
  });
  return server.urlFor(wanted.role);
}
