import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { NODE_OPTIONS } from '../support/node.js';

const ROOT = join(import.meta.dirname, '../..');
/** The same for every change, so that a change is judged by itself; `npm run trials` looks where nobody has looked. */
const SEED = 1_971;
/** Real processes are started, killed and started again; a busy machine takes its time. */
const PATIENCE_MS = 400_000;

describe('money is never charged twice, never lost and never guessed', () => {
  it(
    'when processes are killed, answers lost, events shuffled and instances race: a little of every trial',
    async () => {
      const { status, output } = await trials(['--short', '--seed', String(SEED)]);

      expect(output).toContain(`seed ${SEED}`); // printed with what failed, to do it again
      expect({ status, output }).toEqual({ status: 0, output: expect.not.stringContaining('VIOLATION') });
      expect(output).toMatch(/crashes +2 +0/);
      expect(output).toMatch(/crashes, two programs +2 +0/);
    },
    PATIENCE_MS,
  );

  it('and says how it is used, and what it does not know', async () => {
    const help = await trials(['--help']);
    const wrong = await trials(['--only', 'luck']);

    expect(help.status).toBe(0);
    expect(help.output).toContain('--seed N');
    expect(wrong.status).toBe(2);
    expect(wrong.output).toContain("not 'luck'");
  });
});

async function trials(args: string[]): Promise<{ status: number; output: string }> {
  const child = spawn(process.execPath, [...NODE_OPTIONS, 'trials/main.ts', ...args], { cwd: ROOT });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const [status] = (await once(child, 'close')) as [number];
  return { status, output };
}
