import { judge } from '../judge/judge.ts';
import { Random } from '../random.ts';
import { type Finding, type Part, type PartOptions, wordsOf } from '../trial.ts';
import type { Application } from '../world/application.ts';
import type { House } from '../world/house.ts';
import { heal, settle } from '../world/healing.ts';
import type { Answer } from '../world/person.ts';
import type { ProgramName, Verdict } from '../world/points.ts';
import { World } from '../world/world.ts';
import { type CrashPoint, crashPoints, LINK_POINTS } from './points.ts';
import { stories, type Story } from './stories.ts';

/** A moment that has not come by then does not come: the trial says so instead of passing for nothing. */
const REACHED_MS = 12_000;
/** The judge reads everything each time, so a world that has seen this much is left for a fresh one. */
const TRIALS_PER_WORLD = 40;

/** Long enough for the rest of what is under way, on both sides of the link. */
const OTHER_DIES_WITHIN_MS = 120;

/** Who dies at a point: the program that it lies in; or, where there are two, the other one at a random moment after it. */
type Victim = 'its' | 'other';

/**
 * Part (a): the real process is killed at every named point, and a fresh one must bring it to the right end. Where payments
 * are a program of their own, either one is killed while the other lives on.
 */
export const crashes: Part = async (options) => {
  const isApart = options.shape === 'process';
  const known = [
    ...crashPoints(options.gateway),
    ...(isApart ? LINK_POINTS : []),
    ...stories(options.gateway),
  ];
  const points = known.filter(({ name }) => options.only?.test(name) ?? true);
  const all = points.flatMap((point) => {
    const victims: Victim[] = isApart && !('run' in point) ? ['its', 'other'] : ['its'];
    return Array.from({ length: options.count }, (_, round) => round).flatMap((round) =>
      victims.map((victim) => ({ point, round, victim })),
    );
  });
  const findings: Finding[] = [];
  const { house } = options;
  let world: World | undefined;
  try {
    for (const [index, { point, round, victim }] of all.entries()) {
      if (index % TRIALS_PER_WORLD === 0) await world?.stop().then(() => (world = undefined));
      world ??= await openWorld(house, options);
      const wrong =
        'run' in point
          ? await point.run(world)
          : await die(world, point, victim, new Random(options.seed + round));
      if (wrong.length > 0) {
        findings.push(finding(point, victim, options, wrong));
        if (options.stopsAtFirst) break;
        await world.stop(); // what is wrong in it would be found again by every trial to come
        world = undefined;
      }
      options.progress(index + 1, all.length, findings.length);
    }
  } finally {
    await world?.stop();
  }
  return { part: 'crashes', trials: all.length, findings, notes: [`${points.length} points`] };
};

async function openWorld(house: House, { dist, shape, gateway, sql = [] }: PartOptions): Promise<World> {
  const world = await World.create(house, { dist, shape, gateway, watchesDatabase: true });
  for (const statement of sql) await world.rows(statement);
  return world;
}

/** One death, one recovery, one judgement. */
async function die(world: World, point: CrashPoint, victim: Victim, random: Random): Promise<string[]> {
  const flow = await point.scenario(world);
  const { points } = world;
  let isDead = false;
  const kill = async (program: Application) => {
    await program.kill();
    isDead = true;
  };
  const killed = points.at(point.moment, async (of): Promise<Verdict> => {
    if (victim === 'its') return kill(world[of]).then(() => 'cut');
    setTimeout(() => void kill(world[OTHER[of]]), random.between(0, OTHER_DIES_WITHIN_MS));
    return 'pass';
  });
  const acting = flow.act().catch(() => undefined);
  await Promise.race([killed, timeOut(REACHED_MS)]);
  points.clear();
  if (!isDead) await Promise.race([waitUntil(() => isDead), timeOut(1_000)]);
  if (!isDead)
    return [`the moment never came: ${point.story} (${point.moment.when} ${String(point.moment.what)})`];
  await acting;

  world.relay.heal();
  await world.startAgain();
  const wrong: string[] = [];
  // Sometimes the client is back before recovery was, sometimes after.
  const isImpatient = random.chance(0.3);
  if (isImpatient && flow.again) wrong.push(...refused(await flow.again()));
  let unfinished = await heal(world);
  if (!isImpatient && flow.again) {
    wrong.push(...refused(await flow.again()));
    unfinished = await settle(world);
  }
  wrong.push(...(await flow.check()));
  unfinished = await settle(world);
  return [...wrong, ...wordsOf(await judge(world, unfinished))];
}

/** The repeat of an honest client is never refused. */
function refused({ status, body }: Answer): string[] {
  return status >= 200 && status < 300 ? [] : [`the repeat was answered ${status} ${JSON.stringify(body)}`];
}

const OTHER: Record<ProgramName, ProgramName> = { application: 'payments', payments: 'application' };

function finding(point: CrashPoint | Story, victim: Victim, { seed }: PartOptions, wrong: string[]): Finding {
  const replay = `npm run trials -- --only crashes --match '^${point.name}$' --seed ${seed} --count 1`;
  const story = victim === 'other' ? `${point.story}, and the other program dies` : point.story;
  return { part: 'crashes', trial: `${point.name}: ${story}`, seed, replay, wrong };
}

function timeOut(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

async function waitUntil(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 10));
}
