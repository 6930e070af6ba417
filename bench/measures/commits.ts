import type { Result } from '../load/job.js';
import { median } from '../reading.js';
import type { Stage } from '../stage.js';

const DATABASE = 'bench';
const CONCURRENCIES = [1, 16, 64];

/** What PostgreSQL and the disk can do: rows that are durable one by one. */
export async function commits(stage: Stage): Promise<void> {
  const { options, results } = stage;
  const words: string[] = [];
  for (const concurrency of CONCURRENCIES) {
    const runs: Result[] = [];
    for (let round = 0; round < options.rounds; round++)
      runs.push(await commitFor(stage, concurrency, options.seconds));
    const perSecond = median(runs.map(({ count, seconds }) => count / seconds));
    const p50 = median(runs.map((run) => run.p50));
    const p99 = median(runs.map((run) => run.p99));
    words.push(
      `${concurrency} at once: ${perSecond.toFixed(0)}/s, p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
    );
  }
  results.note(`PostgreSQL's own durable commits, one row each. ${words.join('; ')}.`);
}

export async function commitFor(
  { generator, postgres }: Stage,
  concurrency: number,
  seconds: number,
): Promise<Result> {
  const databaseUrl = await postgres.adminUrl(DATABASE);
  await postgres.query(
    DATABASE,
    'CREATE TABLE IF NOT EXISTS durable (id bigserial PRIMARY KEY, body text NOT NULL)',
  );
  return generator.run({ kind: 'commit', databaseUrl, concurrency, until: { seconds } });
}
