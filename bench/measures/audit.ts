import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { charges } from '../reading.js';
import type { Side } from '../sides.js';
import type { Stage } from '../stage.js';

/** Some weeks of a school's log: long enough that the first page and the last are nothing of it. */
const ENTRIES = 300_000;
const APPENDS = 2_000;
const SEALED_POLL_MS = 200;

/** What the audit log costs a charge, and how fast all of it is verified. */
export async function audit(stage: Stage): Promise<void> {
  await stage.withSides(['tokenkeep'], async ([side]) => {
    await append(stage, side!);
    await fill(stage);
    await verify(stage);
  });
}

/** A charge's entries are rows in its own transactions: what they add is their statements, and no wait for the disk of their own. */
async function append(stage: Stage, side: Side): Promise<void> {
  const { options, postgres, generator, results } = stage;
  const load = { concurrency: 1, until: { seconds: options.seconds } };
  await generator.run(charges(side, load));
  const { p50, count } = await generator.run(charges(side, load));
  await side.quiet();
  const entries = await postgres.query<object>(
    'tokenkeep',
    `SELECT actor, action, target_type, target_id, origin::text, change::text FROM payments.audit_entry
      WHERE action IN ('payment.created', 'payment.succeeded') ORDER BY position DESC LIMIT 2`,
  );
  const client = new Client({ connectionString: await postgres.urlFor('tokenkeep_payments', 'tokenkeep') });
  await client.connect();
  await client.query('BEGIN');
  const timed = async (name: string, text: string) => {
    const begun = performance.now();
    for (let done = 0; done < APPENDS; done++)
      for (const entry of entries) await client.query({ name, text, values: Object.values(entry) });
    return (performance.now() - begun) / APPENDS;
  };
  const values = '$1::text, $2::text, $3::text, $4::uuid, $5::jsonb, $6::jsonb';
  const insert = `INSERT INTO payments.audit_entry (id, actor, action, target_type, target_id, origin, change) SELECT gen_random_uuid(), ${values}`;
  await timed('insert', insert); // warm
  // The statement that a charge sends anyway, with its values, is taken out.
  const ms = (await timed('insert', insert)) - (await timed('same without', `SELECT ${values}`));
  await client.query('ROLLBACK');
  await client.end();
  results.figures.set('audit append share', (100 * ms) / p50);
  results.note(
    `The ${entries.length} audit entries of a charge take ${ms.toFixed(3)} ms of ${p50.toFixed(2)} ms (p50 of ${count} charges, one at a time).`,
  );
}

/** As a charge writes them; the program seals them, as it does all others. */
async function fill({ postgres }: Stage): Promise<void> {
  await postgres.query(
    'tokenkeep',
    `INSERT INTO payments.audit_entry (id, actor, action, target_type, target_id, origin, change)
     SELECT gen_random_uuid(), actor, action, target_type, gen_random_uuid(), origin, change
       FROM generate_series(1, $1::int) n,
            LATERAL (SELECT * FROM payments.audit_entry WHERE action = 'payment.created' AND n > 0 ORDER BY position LIMIT 1) entry`,
    [ENTRIES],
  );
  for (;;) {
    const [row] = await postgres.query<{ left: boolean }>(
      'tokenkeep',
      `SELECT (SELECT max(position) FROM payments.audit_entry) > (SELECT coalesce(max(last_position), 0) FROM payments.audit_batch) AS left`,
    );
    if (!row!.left) return;
    await sleep(SEALED_POLL_MS);
  }
}

/** By the command, as an auditor does it: its own figure, beside the program that goes on. */
async function verify({ postgres, results, surroundings, options }: Stage): Promise<void> {
  const environment = {
    PATH: process.env['PATH'],
    NODE_ENV: 'test',
    DATABASE_URL: await postgres.urlFor('tokenkeep_app', 'tokenkeep'),
    PAYMENTS_DATABASE_URL: await postgres.urlFor('tokenkeep_payments', 'tokenkeep'),
    DATA_FOLDER: join(surroundings.folder, 'tokenkeep'),
    SANDBOX_PORT: 'off',
    STRIPE_API_BASE: surroundings.gatewayUrl,
  };
  let best = { entriesPerSecond: 0, entriesVerified: 0, seconds: 0 };
  for (let round = 0; round < options.rounds; round++) {
    const verified = await new Promise<typeof best>((resolve, reject) =>
      execFile(
        process.execPath,
        ['dist/cli.js', 'audit', 'verify'],
        { env: environment },
        (error, stdout, stderr) =>
          error ? reject(new Error(stdout + stderr)) : resolve(JSON.parse(stdout) as typeof best),
      ),
    );
    if (verified.entriesPerSecond > best.entriesPerSecond) best = verified;
  }
  results.figures.set('audit entries verified', best.entriesPerSecond);
  results.note(
    `\`audit verify\`: ${best.entriesVerified} entries in ${best.seconds} s, ${best.entriesPerSecond} each second, on one core beside PostgreSQL's.`,
  );
}
