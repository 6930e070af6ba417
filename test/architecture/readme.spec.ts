import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createEmptyDatabase, dropTestDatabase, type TestDatabase } from '../support/databases.js';
import { eventually } from '../support/given.js';

const ROOT = join(import.meta.dirname, '../..');
const README = join(ROOT, 'README.md');
const STEP = /```sh\n((?:(?!```)[^])*)```\n\n```text\n((?:(?!```)[^])*)```/g;
const BETWEEN_STEPS = '--- next step ---';

/** Ten times what it takes, for a machine that is busy with other tests. */
const STARTED_MS = 30_000;

/** A program that people type; a machine without it cannot try the walk, and need not. */
const itWithCurl = spawnSync('curl', ['--version']).status === 0 ? it : it.skip;

describe('the README', () => {
  const readme = readFileSync(README, 'utf8');
  const walk = readme.slice(readme.indexOf('<!-- The walk:'), readme.indexOf('<!-- End of the walk.'));
  const steps = [...walk.matchAll(STEP)].map(([, commands, output]) => ({
    commands: commands!,
    output: output!,
  }));

  it('names commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm (?:run )?(start|test|[\w:]+)(?= |`|\n)/g)].map(
      ([, name]) => name!,
    );

    expect(named).toEqual(expect.arrayContaining(['start', 'test']));
    expect(named.filter((name) => name !== 'ci' && !(name in scripts))).toEqual([]);
  });

  describe.each(['shared', 'process'] as const)('walk from a token to a paid invoice, %s', (shape) => {
    let database: TestDatabase;
    let programs: ChildProcess[];
    let folder: string;
    let ports: Ports;
    beforeAll(async () => {
      database = await createEmptyDatabase();
      folder = await mkdtemp(join(tmpdir(), 'tokenkeep-readme-'));
      ports = { application: await freePort(), payments: await freePort(), sandbox: await freePort() };
      programs = shape === 'shared' ? [start(database, folder, ports)] : startTwo(database, folder, ports);
      for (const port of [ports.application, ...(shape === 'process' ? [ports.payments] : [])])
        await eventually(
          () => fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => null),
          (answer) => answer?.ok === true,
          STARTED_MS,
        );
    }, 2 * STARTED_MS);
    afterAll(async () => {
      await Promise.all(programs.map((program) => (program.kill('SIGTERM'), once(program, 'exit'))));
      await dropTestDatabase(database);
      await rm(folder, { recursive: true, force: true });
    });

    itWithCurl(
      'prints what it says it prints',
      async () => {
        const script = steps.map(({ commands }) => commands).join(`echo '${BETWEEN_STEPS}'\n`);
        const moved = script
          .replaceAll(':3000', `:${ports.application}`)
          .replaceAll(':4010', `:${ports.sandbox}`);

        const { stdout } = await promisify(execFile)('bash', ['-ec', moved]);

        const printed = stdout
          .replaceAll(`:${ports.application}`, ':3000')
          .replaceAll(`:${ports.sandbox}`, ':4010')
          .replaceAll('\r', '')
          .split(`${BETWEEN_STEPS}\n`);
        if (process.env['UPDATE_DOCS'] === '1' && shape === 'shared')
          writeFileSync(README, withOutputs(readme, printed));
        else expect(printed.map(timeless)).toEqual(steps.map(({ output }) => timeless(output)));
      },
      60_000,
    );
  });
});

interface Ports {
  application: number;
  payments: number;
  sandbox: number;
}

/** The built application, as `npm start` runs it, on other ports. */
function start({ applicationUrl, paymentsUrl }: TestDatabase, folder: string, ports: Ports): ChildProcess {
  return run('main.js', {
    PORT: String(ports.application),
    DATABASE_URL: applicationUrl,
    DATA_FOLDER: folder,
    ...besideGateway(paymentsUrl, ports),
  });
}

/** The same as `npm run start:payments` and `PAYMENTS_URL=... npm start` run it. */
function startTwo(
  { applicationUrl, paymentsUrl }: TestDatabase,
  folder: string,
  ports: Ports,
): ChildProcess[] {
  const origin = (port: number) => `http://127.0.0.1:${port}`;
  return [
    run('payments.main.js', {
      PAYMENTS_PORT: String(ports.payments),
      DATA_FOLDER: folder,
      PAYMENTS_EVENTS_URL: `${origin(ports.application)}/link/v1/events`,
      ...besideGateway(paymentsUrl, ports),
    }),
    run('main.js', {
      PORT: String(ports.application),
      DATABASE_URL: applicationUrl,
      DATA_FOLDER: folder,
      PAYMENTS_URL: origin(ports.payments),
    }),
  ];
}

function besideGateway(paymentsUrl: string, ports: Ports): Record<string, string> {
  return {
    SANDBOX_PORT: String(ports.sandbox),
    RETURN_URL_ORIGINS: `http://127.0.0.1:${ports.application}`,
    PAYMENTS_DATABASE_URL: paymentsUrl,
  };
}

function run(program: string, environment: Record<string, string>): ChildProcess {
  // NODE_ENV: the database need not be made the home by hand
  const env = { PATH: process.env['PATH'], NODE_ENV: 'test', LOG_LEVEL: 'warn', ...environment };
  return spawn(process.execPath, [`dist/${program}`], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** What differs from run to run: ids, times, and the expiry of the sandbox's test card. */
function timeless(output: string): string {
  return output
    .replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, '<id>')
    .replace(/cs_test_\w+/g, '<session>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/expiry(Month|Year): \d+/g, 'expiry$1: <number>');
}

function withOutputs(readme: string, printed: string[]): string {
  const outputs = [...printed];
  return readme.replace(
    STEP,
    (_, commands: string) => `\`\`\`sh\n${commands}\`\`\`\n\n\`\`\`text\n${outputs.shift() ?? ''}\`\`\``,
  );
}
