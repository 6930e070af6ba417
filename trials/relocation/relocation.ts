import { setTimeout as sleep } from 'node:timers/promises';
import type { Finding, Part, PartOptions } from '../trial.ts';
import { multiply } from './generator.ts';
import { Homes } from './homes.ts';
import { Traffic } from '../world/traffic.ts';
import { comeToRest, judge } from './verdict.ts';

/** Each step that the command tells of, in order. */
const STEPS = [
  'target_prepared',
  'changes_noted',
  'copied',
  'compared',
  'caught_up',
  'fenced',
  'verified',
  'source_closed',
  'target_open',
  'source_hidden',
];
const KILLS_PER_STEP = 2;
const WALK = { payments: 500, rate: 8 };
const SCALE = 'scale';
/** Longer than the fence may stand, whatever the amount of data. */
const PAUSE_SECONDS_MAX = 5;
/** Payments at the new home, before it is left again. */
const STAY_MS = 3_000;
const MADE_EVERY = 10;

/** Part (j): the home of payment data moves to another server and back while payments and their events go on. */
export const relocation: Part = async (options) => {
  const { only, seed } = options;
  const findings: Finding[] = [];
  const notes: string[] = [];
  let trials = 0;
  const steps = STEPS.filter((step) => only?.test(step) ?? true);
  const found = (trial: string, wrong: string[]) => {
    trials++;
    const scale = trial === SCALE ? ` --payments ${options.payments} --rate ${options.rate}` : '';
    const replay = `npm run trials -- --only relocation --match '^${trial}$'${scale}`;
    if (wrong.length > 0) findings.push({ part: 'relocation', trial, seed, replay, wrong });
  };
  if (steps.length > 0) {
    await walk(options, steps, found);
    notes.push(`killed ${KILLS_PER_STEP} times at ${steps.length} steps`);
  }
  if ((only?.test(SCALE) ?? true) && !options.stopsAtFirst) await moveMany(options, found, notes);
  return { part: 'relocation', trials, findings, notes };
};

type Found = (trial: string, wrong: string[]) => void;

/** The command is killed at a step, begun again, killed there again, and then goes through; each time the other way. */
async function walk({ dist, house, progress }: PartOptions, steps: string[], found: Found): Promise<void> {
  const homes = await Homes.build(dist, house, 'walk');
  try {
    const traffic = await Traffic.prepare(homes);
    await multiply(homes, await traffic.one(), WALK.payments, () => undefined);
    traffic.begin(WALK.rate);
    for (const [index, step] of steps.entries()) {
      for (let kill = 1; kill <= KILLS_PER_STEP; kill++) await homes.relocate(step);
      const { exitCode, output } = await homes.relocate();
      found(step, exitCode === 0 ? [] : [`the last run ended with ${exitCode}: ${output}`]);
      progress(index + 1, steps.length, 0);
      if (exitCode !== 0) break;
    }
    await traffic.end();
    found('walk', [
      ...(await comeToRest(homes)),
      ...(await judge(homes, traffic)),
      ...(await auditOf(homes)),
    ]);
  } finally {
    await homes.stop();
  }
}

/** There and back with as many payments as were asked for, at the rate that was asked for. */
async function moveMany(options: PartOptions, found: Found, notes: string[]): Promise<void> {
  const { dist, house, payments, rate } = options;
  const homes = await Homes.build(dist, house, 'scale');
  const say = (words: string) => console.error(`relocation: ${words}`);
  try {
    const traffic = await Traffic.prepare(homes);
    const begun = Date.now();
    const first = await traffic.one();
    await comeToRest(homes);
    let told = 0;
    const rows = await multiply(homes, first, payments, (made) => {
      const tenth = Math.floor((made * MADE_EVERY) / payments);
      if (tenth > told)
        say(`${made} of ${payments} payments made, ${Math.round((Date.now() - begun) / 1_000)} s`);
      told = tenth;
    });
    traffic.begin(rate);
    const wrong: string[] = [];
    for (const way of ['there', 'back']) {
      await sleep(STAY_MS);
      const since = Date.now();
      const { exitCode, output, seconds } = await homes.relocate();
      await sleep(STAY_MS);
      if (exitCode !== 0) {
        wrong.push(`the way ${way} ended with ${exitCode}: ${output}`);
        break;
      }
      const paused = Number(/paused for (\d+) ms/.exec(output)?.[1]) / 1_000;
      const gap = traffic.longestGapSeconds(since);
      if (!(paused < PAUSE_SECONDS_MAX)) wrong.push(`writing was paused for ${paused} s on the way ${way}`);
      const words = `${way} in ${seconds.toFixed(0)} s (${Math.round(rows / seconds)} rows/s), writing paused ${paused.toFixed(2)} s, no payment for ${gap.toFixed(2)} s`;
      say(words);
      notes.push(words);
    }
    await traffic.end();
    wrong.push(...(await comeToRest(homes)), ...(await judge(homes, traffic)), ...(await auditOf(homes)));
    const refused = [...traffic.refusals].map(([code, count]) => `${count} ${code}`).join(', ') || 'none';
    notes.unshift(`${payments} payments in ${rows} rows, ${traffic.made.length} more at ${rate}/s meanwhile`);
    notes.push(`refused and asked again: ${refused}`);
    found(SCALE, wrong);
  } finally {
    await homes.stop();
  }
}

/** The seals over the audit log hold after all of it. */
async function auditOf(homes: Homes): Promise<string[]> {
  const verified = await homes
    .cli(['audit', 'verify'])
    .catch((error: { stdout?: string; message: string }) => {
      return error.stdout ?? error.message;
    });
  return /"outcome": "intact"/.test(verified) ? [] : [`the audit log: ${verified}`];
}
