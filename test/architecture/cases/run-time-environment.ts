/** What code in a started program finds of its environment; it runs in the process itself. */
export interface EnvironmentCase {
  way: string;
  /** An expression in JavaScript, evaluated in the running program. */
  look: string;
  stoppedBy: string;
}

const TAKEN = 'secrets leave process.env as they are read';

export const environment: EnvironmentCase[] = [
  { way: 'process.env', look: `process.env`, stoppedBy: TAKEN },
  { way: 'a copy of process.env', look: `structuredClone({ ...process.env })`, stoppedBy: TAKEN },
  {
    way: "the diagnostic report, which lists the process's environment",
    look: `process.report.getReport().environmentVariables`,
    stoppedBy: TAKEN,
  },
  {
    way: 'the environment of a child process',
    look: `(await import('node:child_process')).execFileSync('/usr/bin/env').toString()`,
    stoppedBy: TAKEN,
  },
  {
    way: 'the environment of a worker thread',
    look: `await new Promise(async (resolve) => {
      const { Worker } = await import('node:worker_threads');
      new Worker('require("node:worker_threads").parentPort.postMessage({ ...process.env })', { eval: true }).on('message', resolve);
    })`,
    stoppedBy: TAKEN,
  },
  {
    way: '.env, read and parsed again',
    look: `(await import('node:util')).parseEnv((await import('node:fs')).readFileSync('.env', 'utf8'))`,
    stoppedBy: "payments' secrets are refused in .env; they have a file of their own",
  },
  {
    way: '.env, loaded into process.env again',
    look: `(process.loadEnvFile('.env'), { ...process.env })`,
    stoppedBy: "payments' secrets are refused in .env; they have a file of their own",
  },
  {
    way: 'what ps shows of the command line',
    look: `process.argv.concat(process.execArgv)`,
    stoppedBy: 'secrets are no arguments',
  },
];

/** What is left in the same process, and to what. Each is tried too, and found open, so that nobody trusts it further. */
export interface RunTimeGap {
  way: string;
  look: string;
  leftTo: string;
}

export const environmentGaps: RunTimeGap[] = [
  {
    way: 'the environment that the process was started with, as Linux keeps it, where a secret was given by the environment',
    look: `(await import('node:fs')).readFileSync('/proc/self/environ', 'utf8')`,
    leftTo: 'secrets given as files; a process of its own',
  },
  {
    way: 'a heap snapshot of the process',
    look: `await (async () => {
      let text = '';
      for await (const part of (await import('node:v8')).getHeapSnapshot()) text += part;
      return text;
    })()`,
    leftTo: 'lint, which refuses the builtins for it; a process of its own',
  },
  {
    way: 'the file that payments keep their secrets in',
    look: `(await import('node:fs')).readFileSync('.env.payments', 'utf8')`,
    leftTo: 'lint, which refuses neighbours the builtins that read files; a process of its own',
  },
];

/** Runs in the program before everything else, and looks round when it is asked to. */
export const SPY = `
  import { readFileSync, writeFileSync } from 'node:fs';
  process.on('SIGUSR2', async () => {
    const AsyncFunction = (async () => {}).constructor;
    const answers = [];
    for (const look of JSON.parse(readFileSync('looks.json', 'utf8')))
      answers.push(await new AsyncFunction('return (' + look + ')')().then((it) => typeof it === 'string' ? it : String(JSON.stringify(it))).catch(String));
    writeFileSync('answers.tmp', JSON.stringify(answers));
    (await import('node:fs')).renameSync('answers.tmp', 'answers.json');
  });`;
