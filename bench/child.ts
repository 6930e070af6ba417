import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_MS = 60_000;

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** A server that runs as its own process. */
export interface Child {
  pid: number;
  url: string;
  stop(): Promise<void>;
}

export interface HowToStart {
  readyPath: string;
  folder: string;
  /** A free one unless given. */
  port?: number;
  portVariable?: string;
}

/** The heap that the image gives to every program. */
const HEAP = /^ENV NODE_OPTIONS="(.*)"$/m.exec(readFileSync('Dockerfile', 'utf8'))![1];

/** Starts a script on a free port and waits until it answers. Its output goes to a file, as a deployment's would. */
export async function startChild(
  name: string,
  args: string[],
  environment: Record<string, string>,
  { readyPath, folder, port: wanted, portVariable = 'PORT' }: HowToStart,
): Promise<Child> {
  mkdirSync(folder, { recursive: true });
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, 'a');
  const port = wanted ?? (await freePort());
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], NODE_OPTIONS: HEAP, ...environment, [portVariable]: String(port) },
    stdio: ['ignore', log, log],
  });
  const exited = once(child, 'exit');
  running.add(child);
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + READY_MS; !(await answers(url + readyPath)); await sleep(50))
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`${name} does not start, see ${logFile}`);

  const stop = async () => {
    child.kill('SIGTERM');
    const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(impatience);
    running.delete(child);
  };
  return { pid: child.pid!, url, stop };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (answer) => answer.ok,
    () => false,
  );
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
