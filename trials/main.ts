import { audit } from './audit/audit.ts';
import { crashes } from './crashes/crashes.ts';
import { database } from './database/database.ts';
import { extraction } from './extraction/extraction.ts';
import { faults } from './faults/faults.ts';
import type { GatewayName } from './gateways/gateway.ts';
import { GATEWAYS } from './gateways/gateways.ts';
import { histories } from './histories/histories.ts';
import { methods } from './methods/methods.ts';
import { mutants } from './mutants/mutants.ts';
import { HELP, type Options, type PartName, readOptions } from './options.ts';
import { races } from './races/races.ts';
import { relocation } from './relocation/relocation.ts';
import { printFinding, printTable, progressOf } from './report.ts';
import type { Part, PartResult } from './trial.ts';
import type { Shape } from './world/instance.ts';
import { House } from './world/house.ts';
import { webhooks } from './webhooks/webhooks.ts';

/** Each part, how many of its own rounds go with 10,000 histories, and how many it does when it is asked for alone. */
const TRIED: Record<string, Part> = { audit, crashes, database, faults, histories, methods, races, webhooks };
const PARTS: Record<PartName, { part: Part; in10000: number; alone?: number }> = {
  crashes: { part: crashes, in10000: 5 },
  histories: { part: histories, in10000: 10_000 },
  methods: { part: methods, in10000: 5_000, alone: 1_000 },
  races: { part: races, in10000: 1_000 },
  database: { part: database, in10000: 300 },
  webhooks: { part: webhooks, in10000: 4_000 },
  faults: { part: faults, in10000: 100 },
  audit: { part: audit, in10000: 10_000 },
  relocation: { part: relocation, in10000: 1 },
  extraction: { part: extraction, in10000: 1 },
  mutants: { part: mutants(TRIED), in10000: 1 },
};

/** What is to be done: which of a part's trials, how many, and in which shape. */
interface Chosen {
  name: PartName;
  match?: RegExp;
  count: number;
  shape: Shape;
  gateway?: GatewayName;
}

/** A little of every part, for a suite that runs all day. */
const SHORT: readonly Chosen[] = [
  { name: 'crashes', match: /^(C3|W1)$/, count: 1, shape: 'shared' },
  { name: 'histories', count: 2, shape: 'shared' },
  { name: 'methods', count: 1, shape: 'shared' },
  { name: 'races', match: /^(one-key|stale-relay)$/, count: 1, shape: 'shared' },
  { name: 'webhooks', count: 2, shape: 'shared' },
  { name: 'audit', count: 2, shape: 'shared' },
  { name: 'crashes', match: /^P1$/, count: 1, shape: 'process' },
];

function chosen({ shape, gateway, ...options }: Options): Chosen[] {
  if (options.isShort) return SHORT.filter((it) => shape === 'shared' || it.shape === shape);
  return options.only.map((name) => {
    const { in10000, alone } = PARTS[name];
    const rounds = Math.max(1, Math.round((options.count * in10000) / 10_000));
    const isAlone = options.only.length === 1 && !options.isExact;
    const count = options.isExact ? options.count : isAlone ? (alone ?? rounds) : rounds;
    return { name, match: options.match, count, shape, gateway };
  });
}

async function run(options: Options): Promise<number> {
  const { seed, dist, payments, rate } = options;
  console.log(`seed ${seed}`);
  const begun = Date.now();
  const results: PartResult[] = [];
  const house = await House.build(dist);
  try {
    for (const { name, match, count, shape, gateway = 'stripe' } of chosen(options)) {
      const how = {
        seed,
        count,
        dist,
        shape,
        gateway: GATEWAYS[gateway],
        payments,
        rate,
        house,
        only: match,
        progress: progressOf(name),
      };
      const result = await PARTS[name].part(how);
      const different = [
        ...(shape === 'process' ? [{ option: ' --shape process', words: ', two programs' }] : []),
        ...(gateway === 'stripe' ? [] : [{ option: ` --gateway ${gateway}`, words: `, ${gateway}` }]),
      ];
      const again = different.map(({ option }) => option).join('');
      for (const finding of result.findings) printFinding({ ...finding, replay: finding.replay + again });
      results.push({ ...result, part: result.part + different.map(({ words }) => words).join('') });
    }
  } finally {
    await house.stop();
  }
  printTable(results, (Date.now() - begun) / 1_000);
  return results.some(({ findings }) => findings.length > 0) ? 1 : 0;
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(HELP);
  else process.exit(await run(options));
} catch (error) {
  const { code = '', message } = error as Error & { code?: string };
  const isOption = code.startsWith('ERR_PARSE_ARGS') || message.startsWith('--');
  console.error(isOption ? `${message}\n\n${HELP}` : error);
  process.exit(isOption ? 2 : 1);
}
