import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A development server that takes longer is not going to come up. */
const READY_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 5_000;

export interface Companion {
  /** What the program said of itself in its first line. */
  ready: unknown;
  stop: () => Promise<void>;
}

/**
 * Starts a program of ours beside this one and waits for its first line, which says that it is ready. It ends itself
 * when its stdin closes, so nothing is left behind however this process ends; being in its own process group, it does not
 * hear the Ctrl-C that makes us finish our requests first.
 */
export async function startCompanion(
  script: string,
  environment: Record<string, string>,
): Promise<Companion> {
  const child = spawn(process.execPath, [script], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const exited = once(child, 'exit');
  const ready = once(createInterface(child.stdout), 'line');
  const late = new Promise<never>((_, reject) => {
    setTimeout(
      () => reject(new Error(`${script} was not ready in ${READY_TIMEOUT_MS} ms`)),
      READY_TIMEOUT_MS,
    ).unref();
  });
  const line = await Promise.race([ready.then(([first]) => String(first)), exited.then(() => null), late]);
  if (line === null) throw new Error(`${script} ended at once; its own message is above`);
  child.stdout.resume();
  child.unref();

  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  };
  return { ready: JSON.parse(line) as unknown, stop };
}
