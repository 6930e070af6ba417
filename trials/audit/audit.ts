import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../random.ts';
import type { Finding, Part } from '../trial.ts';
import { charged, payerWith } from '../world/given.ts';
import { World } from '../world/world.ts';
import { type Log, TAMPERINGS } from './tamperings.ts';
import { Verifier } from './verifier.ts';

/** So many batches that each has neighbours; each is made of what happened in a second or two. */
const BATCHES = 5;
const CHARGES_PER_BATCH = 4;
const ANCHORED_MS = 60_000;
const PAUSE_MS = 100;

/** Part (h): somebody who owns the database changes the audit log at random; every change of what is anchored is found. */
export const audit: Part = async (options) => {
  const { house, dist, seed, count, only, progress, stopsAtFirst } = options;
  const anchors = await mkdtemp(join(house.folder, 'anchors-'));
  const world = await World.create(house, { dist, environment: { PAYMENTS_AUDIT_ANCHORS: anchors } });
  const findings: Finding[] = [];
  const tried = new Map<string, number>();
  let verifier: Verifier | undefined;
  let log: KeptLog | undefined;
  try {
    await writeLog(world, anchors);
    verifier = new Verifier(dist, {
      NODE_ENV: 'test',
      DATA_FOLDER: house.folder,
      MIGRATE_ON_START: 'off',
      PAYMENTS_AUDIT_ANCHORS: anchors,
      ...house.postgres.urls(world.databaseName),
    });
    log = await keep(world);
    const names = Object.keys(TAMPERINGS).filter((name) => only?.test(name) ?? true);
    const whole = await verifier.verify();
    if (whole['outcome'] !== 'intact')
      throw new Error(`The log is not whole before anything was done to it: ${JSON.stringify(whole)}`);

    for (let round = 0; round < count; round++) {
      const random = new Random(seed + round);
      const name = random.pick(names);
      tried.set(name, (tried.get(name) ?? 0) + 1);
      const wrong = await tamper(log, random, name, verifier);
      await log.restore();
      const replay = `npm run trials -- --only audit --match '^${name}$' --seed ${seed + round} --count 1`;
      if (wrong.length > 0) findings.push({ part: 'audit', trial: name, seed: seed + round, replay, wrong });
      progress(round + 1, count, findings.length);
      if (findings.length > 0 && stopsAtFirst) break;
    }
    const after = await verifier.verify();
    if (after['outcome'] !== 'intact') throw new Error(`Putting it back failed: ${JSON.stringify(after)}`);
    const notes = [`${log.entries.length} entries in ${log.batches.length} batches, ${tried.size} ways`];
    return { part: 'audit', trials: count, findings, notes };
  } finally {
    verifier?.stop();
    log?.release();
    await world.stop();
  }
};

async function tamper(log: Log, random: Random, name: string, verifier: Verifier): Promise<string[]> {
  const { words, names } = await TAMPERINGS[name]!(log, random);
  const { outcome, firstBad } = await verifier.verify();
  if (outcome !== 'tampered') return [`${words}, and the log is called ${outcome}`];
  if (names !== null && firstBad.number !== names)
    return [`${words}, and entry ${firstBad.number} is named (${firstBad.reason}), not ${names}`];
  return [];
}

/** Real payments, and real looks at them, until there are enough batches and the last one is anchored. */
async function writeLog(world: World, anchors: string): Promise<void> {
  const finance = await world.person('finance');
  const payer = await payerWith(world);
  for (let batch = 1; batch <= BATCHES; batch++) {
    for (let charge = 0; charge < CHARGES_PER_BATCH; charge++) {
      const payment = await charged(finance, payer);
      await finance.get(`/v1/payments/${payment.id}`);
    }
    await until(async () => {
      const [row] = await world.rows<{ count: number }>('SELECT count(*)::int FROM payments.audit_batch');
      return row!.count >= batch;
    });
  }
  await until(async () => {
    const [row] = await world.rows<{ open: number }>(
      `SELECT count(*)::int AS open FROM payments.audit_entry
        WHERE position > (SELECT max(last_position) FROM payments.audit_batch)`,
    );
    return row!.open === 0;
  });
  const [last] = await world.rows<{ number: number }>(
    'SELECT max(number)::int AS number FROM payments.audit_batch',
  );
  await until(async () => (await newestAnchor(anchors)) >= last!.number);
  await world.application.stop(); // nothing is added from here on
}

async function newestAnchor(folder: string): Promise<number> {
  const files = (await readdir(folder)).sort();
  if (files.length === 0) return 0;
  const lines = (await readFile(join(folder, files.at(-1)!), 'utf8')).trim().split('\n');
  return (JSON.parse(lines.at(-1)!) as { number: number }).number;
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + ANCHORED_MS; !(await isTrue()); await sleep(PAUSE_MS))
    if (Date.now() > end) throw new Error('The log was not sealed and anchored in time');
}

interface KeptLog extends Log {
  restore: () => Promise<void>;
  release: () => void;
}

/** A copy, and a way back to it; triggers and foreign keys do not hold a superuser who says so. */
async function keep(world: World): Promise<KeptLog> {
  const database = world.house.postgres.pool(world.databaseName);
  const client = await database.connect();
  const sql = (statement: string, parameters?: unknown[]) => client.query(statement, parameters);
  await sql('SET session_replication_role = replica');
  await sql('ALTER TABLE payments.audit_entry ALTER position SET GENERATED BY DEFAULT');
  for (const table of ['audit_entry', 'audit_batch'])
    await sql(`CREATE TEMP TABLE kept_${table} AS SELECT * FROM payments.${table}`);
  return {
    entries: (await sql('SELECT * FROM payments.audit_entry ORDER BY position')).rows,
    batches: (await sql('SELECT * FROM payments.audit_batch ORDER BY number')).rows,
    sql,
    release: () => client.release(true),
    restore: async () => {
      await sql('BEGIN');
      for (const table of ['audit_entry', 'audit_batch']) {
        await sql(`DELETE FROM payments.${table}`);
        await sql(`INSERT INTO payments.${table} OVERRIDING SYSTEM VALUE SELECT * FROM kept_${table}`);
      }
      await sql('COMMIT');
    },
  };
}
