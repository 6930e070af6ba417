// npm run bench: what Tokenkeep costs beside what a team would write by hand, and beside the least that could do it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { addedTime } from './measures/added-time.js';
import { apart } from './measures/apart.js';
import { audit } from './measures/audit.js';
import { cardData } from './measures/card-data.js';
import { fastCharges, slowCharges } from './measures/charges.js';
import { commits } from './measures/commits.js';
import { listing } from './measures/listing.js';
import { memory } from './measures/memory.js';
import { shares } from './measures/shares.js';
import { shapes } from './measures/shapes.js';
import { statements } from './measures/statements.js';
import { processed, received } from './measures/webhooks.js';
import { HELP, type Options, readOptions, type Work, WORKS } from './options.js';
import { report } from './report.js';
import { Results } from './results.js';
import { type Stage, setStage } from './stage.js';

const MEASURES: Record<Work, (stage: Stage) => Promise<void>> = {
  commits,
  received,
  processed,
  charges: fastCharges,
  slow: slowCharges,
  shapes,
  apart,
  added: addedTime,
  statements,
  listing,
  memory,
  'card-data': cardData,
  shares,
  audit,
};

const options = wishes();
const results = new Results();
mkdirSync('.tokenkeep', { recursive: true });
const folder = mkdtempSync('.tokenkeep/bench-');
const stage = await setStage(options, results, folder);
for (const end of ['SIGINT', 'SIGTERM'] as const)
  process.once(end, () => void stage.stop().then(() => process.exit(1)));

try {
  for (const work of WORKS) if (options.only.includes(work)) await MEASURES[work](stage);
  const text = await report(results, options, stage.postgres.version);
  console.log(`\n${text}`);
  const isWhole = options.only.length === WORKS.length;
  if (isWhole) writeFileSync('docs/reference/bench.md', text);
} finally {
  await stage.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();

/** What was asked for; a program that was asked wrongly, or only how to ask, ends here. */
function wishes(): Options {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options) return options;
    process.stdout.write(HELP);
    process.exit(0);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    process.exit(2);
  }
}
