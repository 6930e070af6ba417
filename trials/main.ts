import { crashes } from './crashes/crashes.ts';
import { database } from './database/database.ts';
import { faults } from './faults/faults.ts';
import { histories } from './histories/histories.ts';
import { mutants } from './mutants/mutants.ts';
import { HELP, type Options, type PartName, readOptions } from './options.ts';
import { races } from './races/races.ts';
import { printFinding, printTable, progressOf } from './report.ts';
import type { Part, PartResult } from './trial.ts';
import { webhooks } from './webhooks/webhooks.ts';

/** Each part, and how many of its own rounds go with 10,000 histories. */
const TRIED: Record<string, Part> = { crashes, database, faults, histories, races, webhooks };
const PARTS: Partial<Record<PartName, { part: Part; in10000: number }>> = {
  crashes: { part: crashes, in10000: 5 },
  histories: { part: histories, in10000: 10_000 },
  races: { part: races, in10000: 1_000 },
  database: { part: database, in10000: 300 },
  webhooks: { part: webhooks, in10000: 4_000 },
  faults: { part: faults, in10000: 100 },
  mutants: { part: mutants(TRIED), in10000: 1 },
};

async function run(options: Options): Promise<number> {
  const { seed, match, dist } = options;
  console.log(`seed ${seed}`);
  const begun = Date.now();
  const results: PartResult[] = [];
  for (const name of options.only) {
    const chosen = PARTS[name];
    if (!chosen) continue;
    const rounds = Math.max(1, Math.round((options.count * chosen.in10000) / 10_000));
    const count = options.isExact ? options.count : rounds;
    const result = await chosen.part({ seed, count, dist, only: match, progress: progressOf(name) });
    result.findings.forEach(printFinding);
    results.push(result);
  }
  printTable(results, (Date.now() - begun) / 1_000);
  return results.some(({ findings }) => findings.length > 0) ? 1 : 0;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(HELP);
  else process.exit(await run(options));
} catch (error) {
  const isOption = error instanceof TypeError || (error instanceof Error && error.message.startsWith('--'));
  console.error(isOption ? `${(error as Error).message}\n\n${HELP}` : error);
  process.exit(isOption ? 2 : 1);
}
