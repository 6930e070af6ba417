import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Api, Body } from '../support/api.js';
import { runCli } from '../support/cli.js';
import {
  createPaymentsDatabase,
  dropTestDatabase,
  migratorUrlOf,
  queryUrl,
  type TestDatabase,
} from '../support/databases.js';
import { eventually, payerIdOf, savedCard } from '../support/given.js';
import { environmentBeside } from '../support/programs.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

/** The command is killed right after each, and run again. */
const STEPS = [
  'target_prepared',
  'changes_noted',
  'copied',
  'caught_up',
  'fenced',
  'verified',
  'source_closed',
  'target_open',
  'source_hidden',
];

let tokenkeep: Tokenkeep;
let other: TestDatabase & { migratorUrl: string };
let commands: Record<string, string>;
let finance: Api;
let order: () => object;

beforeAll(async () => {
  other = await createPaymentsDatabase();
  tokenkeep = await startTokenkeep({ environment: { PAYMENTS_RELOCATION_URL: other.paymentsUrl } });
  commands = {
    ...environmentBeside(tokenkeep),
    PAYMENTS_MIGRATION_URL: await migratorUrlOf(tokenkeep.database),
    PAYMENTS_RELOCATION_URL: other.paymentsUrl,
    RELOCATE_TO_URL: other.migratorUrl,
  };
  finance = await tokenkeep.as('finance');
  const payer = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, payer);
  order = () => ({
    payerId: payerIdOf(payer),
    paymentMethodId: card.id,
    amountMinor: 1999,
    currency: 'USD',
    obligation: `course:${randomUUID()}`,
  });
  for (let count = 0; count < 40; count++) await finance.postOnce('/v1/payments', order());
});
afterAll(async () => {
  await tokenkeep.stop();
  await dropTestDatabase(other);
});

describe('payment data that move to another database', () => {
  it('say beforehand what would move, and change nothing', async () => {
    const { exitCode, stdout } = await runCli(['db', 'relocate', '--dry-run'], commands);

    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('Nothing is in the way of moving from')]);
    expect(stdout).toMatch(/40 {2}payment$/m);
    expect(await queryUrl(other.adminUrl, 'SELECT FROM payments.payment')).toEqual([]);
  });

  it('are not begun where running programs could not follow', async () => {
    const { PAYMENTS_RELOCATION_URL: _, ...blind } = commands;

    const { exitCode, stderr } = await runCli(['db', 'relocate'], blind);

    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('running programs could not follow')]);
  });

  it('lose and double nothing while payments are made, killed after each step and run again', async () => {
    const made: Body[] = [];
    const refused: string[] = [];
    const working = new AbortController();
    const traffic = payAllTheTime(working.signal, made, refused);

    for (const step of STEPS) await relocateUntil(step);
    const last = await runCli(['db', 'relocate'], commands);
    await sleep(1_500); // payments at the new home, too
    working.abort();
    await traffic;

    expect([last.exitCode, last.stdout]).toEqual([0, expect.stringContaining('The home of payment data is')]);
    expect(new Set(refused)).toEqual(new Set(refused.length > 0 ? ['payments_moving'] : []));
    await tokenkeep.sandbox.deliveriesDone();
    const rows = await eventually(
      () =>
        queryUrl<Body>(other.adminUrl, 'SELECT id, status, amount_minor, obligation FROM payments.payment'),
      (found) => found.every(({ status }) => status === 'succeeded'),
      20_000,
    );
    const charges = await tokenkeep.sandbox.charges();
    expect(rows.length).toBe(charges.length);
    expect(new Set(rows.map(({ obligation }) => obligation)).size).toBe(rows.length);
    const known = new Set(rows.map(({ id }) => id));
    expect(made.filter(({ id }) => !known.has(id))).toEqual([]);
    expect(await homes()).toEqual([[], [{ state: 'home', epoch: 2 }]]);
  }, 240_000);

  it('keep the audit log whole: what was sealed before verifies after', async () => {
    const { stdout } = await runCli(['audit', 'verify'], {
      ...commands,
      PAYMENTS_DATABASE_URL: other.paymentsUrl,
    });

    expect(stdout).not.toMatch(/does not|missing|changed/);
  });

  it('refuse a start with the setting of before, and say what to set', async () => {
    const before = { ...commands, PAYMENTS_RELOCATION_URL: '' };

    const { exitCode, stderr } = await runCli(['status'], before);

    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('Set PAYMENTS_DATABASE_URL to')]);
    expect(stderr).toContain(other.name);
  });

  it('leave nothing behind once the former home is purged', async () => {
    const purged = await runCli(['db', 'purge'], {
      ...commands,
      PURGE_URL: commands['PAYMENTS_MIGRATION_URL']!,
    });

    expect(purged.stdout).toMatch(/Removed: payments_moved_1\.\n.*Backups/);
    const left = await tokenkeep.sql(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'payments%'`);
    expect(left).toEqual([]);
  });

  it('move back the same way', async () => {
    const back = {
      ...commands,
      PAYMENTS_DATABASE_URL: other.paymentsUrl,
      PAYMENTS_MIGRATION_URL: other.migratorUrl,
      PAYMENTS_RELOCATION_URL: tokenkeep.database.paymentsUrl,
      RELOCATE_TO_URL: commands['PAYMENTS_MIGRATION_URL']!,
    };

    const { exitCode, stdout, stderr } = await runCli(['db', 'relocate'], back);

    expect([exitCode, stderr.replaceAll(/^\d.*\n/gm, '')]).toEqual([0, expect.any(String)]);
    expect(stdout).toMatch(/rows are the same on both sides; writing was paused for \d+ ms/);
    expect(await homes()).toEqual([[{ state: 'home', epoch: 3 }], []]);
    const { body } = await eventually(
      () => finance.postOnce('/v1/payments', order()),
      ({ status }) => status === 201,
    );
    expect(body.status).toBe('succeeded');
  });
});

/** Four a second. What the move refuses is asked again with the same key, as the answer says. */
async function payAllTheTime(signal: AbortSignal, made: Body[], refused: string[]): Promise<void> {
  const open: Promise<void>[] = [];
  while (!signal.aborted) {
    open.push(pay(made, refused));
    await sleep(250);
  }
  await Promise.all(open);
}

async function pay(made: Body[], refused: string[]): Promise<void> {
  const [body, idempotencyKey] = [order(), randomUUID()];
  for (const patience = Date.now() + 60_000; Date.now() < patience; await sleep(2_000)) {
    const answer = await finance.post('/v1/payments', body, { idempotencyKey });
    if (answer.status < 300) return void made.push(answer.body);
    refused.push(answer.body.code);
  }
}

/** Runs the command, and kills it as soon as it says that this step is done. Earlier steps may be behind it already. */
async function relocateUntil(step: string): Promise<void> {
  const child: ChildProcess = spawn(process.execPath, ['dist/cli.js', 'db', 'relocate'], {
    env: { PATH: process.env['PATH'], ...commands },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr!.on('data', (text: Buffer) => {
    said += text.toString();
    if (said.includes(` ${step}\n`)) child.kill('SIGKILL');
  });
  await once(child, 'close');
}

function homes(): Promise<object[][]> {
  return Promise.all(
    [tokenkeep.database, other].map(async ({ adminUrl }) => {
      const [there] = await queryUrl<{ found: boolean }>(
        adminUrl,
        `SELECT to_regclass('payments.residence') IS NOT NULL AS found`,
      );
      return there!.found ? queryUrl(adminUrl, 'SELECT state, epoch FROM payments.residence') : [];
    }),
  );
}
