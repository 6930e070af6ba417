import { charges } from '../reading.js';
import type { Stage } from '../stage.js';

const CHARGES = 200;

interface Counted {
  calls: number;
  transactions: number;
  blocks: number;
}

/** How often a charge talks to the database: in its request, and with all that follows it. */
export async function statements(stage: Stage): Promise<void> {
  await stage.postgres.query('tokenkeep', 'CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
  const inRequest = await count(stage, 'off');
  const inAll = await count(stage, 'on');
  const [payments] = await stage.postgres.query<{ count: string }>(
    'tokenkeep',
    'SELECT count(*) FROM payments.payment',
  );
  stage.results.figures.set('statements', inRequest.calls);
  stage.results.note(
    `Database statements per charge: ${inRequest.calls.toFixed(1)} in the request (${inRequest.transactions.toFixed(1)} of them COMMIT), ` +
      `${inAll.calls.toFixed(1)} with the delivery of its messages; they touch ${inRequest.blocks.toFixed(0)} and ` +
      `${inAll.blocks.toFixed(0)} blocks of 8 kB with ${payments!.count} payments stored.`,
  );
}

async function count(stage: Stage, workers: 'on' | 'off'): Promise<Counted> {
  const { postgres, generator } = stage;
  return stage.withSides(
    ['tokenkeep'],
    async ([side]) => {
      await generator.run(charges(side!, { concurrency: 1, until: { count: 20 } }));
      await side!.quiet();
      await track(stage, 'top');
      await postgres.query('tokenkeep', 'SELECT pg_stat_statements_reset()');
      await generator.run(charges(side!, { concurrency: 1, until: { count: CHARGES } }));
      await side!.quiet();
      await track(stage, 'none');
      return sum(stage);
    },
    { environment: { WORKERS: workers } },
  );
}

async function track({ postgres }: Stage, what: 'top' | 'none'): Promise<void> {
  await postgres.query('tokenkeep', `ALTER SYSTEM SET pg_stat_statements.track = ${what}`);
  await postgres.query('tokenkeep', 'SELECT pg_reload_conf()');
  await new Promise((resolve) => setTimeout(resolve, 200)); // every session reads it before its next statement
}

async function sum({ postgres }: Stage): Promise<Counted> {
  const [row] = await postgres.query<{ calls: string; transactions: string; blocks: string }>(
    'tokenkeep',
    `SELECT sum(calls) AS calls, sum(calls) FILTER (WHERE query = 'COMMIT') AS transactions,
            sum(shared_blks_hit + shared_blks_read) AS blocks
       FROM pg_stat_statements JOIN pg_roles ON pg_roles.oid = userid WHERE rolname = 'tokenkeep_payments'`,
  );
  const perCharge = (text: string) => Number(text) / CHARGES;
  return {
    calls: perCharge(row!.calls),
    transactions: perCharge(row!.transactions),
    blocks: perCharge(row!.blocks),
  };
}
