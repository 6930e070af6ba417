import type { ChargeJob, Result, WebhookJob } from './load/job.js';
import type { Side, SideName } from './sides.js';
import { WEBHOOK_SECRET } from './sides.js';
import type { Stage } from './stage.js';
import { cpuSecondsOf, memoryOf } from './usage.js';

/** What one run of one side came to. Times in milliseconds, memory in megabytes. */
export interface Reading {
  perSecond: number;
  p50: number;
  p95: number;
  p99: number;
  applicationCpuMs: number;
  databaseCpuMs: number;
  peakMemory: number;
}

export type Load = Pick<ChargeJob, 'concurrency' | 'until' | 'perSecond' | 'leadInSeconds' | 'keepsEach'>;

export function charges({ url, chargePath: path, headers, payers }: Side, load: Load): ChargeJob {
  return { kind: 'charge', url, path, headers, payers, ...load };
}

export function webhooks(
  { url, webhookPath: path }: Side,
  intents: WebhookJob['intents'],
  load: Load,
): WebhookJob {
  return { kind: 'webhook', url, path, headers: {}, secret: WEBHOOK_SECRET, intents, ...load };
}

/** Runs the job, and counts what it cost until nothing of it is left to do in the background. */
export async function read(stage: Stage, side: Side, job: ChargeJob | WebhookJob): Promise<Reading> {
  return readUntilQuiet(stage, side, job, ({ perSecond }) => perSecond);
}

/** As `read`, but the work counts as done once its background is quiet. */
export async function readToTheEnd(stage: Stage, side: Side, job: ChargeJob | WebhookJob): Promise<Reading> {
  return readUntilQuiet(stage, side, job, (result, totalSeconds) => result.count / totalSeconds);
}

async function readUntilQuiet(
  { postgres, generator }: Stage,
  side: Side,
  job: ChargeJob | WebhookJob,
  perSecondOf: (result: Result, totalSeconds: number) => number,
): Promise<Reading> {
  const begun = performance.now();
  const before = { application: cpuSecondsOf(side.pid), database: postgres.cpuSeconds() };
  const result = await generator.run(job);
  await side.quiet();
  const totalSeconds = (performance.now() - begun) / 1000;
  const { count, p50, p95, p99 } = result;
  return {
    perSecond: perSecondOf(result, totalSeconds),
    p50,
    p95,
    p99,
    applicationCpuMs: ((cpuSecondsOf(side.pid) - before.application) * 1000) / count,
    databaseCpuMs: ((postgres.cpuSeconds() - before.database) * 1000) / count,
    peakMemory: memoryOf(side.pid, 'VmHWM'),
  };
}

/** Each side in its turn, round after round, so that a bad minute of the machine is everybody's; then medians. */
export async function inTurns(
  { options }: Stage,
  sides: Side[],
  run: (side: Side) => Promise<Reading>,
): Promise<Map<SideName, Reading>> {
  const readings = new Map<SideName, Reading[]>(sides.map(({ name }) => [name, []]));
  for (let round = 0; round < options.rounds; round++)
    for (const side of sides) readings.get(side.name)!.push(await run(side));
  return new Map([...readings].map(([name, all]) => [name, medians(all)]));
}

function medians(readings: Reading[]): Reading {
  const names = Object.keys(readings[0]!) as (keyof Reading)[];
  return Object.fromEntries(
    names.map((name) => [name, median(readings.map((it) => it[name]))]),
  ) as unknown as Reading;
}

export function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
