import type { Case } from '../crashes/scenarios.ts';
import { judge } from '../judge/judge.ts';
import { Random } from '../random.ts';
import { type Finding, type Part, type PartOptions, wordsOf } from '../trial.ts';
import type { House } from '../world/house.ts';
import { heal, settle } from '../world/healing.ts';
import { World } from '../world/world.ts';
import { type FaultTrial, faultTrials } from './calls.ts';

/** Healing and judging serve so many at once; where something is wrong, each is tried again alone. */
const TOGETHER = 16;

/** Part (f): each fault of the sandbox at each call of the gateway. A `count` of 10 or more tries them all. */
export const faults: Part = async (options) => {
  const known = faultTrials(options.gateway);
  const named = known.filter(({ name }) => options.only?.test(name) ?? true);
  const isAll = options.only !== undefined || options.count >= 10;
  const all = isAll
    ? [...named]
    : new Random(options.seed).shuffled(named).slice(0, options.count * TOGETHER);
  const findings: Finding[] = [];
  const { house } = options;
  let done = 0;
  while (done < all.length) {
    const together = all.slice(done, done + TOGETHER);
    if ((await endure(house, options, together)).length > 0)
      for (const trial of together) {
        const wrong = await endure(house, options, [trial]);
        if (wrong.length > 0) findings.push(finding(trial, options, wrong));
      }
    options.progress((done += together.length), all.length, findings.length);
    if (options.stopsAtFirst && findings.length > 0) break;
  }
  return {
    part: 'faults',
    trials: done,
    findings,
    notes: [`of ${known.length} pairs of call and fault`],
  };
};

/** Each flow meets its fault; then everything works, the clients ask again, and the judge looks. */
async function endure(
  house: House,
  { dist, shape, gateway, sql = [] }: PartOptions,
  trials: FaultTrial[],
): Promise<string[]> {
  const world = await World.create(house, { dist, shape, gateway });
  try {
    for (const statement of sql) await world.rows(statement);
    const flows: { trial: FaultTrial; flow: Case }[] = [];
    for (const trial of trials) {
      const flow = await trial.call.scenario(world);
      await world.account.breaks(trial.order as { does: string; on: string });
      await flow.act();
      if (trial.call.isByWorker) await untilHit(world);
      await world.account.worksAgain();
      world.relay.heal();
      flows.push({ trial, flow });
    }
    let unfinished = await heal(world);
    const wrong: string[] = [];
    for (const { trial, flow } of flows) {
      if (trial.fault.isStored) continue; // as the key's answer stays an error, the flow may end another way
      const again = await flow.again?.();
      if (again && again.status >= 300) wrong.push(`${trial.name}: the repeat was answered ${again.status}`);
    }
    await settle(world);
    for (const { trial, flow } of flows) {
      if (trial.fault.isStored) continue;
      wrong.push(...(await flow.check()).map((words) => `${trial.name}: ${words}`));
    }
    unfinished = await settle(world);
    return [...wrong, ...wordsOf(await judge(world, unfinished))];
  } finally {
    await world.stop();
  }
}

/** The call is made by a worker, a moment later. */
async function untilHit(world: World): Promise<void> {
  for (
    const end = Date.now() + 4_000;
    Date.now() < end;
    await new Promise((resolve) => setTimeout(resolve, 20))
  ) {
    const { data } = await world.account.call('GET', '/_sandbox/faults');
    if (data.every((fault: { hits: number }) => fault.hits > 0)) return;
  }
}

function finding({ name }: FaultTrial, { seed }: PartOptions, wrong: string[]): Finding {
  const match = name.replace(/[{}"()[\]]/g, '.');
  const replay = `npm run trials -- --only faults --match '^${match}$' --seed ${seed} --count 1`;
  return { part: 'faults', trial: name, seed, replay, wrong };
}
