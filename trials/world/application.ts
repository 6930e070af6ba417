import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgramName } from './points.ts';
import { freePort, type Program, startProgram } from './processes.ts';

const READY_MS = 30_000;
const LAST_WORDS = 12;

/** The programs, by the file that starts them and the setting that says where they listen. */
const PROGRAMS = {
  application: { file: 'main.js', port: 'PORT' },
  payments: { file: 'payments.main.js', port: 'PAYMENTS_PORT' },
} as const satisfies Record<ProgramName, object>;

/** A real program, as a process that can be killed and started again at the same address. */
export class Application {
  readonly url: string;
  readonly name: ProgramName;
  readonly #dist: string;
  /** What it is started with from now on. */
  environment: Record<string, string>;
  readonly #port: Record<string, string>;
  #program: Program | undefined;
  #isBeingKilled = false;
  /** Ends that nobody asked for, with its last words. */
  readonly deaths: string[] = [];
  readonly #errors: string[][] = [];

  private constructor(name: ProgramName, dist: string, environment: Record<string, string>, port: number) {
    this.name = name;
    this.#dist = dist;
    this.environment = environment;
    this.#port = { [PROGRAMS[name].port]: String(port) };
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(
    dist: string,
    environment: Record<string, string>,
    name: ProgramName = 'application',
  ): Promise<Application> {
    const application = new Application(name, dist, environment, await freePort());
    await application.start();
    return application;
  }

  /** `different`: settings of this start alone. */
  async start(different: Record<string, string> = {}): Promise<void> {
    const env = { PATH: process.env['PATH'], ...this.environment, ...this.#port, ...different };
    const program = startProgram(
      process.execPath,
      [...process.execArgv, '--enable-source-maps', join(this.#dist, PROGRAMS[this.name].file)],
      { env },
    );
    this.#program = program;
    this.#errors.push(program.errors);
    this.#isBeingKilled = false;
    void program.exited.then(() => {
      if (!this.#isBeingKilled) this.deaths.push(program.lines.slice(-LAST_WORDS).join('\n    '));
    });
    for (const end = Date.now() + READY_MS; ; await sleep(15)) {
      const isReady = await fetch(`${this.url}/health/live`).then(
        async (answer) => (await answer.arrayBuffer(), answer.ok),
        () => false,
      );
      if (isReady) return;
      if (program.child.exitCode !== null || program.child.signalCode !== null || Date.now() > end)
        throw new Error(`${this.name} does not start:\n${program.lines.join('\n')}`);
    }
  }

  /** As a service manager stops it: what is under way ends first. */
  async end(): Promise<void> {
    this.#isBeingKilled = true;
    this.#program!.child.kill('SIGTERM');
    await this.#program!.exited;
  }

  /** As if the power of this one machine had gone. */
  async kill(): Promise<void> {
    this.#isBeingKilled = true;
    this.#program!.child.kill('SIGKILL');
    await this.#program!.exited;
  }

  /** What it logged about a request that it could not answer; its lines are written in batches, so ask a while later. */
  errorOf(requestId: string): string | undefined {
    return this.#errors.flat().find((line) => line.includes(requestId));
  }

  get isRunning(): boolean {
    const child = this.#program?.child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  async stop(): Promise<void> {
    if (!this.isRunning) return;
    await this.kill();
  }
}
