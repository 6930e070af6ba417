import { charges, median } from '../reading.js';
import type { Side } from '../sides.js';
import type { Stage } from '../stage.js';
import { commitFor } from './commits.js';

/** What a program adds to one charge, alone on the machine: the gateway's own time is taken out of each. */
export async function addedTime(stage: Stage): Promise<void> {
  const { options, results } = stage;
  const commit = { p50: [] as number[], p99: [] as number[] };
  await stage.withSides(['tokenkeep', 'by-hand', 'floor'], async (sides) => {
    const added = new Map(sides.map((side) => [side.name, { p50: [] as number[], p99: [] as number[] }]));
    for (const side of sides) await timesOf(stage, side); // warm
    for (let round = 0; round < options.rounds; round++) {
      const alone = await commitFor(stage, 1, options.seconds);
      commit.p50.push(alone.p50);
      commit.p99.push(alone.p99);
      for (const side of sides) {
        const times = await timesOf(stage, side);
        added.get(side.name)!.p50.push(times[Math.floor(times.length * 0.5)]!);
        added.get(side.name)!.p99.push(times[Math.floor(times.length * 0.99)]!);
      }
    }
    const oneCommit = median(commit.p50);
    results.note(
      `One durable commit: p50 ${oneCommit.toFixed(3)} ms, p99 ${median(commit.p99).toFixed(3)} ms.`,
    );
    for (const [name, { p50, p99 }] of added) {
      const [half, most] = [median(p50), median(p99)];
      results.figures.set(`added p50 ${name}`, half).set(`added p99 ${name}`, most);
      results.note(
        `Added to one charge by ${name}: p50 ${half.toFixed(2)} ms (${(half / oneCommit).toFixed(1)} commits), p99 ${most.toFixed(2)} ms (${(most / oneCommit).toFixed(1)} commits).`,
      );
    }
    results.figures.set('one commit', oneCommit);
  });
}

/** Milliseconds that each charge took without the gateway's, sorted. */
async function timesOf({ gateway, generator, options }: Stage, side: Side): Promise<number[]> {
  await gateway.forget();
  const load = { concurrency: 1, until: { seconds: options.seconds }, keepsEach: true };
  const { each } = await generator.run(charges(side, load));
  await side.quiet();
  const atGateway = new Map(
    (await gateway.intentsOf(side.account)).map(({ metadata, tookMs }) => [metadata['payment_id'], tookMs]),
  );
  return each!.map(({ id, ms }) => ms - (atGateway.get(id) ?? 0)).sort((a, b) => a - b);
}
