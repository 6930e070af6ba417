import { request as httpRequest } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type Stripe from 'stripe';
import { eventually } from '../../support/given.js';
import { charge, openAccount, ORDER, refusal, savedCard, startSandbox } from './gateway.js';

const CONFIRM = 'POST /v1/payment_intents/*/confirm';

/** A payment ready to be confirmed, and how many charges it has left behind. */
async function prepared() {
  const account = openAccount();
  const saved = await savedCard(account);
  const intent = await account.stripe.paymentIntents.create({ ...ORDER, ...saved });
  const confirm = (key = 'confirm', options: Stripe.RequestOptions = {}) =>
    account.stripe.paymentIntents.confirm(
      intent.id,
      { off_session: true },
      { idempotencyKey: key, ...options },
    );
  const charges = async () => (await account.stripe.charges.list({ payment_intent: intent.id })).data.length;
  const fault = (order: object) => account.control('POST /_sandbox/faults', { on: CONFIRM, ...order });
  return { account, intent, confirm, charges, fault };
}

describe('a fault', () => {
  it('can lose the answer after the money was taken', async () => {
    const { account, intent, confirm, charges, fault } = await prepared();
    await fault({ does: 'time_out' });

    const lost = await refusal(confirm('lost', { timeout: 200 }));
    const found = await account.stripe.paymentIntents.retrieve(intent.id);
    const repeated = await confirm('lost');

    expect(lost.type).toBe('StripeConnectionError');
    expect([found.status, repeated.status]).toEqual(['succeeded', 'succeeded']);
    expect(await charges()).toBe(1);
  });

  it('can keep silent without having done anything', async () => {
    const { confirm, charges, fault } = await prepared();
    await fault({ does: 'time_out', after_work: false });

    await refusal(confirm('silent', { timeout: 200 }));

    expect(await charges()).toBe(0);
  });

  it.each([
    ['refuse_connection', {}, 0],
    ['reset_request', { at_byte: 40 }, 0],
    ['reset_request', { at_byte: 100_000 }, 0],
    ['reset_answer', { at_byte: 0 }, 1],
    ['reset_answer', { at_byte: 60 }, 1],
    ['reset_answer', { at_byte: -10 }, 1],
  ])('%s %j breaks the connection', async (does, more, expected) => {
    const { account, confirm, charges, fault } = await prepared();
    // The SDK tries a closed connection once more on its own, with the same key.
    await fault({ does, ...more, times: 2 });

    const broken = await refusal(confirm());

    expect(broken.type).toMatch(/Stripe(Connection|API)Error/);
    expect(await charges()).toBe(expected);
    await account.control('DELETE /_sandbox/faults');
    expect((await confirm()).status).toBe('succeeded');
    expect(await charges()).toBe(1);
  });

  it('can answer 500, which is remembered under its key', async () => {
    const { confirm, charges, fault } = await prepared();
    await fault({ does: 'answer_500' });

    const first = await refusal(confirm('stored'));
    const again = await refusal(confirm('stored'));
    const withNewKey = await confirm('new');

    expect([first.statusCode, again.statusCode]).toEqual([500, 500]);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(withNewKey.status).toBe('succeeded');
    expect(await charges()).toBe(1);
  });

  it('can answer 500 although the money was taken', async () => {
    const { account, intent, confirm, charges, fault } = await prepared();
    await fault({ does: 'answer_500', after_work: true });

    const answered = await refusal(confirm());

    expect(answered.statusCode).toBe(500);
    expect((await account.stripe.paymentIntents.retrieve(intent.id)).status).toBe('succeeded');
    expect(await charges()).toBe(1);
  });

  it.each([
    ['answer_502', 502],
    ['answer_503', 503],
    ['answer_429', 429],
    ['answer_409', 409],
  ])('%s is not remembered: the same key works later', async (does, status) => {
    const { account, intent, confirm, charges, fault } = await prepared();
    await fault({ does, retry_after_seconds: 7 });

    const answer = await fetch(`${account.address}/v1/payment_intents/${intent.id}/confirm`, {
      method: 'POST',
      headers: { authorization: `Bearer ${account.key}`, 'idempotency-key': 'confirm' },
      body: new URLSearchParams({ off_session: 'true' }),
    });

    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe(status === 429 ? '7' : null);
    expect((await confirm()).status).toBe('succeeded');
    expect(await charges()).toBe(1);
  });

  it('can say something else than what happened', async () => {
    const { account, intent, confirm, fault } = await prepared();
    await fault({ does: 'change_answer', set: { amount: 1, status: 'processing' } });

    const told = await confirm();
    const true_ = await account.stripe.paymentIntents.retrieve(intent.id);

    expect([told.amount, told.status]).toEqual([1, 'processing']);
    expect([true_.amount, true_.status]).toEqual([1999, 'succeeded']);
  });

  it('can be slow', async () => {
    const { confirm, fault } = await prepared();
    await fault({ does: 'delay', delay_ms: 250 });

    const started = performance.now();
    await confirm();

    expect(performance.now() - started).toBeGreaterThan(240);
  });

  it('is slow no longer than until it is taken back', async () => {
    const { account, confirm, fault } = await prepared();
    const { id } = await fault({ does: 'delay', delay_ms: 600_000 });
    const slow = confirm();
    const isHeld = async () => (await account.control('GET /_sandbox/faults')).data[0].hits === 1;
    await eventually(isHeld, Boolean);

    await account.control(`DELETE /_sandbox/faults/${id}`);

    expect((await slow).status).toBe('succeeded');
  });

  it('hits the calls that the same seed hit before', async () => {
    const hits = async (seed: number) => {
      const account = openAccount();
      const order = {
        does: 'answer_503',
        on: 'GET /v1/customers',
        probability: 0.4,
        seed,
      };
      await account.control('POST /_sandbox/faults', order);
      const statuses = [];
      for (let count = 0; count < 20; count++) {
        const answer = await fetch(`${account.address}/v1/customers`, {
          headers: { authorization: `Bearer ${account.key}` },
        });
        statuses.push(answer.status);
        await answer.arrayBuffer();
      }
      return statuses.join(' ');
    };

    expect(await hits(7)).toBe(await hits(7));
    expect(await hits(8)).not.toBe(await hits(7));
  });

  it('waits for its turn, hits as often as was asked, and never another account', async () => {
    const account = openAccount();
    const other = openAccount();
    const order = { does: 'answer_409', on: 'GET /v1/customers', skip: 1, times: 2 };
    await account.control('POST /_sandbox/faults', order);

    const statuses = [];
    for (let count = 0; count < 5; count++) {
      statuses.push(
        await account.stripe.customers.list().then(
          () => 200,
          (error: { statusCode: number }) => error.statusCode,
        ),
      );
    }

    expect(statuses).toEqual([200, 409, 409, 200, 200]);
    expect((await other.stripe.customers.list()).data).toEqual([]);
    expect((await account.control('GET /_sandbox/faults')).data[0]).toMatchObject({ seen: 5, hits: 2 });
  });

  it('that nobody knows is refused', async () => {
    const account = openAccount();

    const misspelt = await account.control('POST /_sandbox/faults', { does: 'answer_418' });
    const unknown = await account.control('POST /_sandbox/faults', { does: 'delay', often: 3 });

    expect([misspelt.error.param, unknown.error.param]).toEqual(['does', 'often']);
  });
});

describe('an outage', () => {
  it('refuses every connection for a while', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sandbox-outage-'));
    const sandbox = await startSandbox(folder);
    const account = openAccount(sandbox.address);
    await savedCard(account);

    const asked = () =>
      new Promise<string | undefined>((resolve) => {
        const call = httpRequest(`${sandbox.address}/v1/customers`, () => resolve('answered'));
        call.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
        call.end();
      });

    await account.control('POST /_sandbox/outage', { for_ms: 1_500 });
    await eventually(asked, (outcome) => outcome === 'ECONNREFUSED');
    await eventually(asked, (outcome) => outcome === 'answered');

    expect((await charge(account, await savedCard(account))).status).toBe('succeeded');
    await sandbox.stop();
    await rm(folder, { recursive: true });
  });
});
