import { rm } from 'node:fs/promises';
import { stopEmbeddedServers } from '../../dist/platform/postgres/embedded-postgres.js';

export default async function globalTeardown() {
  await globalThis.stopSandbox();
  await stopEmbeddedServers();
  await rm(process.env.TEST_FOLDER, { recursive: true, force: true });
}
