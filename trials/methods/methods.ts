import { judge } from '../judge/judge.ts';
import { Random } from '../random.ts';
import { type Finding, type Part, type PartOptions, wordsOf } from '../trial.ts';
import { whileDying } from '../world/dying.ts';
import { heal } from '../world/healing.ts';
import { World } from '../world/world.ts';
import { Life, signedIn } from './life.ts';
import { truth } from './truth.ts';

/** Lives that share one application, one database and one account; each has a payer of its own. */
const BATCH = 100;
const AT_ONCE = 10;

/** Part: random lives of saved methods under real crashes; then everything heals, and both sides must tell the same. */
export const methods: Part = async (options) => {
  const findings: Finding[] = [];
  let deaths = 0;
  let done = 0;
  while (done < options.count) {
    const size = Math.min(BATCH, options.count - done);
    const batch = await liveAll(options, options.seed + done, size, (lived) =>
      options.progress(done + lived, options.count, findings.length),
    );
    done += size;
    deaths += batch.deaths;
    findings.push(...batch.findings);
    if (options.stopsAtFirst && findings.length > 0) break;
  }
  return { part: 'methods', trials: done, findings, notes: [`${deaths} times killed`] };
};

async function liveAll(
  { house, dist, shape, sql = [] }: PartOptions,
  seed: number,
  size: number,
  progress: (lived: number) => void,
): Promise<{ findings: Finding[]; deaths: number }> {
  const world = await World.create(house, { dist, shape });
  try {
    for (const statement of sql) await world.rows(statement);
    const lives = Array.from({ length: size }, (_, index) => new Life(seed + index, world));
    const waiting = [...lives];
    let lived = 0;
    const work = async () => {
      const finance = await signedIn(world, 'finance');
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        await next.live(finance).catch((error: Error) => next.wrong.push(error.message));
        progress(++lived);
      }
    };
    const deaths = await whileDying(world, new Random(seed), () =>
      Promise.all(Array.from({ length: AT_ONCE }, work)),
    );

    const violations = [...(await judge(world, await heal(world))), ...(await truth(world))];
    const replay = `npm run trials -- --only methods --seed ${seed} --count ${size}`;
    const findings = lives
      .filter(({ wrong }) => wrong.length > 0)
      .map(({ wrong, seed: own }) => ({ part: 'methods', trial: `life ${own}`, seed: own, replay, wrong }));
    if (violations.length > 0)
      findings.push({ part: 'methods', trial: 'a batch', seed, replay, wrong: wordsOf(violations) });
    return { findings, deaths };
  } finally {
    await world.stop();
  }
}
