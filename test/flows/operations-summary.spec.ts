import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api, Body } from '../support/api.js';
import { itWhere, theGateway } from '../support/gateways.js';
import { eventually, invoiceFor, payerIdOf, savedCard, untilSettled } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
let ops: Api;
let finance: Api;
let payer: Api;
let paid: Body;
let refunded: Body;
let unknown: Body;

beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  [ops, finance, payer] = await Promise.all([
    tokenkeep.as('ops'),
    tokenkeep.as('finance', 'fay'),
    tokenkeep.as('payer'),
  ]);
  [paid, refunded] = [await charged(), await charged()];
  await untilSettled(tokenkeep);
  await finance.postOnce(`/v1/payments/${refunded.id}/refunds`, { amountMinor: 500 });
  await charged('pm_card_chargeCustomerFail');
  const card = await savedCard(tokenkeep, payer, 'pm_card_mastercard');
  await tokenkeep.sandbox.deliveriesDone();
  await tokenkeep.sandbox.keepsWebhooksBack();
  const on = theGateway.charges;
  await tokenkeep.sandbox.breaks({ does: 'reset_answer', on, times: 9 });
  unknown = await pay(card);
  await tokenkeep.sandbox.worksAgain();
});
afterAll(() => tokenkeep.stop());

async function charged(card?: string): Promise<Body> {
  return pay(await savedCard(tokenkeep, payer, card));
}

async function pay({ id: paymentMethodId }: Body): Promise<Body> {
  const { id } = await invoiceFor(tokenkeep, payer, 8_000);
  return (await payer.postOnce(`/v1/invoices/${id}/payments`, { paymentMethodId })).body;
}

const summary = async (window = '24h', caller = finance): Promise<Body> =>
  (await caller.get(`/v1/operations/summary?window=${window}`)).body;

const listed = async (why: string): Promise<Body[]> =>
  (await ops.get('/v1/operations/attention')).body.data.filter((row: Body) => row.why === why);

const countOf = async (why: string): Promise<number> =>
  (await summary()).attention.find((it: Body) => it.why === why).count;

/** Types what the list says, as an operator would. */
async function types(command: string): Promise<string> {
  const [program, words] = command.split(' -- ');
  expect(program).toBe(tokenkeep.alone ? 'npm run cli:payments' : 'npm run cli');
  const { exitCode, stdout, stderr } = await tokenkeep.cli(...words!.split(' '));
  expect([exitCode, stderr]).toEqual([0, '']);
  return stdout;
}

const begunAt = ({ id }: Body, sql: string, ...parameters: unknown[]): Promise<Body[]> =>
  tokenkeep.sql(`UPDATE payments.payment SET created_at = ${sql} WHERE id = $1`, [id, ...parameters]);

describe("the operators' summary", () => {
  it('counts what was made, in all and step by step', async () => {
    const { payments, bucketSeconds, since, until } = await summary();

    expect(payments.total).toEqual({ succeeded: 2, failed: 1, cancelled: 0, waiting: 0, confirming: 1 });
    expect(payments.declines).toEqual([{ code: 'declined', count: 1 }]);
    for (const outcome of Object.keys(payments.total)) {
      const steps: number[] = payments.buckets.map((bucket: Body) => bucket[outcome]);
      expect(steps.reduce((sum, count) => sum + count, 0)).toBe(payments.total[outcome]);
    }
    expect(payments.buckets).toHaveLength((Date.parse(until) - Date.parse(since)) / 1_000 / bucketSeconds);
  });

  it.each([
    ['24h', 3_600, 25],
    ['7d', 6 * 3_600, 29],
    ['30d', 24 * 3_600, 31],
  ])('covers at least %s, in whole steps of UTC', async (window, bucketSeconds, steps) => {
    const { payments, ...span } = await summary(window);

    expect(span.bucketSeconds).toBe(bucketSeconds);
    expect(payments.buckets).toHaveLength(steps);
    expect(payments.buckets[0].from).toBe(span.since);
    expect(Date.parse(span.since) % (bucketSeconds * 1_000)).toBe(0);
    expect(Date.parse(span.until)).toBeGreaterThan(Date.parse(span.at));
  });

  it('begins exactly where it says: what was begun a moment earlier is of a longer window', async () => {
    const { since } = await summary();

    await begunAt(paid, '$2::timestamptz', since);
    expect((await summary()).payments.buckets[0].succeeded).toBe(1);

    await begunAt(paid, `$2::timestamptz - interval '1 microsecond'`, since);
    expect((await summary()).payments.total.succeeded).toBe(1);
    expect((await summary('7d')).payments.total.succeeded).toBe(2);

    await begunAt(paid, 'clock_timestamp()');
  });

  it('tells finance what was charged and given back, each by its own time, and ops no sums', async () => {
    const usd = (charged: number) => [
      { currency: 'USD', chargedMinor: charged, refundedMinor: 500, refundingMinor: 0 },
    ];
    expect((await summary()).money).toEqual(usd(16_000));

    await begunAt(refunded, `clock_timestamp() - interval '40 days'`);
    expect((await summary('30d')).money).toEqual(usd(8_000));
    await begunAt(refunded, 'clock_timestamp()');

    expect((await summary('24h', ops)).money).toBeNull();
  });

  it('says how far the inbox and the outbox are behind, as the metrics do', async () => {
    const { inbox, outbox, eventEndpoints } = await eventually(
      () => summary(),
      (it) => it.inbox.waiting === 0 && it.outbox.waiting === 0,
    );
    const [stored] = await tokenkeep.sql<{ count: number }>(
      'SELECT count(*)::int FROM payments.webhook_event',
    );

    expect(inbox).toEqual({ received: stored!.count, waiting: 0, lagSeconds: 0, failed: 0, parked: 0 });
    expect(stored!.count).toBeGreaterThan(theGateway.tellsOfCharges ? 3 : -1);
    expect(outbox).toEqual({ waiting: 0, lagSeconds: 0 });
    expect(eventEndpoints).toEqual({ active: 0, failing: 0, disabled: 0, waiting: 0, lagSeconds: 0 });
  });

  it('says which gateway answers', async () => {
    const used = async (): Promise<Body> =>
      (await summary()).gateways.find(({ name }: Body) => name === theGateway.gateway);
    expect(await used()).toMatchObject({ isDefault: true, state: expect.any(String) });
    expect((await used()).lastFailureAt).not.toBeNull();

    await charged();

    expect(await used()).toMatchObject({ state: 'up' });
  });

  it('names nobody, and a window that there is not is refused', async () => {
    const text = JSON.stringify(await summary());
    for (const name of [payerIdOf(payer), payer.subject, paid.id, paid.paymentMethodId, 'pi_', 'cus_'])
      expect(text).not.toContain(name);

    expect(await ops.get('/v1/operations/summary?window=1y')).toMatchObject({
      status: 400,
      body: { code: 'validation_failed' },
    });
  });
});

describe('the list of what needs a person', () => {
  it('has a payment whose outcome is unknown, and the command that finds it out', async () => {
    expect(await countOf('unknown_outcome')).toBe(0); // a charge that is under way is nobody's trouble
    await begunAt(unknown, `clock_timestamp() - interval '25 hours'`);

    expect(await countOf('unknown_outcome')).toBe(1);
    const [row] = await listed('unknown_outcome');
    expect(row).toMatchObject({ id: unknown.id, paymentId: unknown.id, dueBy: null });
    await types(row!.steps[0].command);

    expect(
      await eventually(
        () => countOf('unknown_outcome'),
        (count) => count === 0,
      ),
    ).toBe(0);
    expect((await payer.get(`/v1/payments/${unknown.id}`)).body.status).toBe('succeeded');
  });

  itWhere(
    'tellsOfCharges',
    'has a parked event with the payment that it is about, until it is replayed',
    async () => {
      const [event] = await tokenkeep.sql<{ id: string }>(
        `UPDATE payments.webhook_event SET status = 'parked', due_at = NULL, last_error = 'it has another amount'
        WHERE id = (SELECT event.id FROM payments.webhook_event event JOIN payments.payment_attempt attempt
                        ON provider_payment = subject ->> 'providerId' WHERE payment_id = $1 LIMIT 1) RETURNING id`,
        [paid.id],
      );

      const [row] = await listed('parked_event');
      expect(row).toMatchObject({ id: event!.id, paymentId: paid.id });
      expect(row!.note).toContain('it has another amount');
      expect((await summary()).inbox.parked).toBe(1);
      await types(row!.steps[1].command);

      expect(
        await eventually(
          () => countOf('parked_event'),
          (count) => count === 0,
        ),
      ).toBe(0);
    },
  );

  itWhere(
    'tellsOfCharges',
    'has a parked event until a person puts it away, and says in the audit log what they did instead',
    async () => {
      const [event] = await tokenkeep.sql<{ id: string }>(
        `UPDATE payments.webhook_event SET status = 'parked', due_at = NULL
          WHERE id = (SELECT id FROM payments.webhook_event WHERE status = 'processed' LIMIT 1) RETURNING id`,
      );
      const statusOf = async (): Promise<string> =>
        (
          await tokenkeep.sql<{ status: string }>(`SELECT status FROM payments.webhook_event WHERE id = $1`, [
            event!.id,
          ])
        )[0]!.status;
      const dismiss = () => tokenkeep.cli('webhooks', 'dismiss', event!.id, '--because', 'paid back by hand');

      expect(await tokenkeep.cli('webhooks', 'dismiss', event!.id)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('--because'),
      });
      expect(await countOf('parked_event')).toBe(1);
      expect((await dismiss()).exitCode).toBe(0);

      expect(await countOf('parked_event')).toBe(0);
      const [entry] = await tokenkeep.sql(
        `SELECT actor, change FROM payments.audit_entry WHERE action = 'command.webhooks_dismiss'`,
      );
      expect(entry).toMatchObject({
        actor: expect.stringMatching(/^operator:/),
        change: { arguments: [event!.id], because: 'paid back by hand' },
      });
      expect(await dismiss()).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('There is no parked webhook event with this id.'),
      });

      await tokenkeep.cli('webhooks', 'replay', '--all');
      expect(await statusOf()).toBe('dismissed');
      await tokenkeep.cli('webhooks', 'replay', event!.id);
      expect(await eventually(statusOf, (status) => status === 'processed')).toBe('processed');
    },
  );

  it('has disputes by their deadline, and no amount of any', async () => {
    const disputed = await charged('pm_card_createDispute');
    const [row] = await eventually(
      () => listed('dispute_due'),
      (rows) => rows.length === 1,
    );

    expect(row!.paymentId).toBe(disputed.id);
    expect(Date.parse(row!.dueBy)).toBeGreaterThan(Date.now());
    expect(JSON.stringify(row)).not.toMatch(/8000|amount/i);
  });

  it('leaves an entry with what was seen, and the numbers leave none', async () => {
    const reader = await tokenkeep.as('ops');
    await reader.get('/v1/operations/summary');
    const { data } = (await reader.get('/v1/operations/attention')).body;

    const auditor = await tokenkeep.as('auditor');
    const actor = encodeURIComponent(`urn:tokenkeep:development|${reader.subject}`);
    const entries = (await auditor.get(`/v1/audit-entries?actor=${actor}`)).body.data;
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      kind: 'access',
      action: 'attention.listed',
      details: { ids: data.map((it: Body) => it.id) },
    });
  });
});
