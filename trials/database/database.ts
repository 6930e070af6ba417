import * as scenarios from '../crashes/scenarios.ts';
import { judge } from '../judge/judge.ts';
import { Random } from '../random.ts';
import { type Finding, type Part, type PartOptions, wordsOf } from '../trial.ts';
import { heal, settle } from '../world/healing.ts';
import { House } from '../world/house.ts';
import type { Verdict } from '../world/points.ts';
import { World } from '../world/world.ts';

const FLOWS: readonly (keyof typeof scenarios)[] = [
  ...(['pay', 'payDeclined', 'payOffSession', 'capture', 'cancel', 'refund', 'remove', 'webhook'] as const),
];
/** The flows that make up most of a day, in the middle of which the server is killed. */
const AT_ONCE: readonly (keyof typeof scenarios)[] = [
  'pay',
  'pay',
  'refund',
  'capture',
  'pay',
  'payDeclined',
  'webhook',
  'refund',
];
/** No flow makes more statements than this, with what its workers do. */
const STATEMENTS_MAX = 60;
const TRIALS_PER_WORLD = 25;

/** Part (d): connections end in the middle of a flow, at each of its statements; and the whole server dies at once. */
export const database: Part = async (options) => {
  const findings: Finding[] = [];
  const kills = Math.max(1, Math.round(options.count / 10));
  const all = options.count + kills;
  let done = 0;
  const found = (trial: string, seed: number, wrong: string[]) => {
    options.progress(++done, all, findings.length);
    const replay = `npm run trials -- --only database --seed ${seed} --count 1`;
    if (wrong.length > 0) findings.push({ part: 'database', trial, seed, replay, wrong });
    return findings.length > 0 && options.stopsAtFirst === true;
  };
  await cutConnections(options, found);
  await killServer(options, kills, found);
  const notes = [`${options.count} connections cut, ${kills} servers killed`];
  return { part: 'database', trials: done, findings, notes };
};

type Found = (trial: string, seed: number, wrong: string[]) => boolean;

async function cutConnections(options: PartOptions, found: Found): Promise<void> {
  const { house } = options;
  let world: World | undefined;
  try {
    for (let round = 0; round < options.count; round++) {
      if (round % TRIALS_PER_WORLD === 0) await world?.stop().then(() => (world = undefined));
      world ??= await openWorld(house, options);
      const random = new Random(options.seed + round);
      const name = random.pick(FLOWS);
      const nth = random.between(1, STATEMENTS_MAX);
      const when = random.pick(['before', 'after'] as const);
      const isTerminated = random.chance(0.5);
      const trial = `${name}: ${isTerminated ? 'all sessions ended' : 'connection cut'} ${when} statement ${nth}`;
      const wrong = await interrupt(world, name, { nth, when, isTerminated });
      if (wrong.length > 0) await world.stop().then(() => (world = undefined));
      if (found(trial, options.seed + round, wrong)) break;
    }
  } finally {
    await world?.stop();
  }
}

async function interrupt(
  world: World,
  name: keyof typeof scenarios,
  { nth, when, isTerminated }: { nth: number; when: 'before' | 'after'; isTerminated: boolean },
): Promise<string[]> {
  const flow = await scenarios[name](world);
  const moment = { side: 'database', when, what: /./, nth } as const;
  void world.points.at(moment, async (): Promise<Verdict> => {
    if (!isTerminated) return 'cut';
    await world.rows(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'tokenkeep%'`,
    );
    return 'pass';
  });
  await flow.act();
  await new Promise((resolve) => setTimeout(resolve, 250)); // the workers' statements count, too
  world.points.clear();
  return conclude(world, [flow]);
}

/** With a server that waits for its disk: what it confirmed is there after it was killed. */
async function killServer(options: PartOptions, kills: number, found: Found): Promise<void> {
  const house = await House.build(options.dist, { durable: true });
  try {
    for (let round = 0; round < kills; round++) {
      const random = new Random(options.seed + round);
      const world = await openWorld(house, options);
      try {
        const flows: scenarios.Case[] = [];
        for (const name of AT_ONCE) flows.push(await scenarios[name](world));
        const acting = flows.map((flow) => flow.act().catch(() => undefined));
        await new Promise((resolve) => setTimeout(resolve, random.between(5, 400)));
        await house.postgres.killImmediately();
        await house.postgres.start();
        await Promise.all(acting);
        if (found(`the server is killed, round ${round}`, options.seed + round, await conclude(world, flows)))
          break;
      } finally {
        await world.stop();
      }
    }
  } finally {
    await house.stop();
  }
}

async function conclude(world: World, flows: scenarios.Case[]): Promise<string[]> {
  await heal(world);
  const wrong: string[] = [];
  for (const flow of flows) {
    const again = await flow.again?.();
    if (again && again.status >= 300)
      wrong.push(`the repeat was answered ${again.status} ${JSON.stringify(again.body)}`);
  }
  await settle(world);
  for (const flow of flows) wrong.push(...(await flow.check()));
  return [...wrong, ...wordsOf(await judge(world, await settle(world)))];
}

async function openWorld(house: House, { dist, sql = [] }: PartOptions): Promise<World> {
  const world = await World.create(house, { dist, watchesDatabase: true });
  for (const statement of sql) await world.rows(statement);
  return world;
}
