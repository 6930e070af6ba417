import type { Calls } from '../gateways/gateway.ts';
import { judge } from '../judge/judge.ts';
import { type Finding, type Part, type PartOptions, wordsOf } from '../trial.ts';
import type { House } from '../world/house.ts';
import { heal } from '../world/healing.ts';
import { World } from '../world/world.ts';
import { MEETINGS } from './meetings.ts';
import { OVERTAKINGS } from './overtakings.ts';

/** One race of two instances; what it returns is wrong. */
export interface Race {
  name: string;
  story: string;
  run: (world: World) => Promise<string[]>;
  /** Runs of it side by side; those that stop somebody at a named moment run alone. */
  atOnce: number;
  /** It is about this call, which not every gateway has; one that makes an object first also tells of authentication by news. */
  needs?: keyof Calls;
}

/** The judge reads everything, so a world is judged and left after so many rounds. */
const ROUNDS_PER_WORLD = 100;

/** Part (c): two real processes on one database and one account, at the same thing at the same moment. */
export const races: Part = async (options) => {
  const chosen = [...MEETINGS, ...OVERTAKINGS].filter(
    ({ name, needs }) => (options.only?.test(name) ?? true) && (!needs || options.gateway.calls[needs]),
  );
  const findings: Finding[] = [];
  const { house } = options;
  let done = 0;
  const all = chosen.reduce((sum, race) => sum + roundsOf(race, options.count), 0);
  for (const race of chosen) {
    for (let left = roundsOf(race, options.count); left > 0;) {
      const rounds = Math.min(left, ROUNDS_PER_WORLD);
      const wrong = await runRounds(house, options, race, rounds);
      left -= rounds;
      options.progress((done += rounds), all, findings.length);
      if (wrong.length === 0) continue;
      const replay = `npm run trials -- --only races --match '^${race.name}$' --seed ${options.seed} --count ${rounds}`;
      const trial = `${race.name}: ${race.story}`;
      findings.push({ part: 'races', trial, seed: options.seed, replay, wrong });
      if (options.stopsAtFirst) return { part: 'races', trials: done, findings, notes: [] };
    }
  }
  return { part: 'races', trials: done, findings, notes: [`${chosen.length} races`] };
};

/** A race that stops somebody at a moment is decided by that, not by chance: a tenth of the rounds will do. */
function roundsOf({ atOnce }: Race, count: number): number {
  return atOnce > 1 ? count : Math.ceil(count / 10);
}

async function runRounds(
  house: House,
  { dist, shape, gateway, sql = [] }: Pick<PartOptions, 'dist' | 'shape' | 'gateway' | 'sql'>,
  race: Race,
  rounds: number,
): Promise<string[]> {
  const world = await World.create(house, {
    dist,
    shape,
    gateway,
    instances: 2,
    watchesDatabase: race.atOnce === 1,
  });
  const wrong: string[] = [];
  try {
    for (const statement of sql) await world.rows(statement);
    let left = rounds;
    const work = async () => {
      while (left-- > 0) wrong.push(...(await race.run(world)));
    };
    await Promise.all(Array.from({ length: Math.min(race.atOnce, rounds) }, work));
    wrong.push(...wordsOf(await judge(world, await heal(world))));
    return wrong;
  } finally {
    await world.stop();
  }
}
