import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { charge, openAccount, type OwnSandbox, savedCard, startSandbox } from './gateway.js';
import { receiveWebhooks } from './webhook-receiver.js';

const run = promisify(execFile);
const PROGRAM = process.env.TEST_SANDBOX_PROGRAM ?? 'dist/sandbox/main.js';

let folder: string;
let sandbox: OwnSandbox;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-ledger-'));
  sandbox = await startSandbox(folder);
});
afterAll(async () => {
  await sandbox.stop();
  await rm(folder, { recursive: true });
});

const ledgerLines = async () =>
  (await readFile(join(folder, 'ledger.jsonl'), 'utf8')).split('\n').filter(Boolean);

describe('the ledger', () => {
  it('has on disk whatever was answered, also after kill -9 in the middle of many charges', async () => {
    const account = openAccount(sandbox.address);
    const saved = await savedCard(account);
    const answered: string[] = [];
    const charging = Array.from({ length: 8 }, async (_, worker) => {
      for (let count = 0; count < 1_000; count++) {
        const paid = await charge(account, saved, { metadata: { payment: `${worker}-${count}` } });
        answered.push(paid.id);
      }
    });
    while (answered.length < 60) await new Promise((resolve) => setTimeout(resolve, 5));

    await sandbox.kill();
    await Promise.allSettled(charging);
    sandbox = await startSandbox(folder);

    const after = openAccount(sandbox.address, account.key);
    const ledger = (await after.control('GET /_sandbox/ledger')).data as {
      type: string;
      payment_intent: string;
    }[];
    const charged = new Set(
      ledger.filter(({ type }) => type === 'charge.succeeded').map((entry) => entry.payment_intent),
    );
    expect(answered.filter((id) => !charged.has(id))).toEqual([]);
    for (const id of answered.slice(-5)) {
      expect((await after.stripe.paymentIntents.retrieve(id)).status).toBe('succeeded');
    }
  });

  it('cuts off the half line of a killed process, and goes on', async () => {
    const account = openAccount(sandbox.address);
    const customer = await account.stripe.customers.create();
    await sandbox.kill();
    await appendFile(join(folder, 'ledger.jsonl'), '{"at":"2026-01-01","account":"acct_');

    sandbox = await startSandbox(folder);

    const after = openAccount(sandbox.address, account.key);
    expect((await after.stripe.customers.retrieve(customer.id)).id).toBe(customer.id);
    await after.stripe.customers.create();
    for (const line of await ledgerLines()) expect(() => JSON.parse(line)).not.toThrow();
  });

  it('remembers keys, the clock and unsent events over a restart', async () => {
    const account = openAccount(sandbox.address);
    let isOpen = false;
    const receiver = await receiveWebhooks(account, () => (isOpen ? 200 : 500));
    const first = await account.stripe.customers.create({ name: 'once' }, { idempotencyKey: 'kept' });
    await receiver.settled();
    await account.control('POST /_sandbox/clock', { advance: '1h' });
    await sandbox.stop();
    isOpen = true;

    sandbox = await startSandbox(folder);
    const after = openAccount(sandbox.address, account.key);
    const again = await after.stripe.customers.create({ name: 'once' }, { idempotencyKey: 'kept' });
    const clock = await after.control('GET /_sandbox/clock');
    await after.control('POST /_sandbox/clock', { advance: '1m' });
    await after.control('POST /_sandbox/deliveries/wait', {});

    expect(again.id).toBe(first.id);
    expect(clock.ahead_seconds).toBe(3_600);
    const { data } = await after.control('GET /_sandbox/deliveries');
    expect(data[0]).toMatchObject({ type: 'customer.created', status: 'delivered' });
    receiver.close();
  });

  it('never holds a card number, a security code or an account number', async () => {
    const account = openAccount(sandbox.address);
    const session = await account.stripe.checkout.sessions.create({
      mode: 'setup',
      currency: 'usd',
      success_url: 'http://localhost/saved',
    });
    await account.control(`POST /_sandbox/checkout-sessions/${session.id}/complete`, {
      number: '4242424242424242',
      cvc: '987',
    });

    const written = (await ledgerLines()).join('\n');

    expect(written).not.toContain('4242424242424242');
    expect(written).not.toMatch(/"cvc":/);
    expect(written).toContain('"last4":"4242"');
  });

  it('is printed per reference by a command that needs no sandbox', async () => {
    const account = openAccount(sandbox.address);
    const saved = await savedCard(account);
    const paid = await charge(account, saved, { metadata: { payment: 'p-1' } });
    await account.stripe.refunds.create({ payment_intent: paid.id, amount: 500 });
    await charge(account, saved, { metadata: { payment: 'p-2' }, amount: 700 });
    const disputed = await charge(account, saved, { metadata: { payment: 'p-3' } });
    await account.control(`POST /_sandbox/charges/${disputed.latest_charge as string}/dispute`, {});
    const { id } = await account.stripe.accounts.retrieveCurrent();

    const options = ['ledger', '--by', 'payment', '--account', id, '--json'];
    const { stdout } = await run(process.execPath, [PROGRAM, ...options], {
      env: { ...process.env, SANDBOX_DATA: folder },
    });
    const table = await run(process.execPath, [PROGRAM, 'ledger', '--account', id], {
      env: { ...process.env, SANDBOX_DATA: folder },
    });

    const sums = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(sums).toMatchObject([
      { reference: 'p-1', currency: 'usd', charged: 1999, refunded: 500, disputed: 0 },
      { reference: 'p-2', charged: 700, refunded: 0, disputed: 0 },
      { reference: 'p-3', charged: 1999, refunded: 0, disputed: 1999 },
    ]);
    expect(table.stdout.split('\n')[0]).toMatch(/^reference\s+currency\s+charged\s+refunded\s+disputed/);
    expect(table.stdout).toContain(paid.id);
  });

  it('begins anew for an account that is reset, and only for that one', async () => {
    const account = openAccount(sandbox.address);
    const other = openAccount(sandbox.address);
    await charge(account, await savedCard(account));
    await charge(other, await savedCard(other));

    await account.control('POST /_sandbox/reset', {});

    expect((await account.control('GET /_sandbox/ledger')).data).toEqual([]);
    expect((await account.stripe.customers.list()).data).toEqual([]);
    expect((await other.control('GET /_sandbox/ledger')).data).toHaveLength(1);
  });
});

describe('the process', () => {
  it('shares its folder with no other', async () => {
    const env = { PATH: process.env.PATH, SANDBOX_PORT: '0', SANDBOX_DATA: folder };

    const second = await run(process.execPath, [PROGRAM], { env }).catch(
      (error: { stderr: string }) => error,
    );

    expect(second.stderr).toContain(`Another sandbox (process ${sandbox.process.pid})`);
  });

  it('keeps one endpoint for the address that it was started with', async () => {
    const own = await mkdtemp(join(tmpdir(), 'sandbox-endpoint-'));
    const env = { SANDBOX_WEBHOOK_URL: 'http://127.0.0.1:9/webhooks', SANDBOX_WEBHOOK_SECRET: 'whsec_first' };
    await (await startSandbox(own, env)).stop();
    const again = await startSandbox(own, { ...env, SANDBOX_WEBHOOK_SECRET: 'whsec_second' });

    const { data } = await openAccount(again.address, 'sk_test_sandbox').stripe.webhookEndpoints.list();
    expect(data.map(({ url, status }) => [url, status])).toEqual([[env.SANDBOX_WEBHOOK_URL, 'enabled']]);
    await again.stop();
    await rm(own, { recursive: true });
  });

  it('ends with its parent, and when it is told to', async () => {
    const own = await mkdtemp(join(tmpdir(), 'sandbox-end-'));
    const orphan = await startSandbox(own);
    const exited = once(orphan.process, 'exit');
    orphan.process.stdin!.end();
    const told = await startSandbox(join(own, 'second'));

    expect(await exited).toEqual([0, null]);
    expect(await told.stop()).toBe(0);
    await rm(own, { recursive: true });
  });

  it.each([
    [{ NODE_ENV: 'production' }, /does not start with NODE_ENV=production/],
    [{ SANDBOX_PORT: 'many' }, /SANDBOX_PORT must be a port number/],
  ])('does not start with %j', async (env, message) => {
    const failed = await run(process.execPath, [PROGRAM], { env: { PATH: process.env.PATH, ...env } }).catch(
      (error: { code: number; stderr: string }) => error,
    );

    expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
  });
});
