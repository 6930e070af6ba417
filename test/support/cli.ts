import { execFile } from 'node:child_process';
import { NODE_OPTIONS } from './node.js';

export interface CliAnswer {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs `npm run cli -- <args>` as an operator would, from the built tree. */
export function runCli(args: string[], variables: Record<string, string | undefined>): Promise<CliAnswer> {
  const env = { PATH: process.env['PATH'], ...variables };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...NODE_OPTIONS, 'dist/cli.js', ...args],
      { env },
      (error, stdout, stderr) => {
        resolve({ exitCode: error ? Number(error.code ?? 1) : 0, stdout, stderr });
      },
    );
  });
}
