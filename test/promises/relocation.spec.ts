import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
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
import { NODE_OPTIONS } from '../support/node.js';
import { environmentBeside } from '../support/programs.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

/** The command is killed right after each, and run again. `npm run trials -- --only relocation` does it twice at every one. */
const KILLED_AFTER = ['copied', 'fenced', 'source_closed'];

let tokenkeep: Tokenkeep;
let other: TestDatabase & { migratorUrl: string };
/** Where nothing ever goes. */
let third: TestDatabase & { migratorUrl: string };
let commands: Record<string, string>;
let finance: Api;
let order: () => object;

beforeAll(async () => {
  [other, third] = await Promise.all([createPaymentsDatabase(), createPaymentsDatabase()]);
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
  for (let count = 0; count < 10; count++) await finance.postOnce('/v1/payments', order());
});
afterAll(async () => {
  await tokenkeep.stop();
  await dropTestDatabase(other);
  await dropTestDatabase(third);
});

describe('payment data that move to another database', () => {
  it('say beforehand what would move, and what is in the way, and change nothing', async () => {
    const { PAYMENTS_RELOCATION_URL: _, ...blind } = commands;

    const rehearsal = await runCli(['db', 'relocate', '--dry-run'], commands);
    const elsewhere = { ...blind, RELOCATE_TO_URL: third.migratorUrl };
    const unfollowed = await runCli(['db', 'relocate', '--back'], elsewhere); // one at a time
    const demanding = { ...commands, PAYMENTS_ISOLATION_MINIMUM: 'cluster' };
    const tooNear = await runCli(['db', 'relocate', '--dry-run'], demanding);

    expect([rehearsal.exitCode, rehearsal.stdout]).toEqual([
      0,
      expect.stringContaining('Nothing is in the way of moving from'),
    ]);
    expect(rehearsal.stdout).toMatch(/10 {2}payment$/m);
    expect(await queryUrl(other.adminUrl, 'SELECT FROM payments.payment')).toEqual([]);
    expect(tooNear.exitCode).toBe(1);
    expect(tooNear.stderr).toMatch(
      /In the way: PAYMENTS_ISOLATION_MINIMUM: .* by cluster, and would be by \w+ \(.+\) there/,
    );
    expect(unfollowed.exitCode).toBe(1);
    expect(unfollowed.stderr).toContain('running programs could not follow');
    expect(unfollowed.stderr).toContain('is not where payment data came from: they have never moved');
  });

  it('are moved by one command at a time, and given up on request', async () => {
    const first = begin();
    await first.said('copied');
    first.child.kill('SIGSTOP');

    const others = await Promise.all([
      runCli(['db', 'relocate'], commands),
      runCli(['db', 'relocate', '--cancel'], commands),
    ]);
    first.child.kill('SIGKILL');
    const givenUp = await runCli(['db', 'relocate', '--cancel'], commands);

    for (const { exitCode, stderr } of others)
      expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/Another db relocate is at work on \S+/)]);
    expect([givenUp.exitCode, givenUp.stdout]).toEqual([0, expect.stringContaining('nothing has moved')]);
    expect(await tokenkeep.sql(`SELECT FROM pg_trigger WHERE tgname LIKE 'relocation%'`)).toEqual([]);
    const { status } = await finance.postOnce('/v1/payments', order());
    expect(status).toBe(201);
  });

  it('lose and double nothing while payments are made, killed in the middle and run again', async () => {
    const made: Body[] = [];
    const refused: string[] = [];
    const working = new AbortController();
    const traffic = payAllTheTime(working.signal, made, refused);

    for (const step of KILLED_AFTER) {
      const run = begin();
      await run.said(step);
      run.child.kill('SIGKILL');
    }
    const last = await runCli(['db', 'relocate'], commands);
    const moved = made.length;
    await eventually(
      async () => made.length,
      (count) => count > moved + 3, // payments at the new home, too
    );
    working.abort();
    await traffic;

    expect([last.exitCode, last.stdout]).toEqual([0, expect.stringContaining('The home of payment data is')]);
    expect(new Set(refused)).toEqual(new Set(refused.length > 0 ? ['payments_moving'] : []));
    await tokenkeep.sandbox.deliveriesDone();
    const rows = await eventually(
      async () => {
        // What was under way at the fence moved as unknown, and is asked about a minute later: here, at once.
        await queryUrl(
          other.adminUrl,
          `UPDATE payments.payment_attempt SET due_at = clock_timestamp() WHERE due_at > clock_timestamp() + interval '5 s'`,
        );
        return queryUrl<Body>(
          other.adminUrl,
          'SELECT id, status, amount_minor, obligation FROM payments.payment',
        );
      },
      (found) => found.every(({ status }) => status === 'succeeded'),
      20_000,
    );
    const charges = await tokenkeep.sandbox.charges();
    expect(rows.length).toBe(charges.length);
    expect(new Set(rows.map(({ obligation }) => obligation)).size).toBe(rows.length);
    const known = new Set(rows.map(({ id }) => id));
    expect(made.filter(({ id }) => !known.has(id))).toEqual([]);
    expect(await homes()).toEqual([[], [{ state: 'home', epoch: 2 }]]);
  }, 120_000);

  it('keep the audit log whole, refuse the setting of before, and know only one way back', async () => {
    const [verified, before, wrongWay] = await Promise.all([
      runCli(['audit', 'verify'], { ...commands, PAYMENTS_DATABASE_URL: other.paymentsUrl }),
      runCli(['status'], { ...commands, PAYMENTS_RELOCATION_URL: '' }),
      runCli(['db', 'relocate', '--back', '--dry-run'], {
        ...wayBack(),
        RELOCATE_TO_URL: third.migratorUrl,
      }),
    ]);

    expect(verified.stdout).not.toMatch(/does not|missing|changed/);
    expect([before.exitCode, before.stderr]).toEqual([
      1,
      expect.stringContaining('Set PAYMENTS_DATABASE_URL to'),
    ]);
    expect(before.stderr).toContain(other.name);
    expect([wrongWay.exitCode, wrongWay.stderr]).toEqual([
      1,
      expect.stringMatching(/is not where payment data came from: that is \S+test_\w+/),
    ]);
  });

  it('move back the same way', async () => {
    const { exitCode, stdout, stderr } = await runCli(['db', 'relocate', '--back'], wayBack());

    expect([exitCode, stderr.replaceAll(/^\d.*\n/gm, '')]).toEqual([0, expect.any(String)]);
    expect(stdout).toMatch(/rows are the same on both sides; writing was paused for \d+ ms/);
    expect(await homes()).toEqual([[{ state: 'home', epoch: 3 }], []]);
    const { body } = await eventually(
      () => finance.postOnce('/v1/payments', order()),
      ({ status }) => status === 201,
    );
    expect(body.status).toBe('succeeded');
  });

  it('leave nothing behind once the former home is purged, and then there is no way back', async () => {
    const purged = await runCli(['db', 'purge'], { ...commands, PURGE_URL: other.migratorUrl });
    const back = await runCli(['db', 'relocate', '--back'], commands);

    expect(purged.stdout).toMatch(/Removed: payments_moved_2\.\n.*Backups/);
    expect(
      await queryUrl(other.adminUrl, `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'payments_%'`),
    ).toEqual([]);
    expect([back.exitCode, back.stderr]).toEqual([1, expect.stringContaining('was purged')]);
  });

  it('carry with them what operators did to them', async () => {
    const entries = await tokenkeep.sql<{ action: string }>(
      `SELECT DISTINCT action FROM payments.audit_entry WHERE kind = 'operation' AND actor LIKE 'operator:%'`,
    );

    expect(entries.map(({ action }) => action).sort()).toEqual([
      'command.db_purge',
      'command.db_relocate',
      'command.db_relocate.cancel',
      'command.db_relocate.done',
      'command.db_relocate.refused',
      'command.migrate',
    ]);
  });
});

/** From where the data went. */
function wayBack(): Record<string, string> {
  return {
    ...commands,
    PAYMENTS_DATABASE_URL: other.paymentsUrl,
    PAYMENTS_MIGRATION_URL: other.migratorUrl,
    PAYMENTS_RELOCATION_URL: tokenkeep.database.paymentsUrl,
    RELOCATE_TO_URL: commands['PAYMENTS_MIGRATION_URL']!,
  };
}

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

/** Begins the command. `said`: it says that this step is done; an earlier run may have done it, then it ends. */
function begin(): { child: ChildProcess; said: (step: string) => Promise<void> } {
  const child = spawn(process.execPath, [...NODE_OPTIONS, 'dist/cli.js', 'db', 'relocate'], {
    env: { PATH: process.env['PATH'], ...commands },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  return {
    child,
    said: async (step) => {
      await eventually(
        async () => child.exitCode !== null || said.includes(` ${step}\n`),
        (isThere) => isThere,
      );
    },
  };
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
