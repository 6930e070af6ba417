import { judge } from '../judge/judge.ts';
import type { Violation } from '../judge/evidence.ts';
import { Random } from '../random.ts';
import { type Finding, type Part, type PartOptions, wordsOf } from '../trial.ts';
import type { House } from '../world/house.ts';
import { whileDying } from '../world/dying.ts';
import { heal } from '../world/healing.ts';
import { World } from '../world/world.ts';
import { History } from './history.ts';
import { Weather } from './weather.ts';

/** Histories that share one application, one database and one account; each has payers of its own. */
const BATCH = 150;
/** At the same moment: enough that they meet in locks and in the claims loop, few enough for two cores. */
const AT_ONCE = 12;
/** Now and then the database throws everybody out, in the middle of whatever they do. */
const THROWN_OUT_EVERY_MS = 4_000;

/** Part (b): seeded histories under random faults; then everything heals, and the judge looks. */
export const histories: Part = async (options) => {
  const { house } = options;
  const findings: Finding[] = [];
  const hits = new Map<string, number>();
  let done = 0;
  let deaths = 0;
  while (done < options.count) {
    const size = Math.min(BATCH, options.count - done);
    const batch = await liveAll(house, options, options.seed + done, size, (lived) =>
      options.progress(done + lived, options.count, findings.length),
    );
    done += size;
    for (const [name, count] of batch.hits) hits.set(name, (hits.get(name) ?? 0) + count);
    deaths += batch.deaths;
    findings.push(...batch.findings);
    if (options.stopsAtFirst && findings.length > 0) break;
  }
  const total = [...hits.values()].reduce((sum, count) => sum + count, 0);
  const notes = [`${total} faults of ${hits.size} kinds hit`];
  if (deaths > 0) notes.push(`${deaths} times killed`);
  return { part: 'histories', trials: done, findings, notes };
};

async function liveAll(
  house: House,
  options: PartOptions,
  seed: number,
  size: number,
  progress: (lived: number) => void,
) {
  const world = await World.create(house, options);
  try {
    for (const statement of options.sql ?? []) await world.rows(statement);
    const weather = new Weather(world);
    const all = Array.from({ length: size }, (_, index) => new History(seed + index, world, weather));
    const random = new Random(seed);
    const throwsOut = throwOutNowAndThen(world, random);
    const waiting = [...all];
    let lived = 0;
    const work = async () => {
      const finance = await world.person('finance');
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        await next.live(finance).catch((error: Error) => next.wrong.push(error.message));
        progress(++lived);
      }
    };
    const live = () => Promise.all(Array.from({ length: AT_ONCE }, work));
    // Two programs do not die together: each is killed while the other goes on.
    const deaths = options.shape === 'process' ? await whileDying(world, random, live) : (await live(), 0);
    clearInterval(throwsOut);
    const unlived = all.find((history) => !history.hasBegun);
    if (unlived) throw new Error(`history ${unlived.seed} could not begin: ${unlived.wrong.join('; ')}`);
    const violations = await judge(world, await heal(world));
    for (const history of all)
      history.wrong.push(...history.surprises.map((id) => `was answered 500: ${causeOf(world, id)}`));
    const findings = await findingsOf(world, all, violations, { seed, size });
    return { findings, hits: weather.hits, deaths };
  } finally {
    await world.stop();
  }
}

function causeOf({ programs }: World, requestId: string): string {
  const told = programs.map((program) => program.errorOf(requestId)).find((line) => line);
  return told ?? `request ${requestId}, of which nothing was logged`;
}

function throwOutNowAndThen(world: World, random: Random): NodeJS.Timeout {
  return setInterval(() => {
    if (random.chance(0.5))
      world
        .rows(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name LIKE 'tokenkeep%'`,
        )
        .catch(() => undefined);
  }, THROWN_OUT_EVERY_MS);
}

/** What is wrong, told with the history that it happened in, as far as that can be told. */
async function findingsOf(
  world: World,
  all: History[],
  violations: Violation[],
  { seed, size }: { seed: number; size: number },
): Promise<Finding[]> {
  const replay = `npm run trials -- --only histories --seed ${seed} --count ${size}`;
  const owners = await world.rows<{ subject: string; payer_id: string }>(`
    SELECT id::text AS subject, payer_id FROM payments.payment
    UNION ALL SELECT r.id::text, p.payer_id FROM payments.refund r JOIN payments.payment p ON p.id = r.payment_id
    UNION ALL SELECT obligation, payer_id FROM payments.payment
    UNION ALL SELECT id::text, payer_id FROM app.invoice`);
  const ownerOf = (subject: string) => owners.find((row) => subject.startsWith(row.subject))?.payer_id;
  const findings: Finding[] = [];
  for (const history of all) {
    const its = violations.filter(({ subject }) => ownerOf(subject) === history.payerId);
    const wrong = [...history.wrong, ...wordsOf(its)];
    const trial = `history ${history.seed}`;
    if (wrong.length > 0) findings.push({ part: 'histories', trial, seed: history.seed, replay, wrong });
  }
  const nobodys = wordsOf(
    violations.filter(({ subject }) => !all.some((it) => it.payerId === ownerOf(subject))),
  );
  if (nobodys.length > 0)
    findings.push({ part: 'histories', trial: 'a batch', seed, replay, wrong: nobodys });
  return findings;
}
