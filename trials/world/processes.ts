import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

const started = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});

/** What a process said last, for whoever has to explain why it failed. */
export interface Program {
  child: ChildProcess;
  exited: Promise<unknown>;
  /** The last lines of both its outputs. */
  lines: string[];
  /** What it logged as an error, all of it. */
  errors: string[];
  firstLine: Promise<string>;
}

const LINES_KEPT = 200;
/** As pino writes it. */
const IS_ERROR = /"level":(50|60|"error"|"fatal")/;

/** Starts a program that ends with this one, whatever happens. */
export function startProgram(
  command: string,
  args: string[],
  how: { env: Record<string, string | undefined>; uid?: number; gid?: number; cwd?: string },
): Program {
  const child = spawn(command, args, { ...how, stdio: ['pipe', 'pipe', 'pipe'] });
  started.add(child);
  const exited = once(child, 'exit').finally(() => started.delete(child));
  exited.catch(() => undefined);
  const lines: string[] = [];
  const errors: string[] = [];
  const keep = (line: string) => {
    if (IS_ERROR.test(line)) errors.push(line);
    lines.push(line);
    if (lines.length > LINES_KEPT) lines.shift();
  };
  const output = createInterface(child.stdout).on('line', keep);
  createInterface(child.stderr).on('line', keep);
  const firstLine = Promise.race([
    once(output, 'line').then(([line]) => String(line)),
    exited.then(() => Promise.reject(new Error(`${args[0]} ended at once:\n${lines.join('\n')}`))),
  ]);
  firstLine.catch(() => undefined);
  return { child, exited, lines, errors, firstLine };
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
