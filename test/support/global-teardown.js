import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cardNumbersIn } from '../../dist/platform/card-data/card-data.js';
import { stopEmbeddedServers } from '../../dist/platform/postgres/embedded-postgres.js';

/** The numbers that tests send everywhere, to see where they end up. */
const CANARIES = ['4242424242424242', '4000056655665556', '5555555555554444', '378282246310005'].map((it) =>
  Buffer.from(it),
);
const CHUNK_BYTES = 8 * 1024 * 1024;

export default async function globalTeardown() {
  if (!globalThis.stopSandbox) return; // another shape has done it
  const { stopSandbox } = globalThis;
  globalThis.stopSandbox = undefined;
  await stopSandbox();
  await stopEmbeddedServers();
  const folders = [process.env.TEST_POSTGRES_FOLDER, process.env.TEST_PAYMENTS_POSTGRES_FOLDER].filter(
    Boolean,
  );
  const found = (await Promise.all(folders.map(filesWithCanaries))).flat();
  await rm(process.env.TEST_FOLDER, { recursive: true, force: true });
  if (found.length > 0)
    throw new Error(`Card numbers of the tests are in these files of PostgreSQL:\n${found.join('\n')}`);
}

/** Tables, indexes, the write-ahead log and what is left of dropped databases: what a copy of the disk would hold. */
async function filesWithCanaries(folder) {
  const found = [];
  const buffer = Buffer.alloc(CHUNK_BYTES); // one for the thousands of small files
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if (await holdsCanary(path, buffer, entry.name.endsWith('.log'))) found.push(path);
  }
  return found;
}

async function holdsCanary(path, buffer, isText) {
  const file = await open(path);
  try {
    let kept = 0; // so that a number across two chunks is found
    for (;;) {
      const { bytesRead } = await file.read(buffer, kept, CHUNK_BYTES - kept);
      const chunk = buffer.subarray(0, kept + bytesRead);
      if (CANARIES.some((canary) => chunk.includes(canary))) return true;
      if (isText && cardNumbersIn(chunk.toString('latin1'), 'refuse').length > 0) return true;
      if (bytesRead === 0) return false;
      kept = Math.min(chunk.length, 32);
      chunk.copy(buffer, 0, chunk.length - kept);
    }
  } finally {
    await file.close();
  }
}
