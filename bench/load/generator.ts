import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Job, Result } from './job.js';

/** The load generator, as the bench sees it: one job at a time. */
export interface Generator {
  run(job: Job): Promise<Result>;
  stop(): void;
}

export function startGenerator(): Generator {
  const child = fork(fileURLToPath(new URL('./main.js', import.meta.url)), { execArgv: [] });
  process.once('exit', () => child.kill('SIGKILL'));
  return {
    run: async (job) => {
      child.send(job);
      const [result] = (await once(child, 'message')) as [Result];
      const [refusal] = Object.entries(result.refused);
      if (refusal) throw new Error(`${refusal[1]} times the answer was: ${refusal[0]}`);
      return result;
    },
    stop: () => child.kill(),
  };
}
