import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A sandbox whose parent was killed is about to end: the next one waits for that. */
const WAITED_MS_MAX = 5_000;
const LOOK_EVERY_MS = 50;

/**
 * Two processes that append to one ledger would each miss what the other wrote. A lock left behind by a killed process
 * is taken over.
 */
export async function lockFolder(folder: string): Promise<() => void> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'sandbox.pid');
  const owner = (): number => (existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0);
  const isTaken = (): boolean => owner() > 0 && isSandbox(owner());
  for (let waitedMs = 0; isTaken() && waitedMs < WAITED_MS_MAX; waitedMs += LOOK_EVERY_MS) {
    await sleep(LOOK_EVERY_MS);
  }
  if (isTaken()) {
    throw new Error(
      `Another sandbox (process ${owner()}) keeps its ledger in ${folder}: end it, or set SANDBOX_DATA to another folder.`,
    );
  }
  writeFileSync(path, String(process.pid));
  return () => rmSync(path, { force: true });
}

function isSandbox(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process is alive as well.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  // Process ids are used again: where the system tells the command, it decides.
  const command = `/proc/${pid}/cmdline`;
  return !existsSync(command) || readFileSync(command, 'utf8').includes('sandbox');
}
