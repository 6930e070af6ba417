import { setTimeout as sleep } from 'node:timers/promises';
import { charges } from '../reading.js';
import type { Stage } from '../stage.js';
import { memoryOf } from '../usage.js';

const SAMPLE_MS = 1_000;
/** The first part, in which a program takes what it needs: 2 minutes of 10. */
const SETTLING_PART = 0.2;

interface Sample {
  second: number;
  megabytes: number;
}

/** Memory over time at half of what it can do. */
export async function memory(stage: Stage): Promise<void> {
  const { options, results, generator } = stage;
  await stage.withSides(['tokenkeep'], async ([side]) => {
    const capacity = await generator.run(
      charges(side!, { concurrency: 64, until: { seconds: options.seconds } }),
    );
    await side!.quiet();
    const perSecond = capacity.count / capacity.seconds / 2;
    const load = charges(side!, { concurrency: 64, until: { seconds: options.soakSeconds }, perSecond });

    const samples: Sample[] = [];
    const end = new AbortController();
    const sampling = sample(side!.pid, samples, end.signal);
    const { count, p99 } = await generator.run(load);
    end.abort();
    await sampling;
    const ended = performance.now();
    await side!.quiet();
    describe(stage, samples, count, p99, performance.now() - ended);
    results.figures.set('peak memory', Math.max(...samples.map(({ megabytes }) => megabytes)));
  });
}

async function sample(pid: number, samples: Sample[], signal: AbortSignal): Promise<void> {
  const begun = performance.now();
  while (!signal.aborted) {
    samples.push({ second: (performance.now() - begun) / 1000, megabytes: memoryOf(pid, 'VmRSS') });
    await sleep(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
  }
}

function describe(
  { results, options }: Stage,
  samples: Sample[],
  count: number,
  p99: number,
  behindMs: number,
): void {
  const settled = samples.slice(Math.floor(samples.length * SETTLING_PART));
  const growth = slope(settled) * 600;
  const at = (part: number) =>
    samples[Math.min(samples.length - 1, Math.floor(samples.length * part))]!.megabytes.toFixed(0);
  results.figures.set('memory growth', growth);
  results.note(
    `Memory over ${options.soakSeconds} s at half capacity (${(count / options.soakSeconds).toFixed(0)} charges/s, p99 ${p99.toFixed(1)} ms): ` +
      `${at(0)} MB at the start, ${at(0.2)}, ${at(0.4)}, ${at(0.6)}, ${at(0.8)} and ${at(1)} MB at each fifth; ` +
      `after the first fifth it changes by ${growth.toFixed(1)} MB in 10 minutes. ` +
      `${behindMs.toFixed(0)} ms after the last charge nothing of them was left to do in the background.`,
  );
}

/** Megabytes in a second, by least squares. */
function slope(samples: Sample[]): number {
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, it) => sum + of(it), 0) / samples.length;
  const [second, megabytes] = [mean((it) => it.second), mean((it) => it.megabytes)];
  const above = mean((it) => (it.second - second) * (it.megabytes - megabytes));
  return above / mean((it) => (it.second - second) ** 2);
}
