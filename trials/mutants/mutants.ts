import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Finding, Part, PartOptions, PartResult } from '../trial.ts';
import { MUTANTS } from './list.ts';
import { build, type Mutant } from './mutant.ts';

export interface Caught {
  mutant: Mutant;
  /** Null: by nobody. */
  by: Finding | null;
  tried: string[];
}

/** The judge on trial: each mutant must be caught by a part, within its bounded number of trials. */
export function mutants(parts: Record<string, Part>): Part {
  return async (options) => {
    const chosen = MUTANTS.filter(({ name }) => options.only?.test(name) ?? true);
    const all: Caught[] = [];
    for (const mutant of chosen) {
      const caught = await tryMutant(mutant, parts, options);
      all.push(caught);
      console.log(line(caught));
      options.progress(all.length, chosen.length, all.filter(({ by }) => !by).length);
    }
    const escaped = all.filter(({ by }) => by === null);
    const findings = escaped.map(({ mutant, tried }) => ({
      part: 'mutants',
      trial: mutant.name,
      seed: options.seed,
      replay: `npm run trials -- --only mutants --match '^${mutant.name}$' --seed ${options.seed}`,
      wrong: [`nobody noticed that it ${mutant.does}; tried: ${tried.join(', ')}`],
    }));
    return {
      part: 'mutants',
      trials: all.length,
      findings,
      notes: [`${all.length - escaped.length} caught`],
    };
  };
}

async function tryMutant(mutant: Mutant, parts: Record<string, Part>, options: PartOptions): Promise<Caught> {
  const dist = await build(mutant, options.dist);
  const tried: string[] = [];
  try {
    for (const { part, match, count } of mutant.tries) {
      const how = {
        ...options,
        count,
        dist,
        only: match,
        sql: mutant.sql,
        stopsAtFirst: true,
        progress: () => undefined,
      };
      const result: PartResult = await parts[part]!(how);
      tried.push(`${part}: ${result.trials}`);
      if (result.findings.length > 0) return { mutant, by: result.findings[0]!, tried };
    }
    return { mutant, by: null, tried };
  } finally {
    await rm(dirname(dist), { recursive: true, force: true });
  }
}

function line({ mutant, by, tried }: Caught): string {
  const where = by ? `${by.part} (${by.trial.split(':')[0]}): ${by.wrong[0]}` : 'NOBODY';
  return `${mutant.name.padEnd(24)} ${tried.at(-1)!.padEnd(16)} caught by ${where}`;
}
