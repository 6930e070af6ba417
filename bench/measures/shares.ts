import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { charges } from '../reading.js';
import type { Stage } from '../stage.js';

/** Parts of the program whose share of a charge is looked at, by where their code lies. */
const PARTS = {
  'card-data guard': '/dist/platform/card-data/',
  'rate limits': '/dist/platform/rate-limits/',
};
const CONCURRENCY = 16;

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string }; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
}

/** Which share of the CPU time of a charge each part takes, all that it calls included: Node's own profile of the program under load. */
export async function shares(stage: Stage): Promise<void> {
  const folder = join(stage.surroundings.folder, 'profile');
  await stage.withSides(
    ['tokenkeep'],
    async ([side]) => {
      const seconds = Math.max(5, stage.options.seconds); // a second of warming up is a small part of it
      await stage.generator.run(charges(side!, { concurrency: CONCURRENCY, until: { seconds } }));
      await side!.quiet();
    },
    { nodeFlags: ['--cpu-prof', `--cpu-prof-dir=${folder}`] },
  );
  const [file] = readdirSync(folder);
  const profile = JSON.parse(readFileSync(join(folder, file!), 'utf8')) as Profile;
  for (const [part, path] of Object.entries(PARTS)) {
    const share = 100 * shareOf(profile, path);
    stage.results.figures.set(`share of ${part}`, share);
    stage.results.note(
      `While the program charges, ${share.toFixed(2)} % of its CPU time goes to the ${part}.`,
    );
  }
}

function shareOf({ nodes, samples, timeDeltas }: Profile, path: string): number {
  const within = new Set<number>();
  const waiting = new Set<number>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const mark = (id: number, isInside: boolean): void => {
    const { callFrame, children = [] } = byId.get(id)!;
    const isPart = isInside || callFrame.url.includes(path);
    if (isPart) within.add(id);
    if (callFrame.functionName === '(idle)' || callFrame.functionName === '(program)') waiting.add(id);
    for (const child of children) mark(child, isPart);
  };
  mark(nodes[0]!.id, false);
  let [inside, all] = [0, 0];
  samples.forEach((id, at) => {
    if (waiting.has(id)) return;
    all += timeDeltas[at]!;
    if (within.has(id)) inside += timeDeltas[at]!;
  });
  return inside / all;
}
