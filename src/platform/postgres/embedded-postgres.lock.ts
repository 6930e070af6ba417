import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

/** A first start takes a few seconds; whoever waits this long waits for something that hangs. */
const WAIT_MS = 60_000;

/**
 * Lets one process at a time do the work. SQLite's is the only kernel lock that Node offers: it ends with its holder,
 * however that dies, so there is nothing stale to judge.
 */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    const deadline = Date.now() + WAIT_MS;
    while (!taken(lock)) {
      if (Date.now() > deadline) throw new Error(`Another process has held ${file} for ${WAIT_MS / 1000} s.`);
      await sleep(50);
    }
    return await work();
  } finally {
    lock.close();
  }
}

function taken(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    const SQLITE_BUSY = 5;
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw error;
  }
}
