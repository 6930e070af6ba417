import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cardNumbersIn } from '../../src/platform/card-data/card-data.js';
import { eventually } from './given.js';
import { NODE_OPTIONS } from './node.js';
import { NO_RATE_LIMITS } from './rate-limits.js';
import type { Tokenkeep } from './tokenkeep.js';

const DIST = join(import.meta.dirname, '../../dist');
/** The first start makes a database cluster, which takes a slow disk some seconds. */
const READY_MS = 25_000;
type Environment = Record<string, string>;

/** One of our programs as an operator runs it: a process of its own. It needs `npm run build`, which `npm test` does. */
export class Program {
  /** All that it wrote, to stdout and stderr. */
  output = '';
  readonly ended: Promise<number | null>;

  private constructor(
    readonly child: ChildProcess,
    readonly url: string,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (text: Buffer) => (this.output += text.toString()));
    this.ended = once(child, 'close').then(([code]) => code as number | null);
    running.add(this);
    started.push(this);
    void this.ended.then(() => running.delete(this));
  }

  /** Starts it in a folder and waits until it is ready; fails with its own words when it ends instead. */
  static async start(
    script: string,
    folder: string,
    environment: Environment,
    port: number,
  ): Promise<Program> {
    const child = spawn(process.execPath, [...NODE_OPTIONS, join(DIST, script)], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...environment },
      detached: true, // a process group of its own, as a terminal gives it
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const program = new Program(child, `http://127.0.0.1:${port}`);
    for (const since = Date.now(); !(await program.isReady());) {
      if (Date.now() > since + READY_MS) throw new Error(`${script} is not ready:\n${program.output}`);
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`${script} ended (${child.exitCode}) instead of becoming ready:\n${program.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return program;
  }

  /** All that it wrote until now: its lines are buffered for a moment, so a request of ours is waited for in them. */
  async written(): Promise<string> {
    const marker = `/written/${randomUUID()}`;
    await fetch(`${this.url}${marker}`);
    return eventually(
      async () => this.output,
      (output) => output.includes(marker),
    );
  }

  /** Sends a signal; 'Ctrl-C' goes to the whole process group, as a terminal sends it. Answers the exit code. */
  async end(how: 'SIGTERM' | 'SIGKILL' | 'Ctrl-C' = 'SIGKILL'): Promise<number | null> {
    const pid = this.child.pid!;
    if (this.child.exitCode === null && this.child.signalCode === null)
      process.kill(how === 'Ctrl-C' ? -pid : pid, how === 'Ctrl-C' ? 'SIGINT' : how);
    return this.ended;
  }

  private async isReady(): Promise<boolean> {
    const answer = await fetch(`${this.url}/health/ready`).catch(() => null);
    return answer?.ok ?? false;
  }
}

const running = new Set<Program>();
const started: Program[] = [];

/** For afterAll: nothing that a test started outlives it, and no card number is in what it wrote. */
export async function endPrograms(): Promise<void> {
  await Promise.all([...running].map((program) => program.end()));
  for (const program of started.splice(0))
    if (cardNumbersIn(program.output, 'refuse').length > 0)
      throw new Error(`A program wrote a card number:\n${program.output}`);
}

/** Runs a program that ends by itself. */
export async function runToEnd(
  script: string,
  argv: string[],
  folder: string,
  environment: Environment,
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...NODE_OPTIONS, join(DIST, script), ...argv],
      { cwd: folder, env: { PATH: process.env['PATH'], ...environment } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

const OF_GATEWAYS = /^(PAYMENT_GATEWAY$|STRIPE_|ADYEN_|BRAINTREE_)/;

/** What a second process needs to work on the database and at the gateway of a running Tokenkeep. */
export function environmentBeside({ database, environment }: Tokenkeep): Environment {
  const ofGateways = Object.entries(environment).filter(([name]) => OF_GATEWAYS.test(name));
  return {
    ...(Object.fromEntries(ofGateways) as Environment),
    NODE_ENV: 'test',
    DATABASE_URL: database.applicationUrl,
    PAYMENTS_DATABASE_URL: database.paymentsUrl,
    DATA_FOLDER: process.env['TEST_FOLDER']!,
    SANDBOX_PORT: 'off',
    MIGRATE_ON_START: 'off',
    ...NO_RATE_LIMITS,
  };
}

/** An empty folder that the embedded PostgreSQL's user may look into, as root it is another one. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenkeep-program-'));
  await chmod(folder, 0o755);
  return folder;
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

/** The processes whose command line holds this text: what somebody would find with ps. */
export async function processesNaming(text: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,args='], { maxBuffer: 10_000_000 });
  return stdout.split('\n').filter((line) => line.includes(text));
}
