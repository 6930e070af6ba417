// The load generator: a process of its own, so that its work is not counted as anybody's.
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { Connection } from './connection.js';
import type { CommitJob, Job, Result } from './job.js';
import { chargeRequest, webhookRequest } from './requests.js';

/** Does one thing once; gives back what it made, or throws what was answered instead. */
type Once = () => Promise<string>;

/** An answer: milliseconds since the job began, and until it came. */
interface Answered {
  id: string;
  sent: number;
  ms: number;
}

process.on('message', (job: Job) => {
  void run(job).then((result) => process.send!(result));
});

async function run(job: Job): Promise<Result> {
  const workers = await Promise.all(
    Array.from({ length: job.concurrency }, () => (job.kind === 'commit' ? committer(job) : sender(job))),
  );
  const leadInMs = ('leadInSeconds' in job ? (job.leadInSeconds ?? 0) : 0) * 1000;
  const begun = performance.now();
  const refused: Record<string, number> = {};
  const each: Answered[] = [];
  const perSecond = 'perSecond' in job ? job.perSecond : undefined;
  let started = 0;

  const isOver = () =>
    'count' in job.until
      ? started >= job.until.count
      : performance.now() - begun >= leadInMs + job.until.seconds * 1000;
  const work = async ({ once }: Worker, place: number) => {
    await sleep((leadInMs * place) / job.concurrency);
    while (!isOver()) {
      const due = perSecond ? begun + (started * 1000) / perSecond : 0;
      started++;
      if (due > performance.now()) await sleep(due - performance.now());
      const sent = performance.now();
      await once().then(
        (id) => each.push({ id, sent: sent - begun, ms: performance.now() - sent }),
        (error: Error) => (refused[error.message] = (refused[error.message] ?? 0) + 1),
      );
    }
  };
  await Promise.all(workers.map(work));
  const seconds = (performance.now() - begun) / 1000;
  for (const { end } of workers) await end();
  const untilMs = 'seconds' in job.until ? leadInMs + job.until.seconds * 1000 : seconds * 1000;
  return {
    ...measured(each, leadInMs, untilMs),
    count: each.length,
    seconds,
    refused,
    each: 'keepsEach' in job && job.keepsEach ? each : undefined,
  };
}

function measured(each: Answered[], fromMs: number, untilMs: number) {
  const ended = each.filter(({ sent, ms }) => sent + ms >= fromMs && sent + ms <= untilMs).length;
  const times = each.flatMap(({ sent, ms }) => (sent >= fromMs ? [ms] : []));
  const sorted = Float64Array.from(times).sort();
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
  const perSecond = (ended * 1000) / (untilMs - fromMs);
  return { perSecond, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

interface Worker {
  once: Once;
  end: () => Promise<void> | void;
}

function sender(job: Exclude<Job, CommitJob>): Worker {
  const connection = new Connection(job.url);
  const once = async () => {
    const { headers, body } = job.kind === 'charge' ? chargeRequest(job) : webhookRequest(job);
    const answer = await connection.post(job.path, headers, body);
    if (answer.status >= 300) throw new Error(`${answer.status} ${answer.body.slice(0, 200)}`);
    return job.keepsEach ? (JSON.parse(answer.body) as { id: string }).id : '';
  };
  return { once, end: () => connection.close() };
}

async function committer({ databaseUrl }: CommitJob): Promise<Worker> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const row = 'x'.repeat(200);
  const once = async () => {
    await client.query({ name: 'commit', text: 'INSERT INTO durable (body) VALUES ($1)', values: [row] });
    return '';
  };
  return { once, end: () => client.end() };
}
