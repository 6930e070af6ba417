import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type Body } from '../support/api.js';
import { eachWith, itWith, theGateway } from '../support/gateways.js';
import { atTheGateway, eventually, invoiceFor, payerIdOf, savedCard } from '../support/given.js';
import { endPrograms, environmentBeside, freePort, Program } from '../support/programs.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const CHARGE = theGateway.charges;
const TAKES_LONG = { does: 'delay', delay_ms: 60_000 };

/** Serves HTTP and does no background work, so that each test says when recovery looks. */
let tokenkeep: Tokenkeep;
beforeAll(async () => {
  tokenkeep = await startTokenkeep({ environment: { WORKERS: 'off' } });
});
afterEach(() => tokenkeep.sandbox.worksAgain());
afterAll(async () => {
  await endPrograms();
  await tokenkeep.stop();
});

describe('a process that is killed in the middle of a charge', () => {
  it.each([
    ['before it asks for the money', CHARGE, TAKES_LONG],
    ['before it hears that the money was taken', CHARGE, { does: 'time_out' }],
  ])('%s charges once, and the invoice is paid after all', killedAt);

  eachWith('stripe')([
    ['before the gateway hears of it', 'POST /v1/payment_intents', TAKES_LONG],
    ['before it hears that the gateway made it', 'POST /v1/payment_intents', { does: 'time_out' }],
  ])('%s charges once, and the invoice is paid after all', killedAt);

  async function killedAt(_: string, on: string, fault: { does: string }): Promise<void> {
    const { payer, invoice, card } = await somebodyWhoOwes();
    const program = await start({ WORKERS: 'on' });
    await tokenkeep.sandbox.keepsWebhooksBack();
    await tokenkeep.sandbox.breaks({ ...fault, on });
    const there = new Api(program.url, payer.subject, payer.token);
    const key = randomUUID();

    const lost = pay(there, invoice, card, key).catch(() => 'no answer');
    await eventually(requestsAt(on), (count) => count > 0);
    await program.end('SIGKILL');
    expect(await lost).toBe('no answer');
    await tokenkeep.sandbox.worksAgain();
    const [left] = await payments(`invoice:${invoice.id}`);
    expect(left).toMatchObject({ status: 'processing', status_detail: 'confirming' });

    await recover();

    const settled = await eventually(
      async () => {
        await makeDue(); // while the gateway works on the lost call, it says to come again later
        return (await payer.get(`/v1/payments/${left!.id}`)).body;
      },
      (it) => it.status === 'succeeded',
    );
    expect(settled).toMatchObject({ capturedMinor: invoice.amountMinor, failure: null });
    await isPaid(payer, invoice);
    expect(await chargesFor(`invoice:${invoice.id}`)).toHaveLength(1);
    const repeated = await pay(payer, invoice, card, key);
    expect([repeated.status, repeated.body.id]).toEqual([200, left!.id]);
  }
});

describe('a process that is killed in the middle of charging an instalment', () => {
  it.each([
    ['before it asks for the money', TAKES_LONG],
    ['before it hears that the money was taken', { does: 'time_out' }],
  ])('%s charges it once, and the plan goes on', async (_, fault) => {
    const { payer, invoice, card } = await somebodyWhoOwes();
    const { body: plan } = await payer.postOnce('/v1/plans', {
      invoiceId: invoice.id,
      paymentMethodId: card.id,
      instalments: 2,
    });
    const [{ id }] = plan.instalments;
    const program = await start({ WORKERS: 'on' });
    await tokenkeep.sandbox.breaks({ ...fault, on: CHARGE });

    await tokenkeep.sql(`UPDATE app.instalment SET ready_at = '2020-01-01' WHERE id = $1`, [id]);
    await eventually(requestsAt(CHARGE), (count) => count > 0);
    await program.end('SIGKILL');
    await tokenkeep.sandbox.worksAgain();
    await tokenkeep.sql(`UPDATE app.instalment SET leased_until = NULL WHERE id = $1`, [id]);
    await recover();

    const { instalments } = await eventually(
      async () => {
        await makeDue();
        return (await payer.get(`/v1/plans/${plan.id}`)).body;
      },
      (it) => it.instalments[0].status === 'paid',
    );
    expect(instalments).toMatchObject([{ status: 'paid' }, { status: 'scheduled' }]);
    expect(await chargesFor(`%${id}`)).toMatchObject([{ amount: instalments[0].amountMinor }]);
  });
});

describe('what a crash left behind', () => {
  it('begun and never sent: is charged once when recovery finds it', async () => {
    const { payer, invoice, card } = await somebodyWhoOwes();
    const left = await leftBehind(payer, invoice, card);

    await recover();

    await statusOf(payer, left.paymentId, 'succeeded');
    await isPaid(payer, invoice);
    expect(await chargesFor(`invoice:${invoice.id}`)).toHaveLength(1);
  });

  itWith('stripe', 'prepared and not confirmed: is confirmed once', async () => {
    const { payer, invoice, card } = await somebodyWhoOwes();
    const left = await leftBehind(payer, invoice, card);
    const intent = await prepareAtGateway(left, invoice);

    await recover();

    await statusOf(payer, left.paymentId, 'succeeded');
    await isPaid(payer, invoice);
    expect((await chargesFor(`invoice:${invoice.id}`)).map((it) => it.payment_intent)).toEqual([intent.id]);
  });

  itWith('stripe', 'confirmed there and not settled here: is settled, and not charged again', async () => {
    const { payer, invoice, card } = await somebodyWhoOwes();
    const left = await leftBehind(payer, invoice, card);
    const intent = await prepareAtGateway(left, invoice);
    await tokenkeep.sandbox.call('POST', `/v1/payment_intents/${intent.id}/confirm`, { off_session: 'true' });

    await recover();

    await statusOf(payer, left.paymentId, 'succeeded');
    await isPaid(payer, invoice);
    expect(await chargesFor(`invoice:${invoice.id}`)).toHaveLength(1);
  });

  itWith(
    'stripe',
    'declined there and not settled here: fails, can take no money any more, and frees the invoice',
    async () => {
      const { payer, invoice, card } = await somebodyWhoOwes('pm_card_chargeCustomerFail');
      const left = await leftBehind(payer, invoice, card);
      const intent = await prepareAtGateway(left, invoice);
      await tokenkeep.sandbox
        .call('POST', `/v1/payment_intents/${intent.id}/confirm`, { off_session: 'true' })
        .catch(() => undefined);

      await recover();

      const failed = await statusOf(payer, left.paymentId, 'failed');
      expect(failed.failure).toMatchObject({ code: 'declined' });
      expect((await tokenkeep.sandbox.call('GET', `/v1/payment_intents/${intent.id}`)).status).toBe(
        'canceled',
      );
      const other = await savedCard(tokenkeep, payer);
      expect((await pay(payer, invoice, other)).body.status).toBe('succeeded');
    },
  );

  itWith('stripe', 'prepared a day ago: is ended there and here, and nothing is sent again', async () => {
    const { payer, invoice, card } = await somebodyWhoOwes();
    const left = await leftBehind(payer, invoice, card);
    const intent = await prepareAtGateway(left, invoice);
    await makeOlder(left, '25 hours');

    await recover();

    await statusOf(payer, left.paymentId, 'cancelled');
    expect((await tokenkeep.sandbox.call('GET', `/v1/payment_intents/${intent.id}`)).status).toBe('canceled');
    expect(await chargesFor(`invoice:${invoice.id}`)).toEqual([]);
  });

  it('begun a day ago: is not sent any more', async () => {
    const { payer, invoice, card } = await somebodyWhoOwes();
    const left = await leftBehind(payer, invoice, card);
    await makeOlder(left, '25 hours');

    await recover();

    const failed = await statusOf(payer, left.paymentId, 'failed');
    expect(failed.failure).toMatchObject({ code: 'not_finished' });
    expect(await chargesFor(`invoice:${invoice.id}`)).toEqual([]);
  });

  itWith('stripe', 'confirmed a day ago and not settled: the money is not forgotten', async () => {
    const { payer, invoice, card } = await somebodyWhoOwes();
    const left = await leftBehind(payer, invoice, card);
    const intent = await prepareAtGateway(left, invoice);
    await tokenkeep.sandbox.call('POST', `/v1/payment_intents/${intent.id}/confirm`, { off_session: 'true' });
    await makeOlder(left, '25 hours');

    await recover();

    await statusOf(payer, left.paymentId, 'succeeded');
    await isPaid(payer, invoice);
  });

  it('is taken up by one of two processes that recover at the same moment', async () => {
    const { payer, invoice, card } = await somebodyWhoOwes();
    const left = await leftBehind(payer, invoice, card);

    const both = [await beside({}), await beside({})];
    await makeDue();
    await statusOf(payer, left.paymentId, 'succeeded');
    await Promise.all(both.map((it) => it.stop()));

    expect(await chargesFor(`invoice:${invoice.id}`)).toHaveLength(1);
    expect(await audited(left.paymentId)).toEqual(['payment.succeeded']);
  });
});

describe('a gateway that cannot be reached', () => {
  it('leaves the payment processing, never failed, until a process that reaches it finds out', async () => {
    const { payer, invoice, card } = await somebodyWhoOwes();
    const cutOff = await beside({ WORKERS: 'off', ...(await nowhere()) });
    const there = new Api(cutOff.url, payer.subject, payer.token);
    const key = randomUUID();

    const { status, body } = await pay(there, invoice, card, key);
    const another = await pay(there, invoice, card);
    await cutOff.stop();

    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'processing', statusDetail: 'confirming', failure: null });
    expect([another.status, another.body.code]).toEqual([409, 'obligation_has_open_payment']);
    expect(await chargesFor(`invoice:${invoice.id}`)).toEqual([]);

    await recover();

    await statusOf(payer, body.id, 'succeeded');
    await isPaid(payer, invoice);
    expect(await chargesFor(`invoice:${invoice.id}`)).toHaveLength(1);
  });

  it('is asked again later when recovery does not reach it either', async () => {
    const { payer, invoice, card } = await somebodyWhoOwes();
    const left = await leftBehind(payer, invoice, card);
    const cutOff = await beside(await nowhere());
    const look = () =>
      tokenkeep.sql<{ tries: number; seconds: number }>(
        `SELECT tries, extract(epoch FROM due_at - clock_timestamp())::float AS seconds
           FROM payments.payment_attempt WHERE id = $1`,
        [left.attemptId],
      );
    await makeDue();

    await eventually(look, ([row]) => row!.tries > 0);
    await cutOff.stop(); // it finishes what it has begun
    const [waiting] = await look();

    expect(waiting?.seconds).toBeGreaterThan(30);
    expect((await payer.get(`/v1/payments/${left.paymentId}`)).body.status).toBe('processing');
    await recover();
    await statusOf(payer, left.paymentId, 'succeeded');
    expect(await chargesFor(`invoice:${invoice.id}`)).toHaveLength(1);
  });
});

/** An address of the gateway at which nobody is. */
async function nowhere(): Promise<Record<string, string>> {
  return { [`${theGateway.gateway.toUpperCase()}_API_BASE`]: `http://127.0.0.1:${await freePort()}` };
}

async function somebodyWhoOwes(cardName?: string) {
  const payer = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, payer, cardName);
  return { payer, card, invoice: await invoiceFor(tokenkeep, payer) };
}

function pay(payer: Api, invoice: Body, card: Body, idempotencyKey: string = randomUUID()) {
  return payer.post(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id }, { idempotencyKey });
}

async function start(environment: Record<string, string>): Promise<Program> {
  const port = await freePort();
  return Program.start(
    'main.js',
    process.env['TEST_FOLDER']!,
    { ...environmentBeside(tokenkeep), PORT: String(port), ...environment },
    port,
  );
}

/** Everything that waits to be looked at is looked at now, by a process that does the background work. */
async function recover(): Promise<void> {
  await beside({});
  await makeDue();
}

const helpers = new Set<Tokenkeep>();
afterEach(async () => {
  for (const helper of helpers) await helper.stop();
  helpers.clear();
});

/** Another instance on the same database, until the test ends. */
async function beside(environment: Record<string, string>): Promise<Tokenkeep> {
  const helper = await startTokenkeep({ beside: tokenkeep, environment });
  helpers.add(helper);
  return { ...helper, stop: () => (helpers.delete(helper) ? helper.stop() : Promise.resolve()) };
}

/** Waiting is over, and so are the leases of whoever died with work in hand. */
async function makeDue(): Promise<void> {
  await tokenkeep.sql(
    `UPDATE payments.outbox_message SET due_at = clock_timestamp() WHERE delivered_at IS NULL`,
  );
  await tokenkeep.sql(
    `UPDATE payments.payment_attempt SET due_at = clock_timestamp() - interval '1 s' WHERE due_at IS NOT NULL`,
  );
}

interface LeftBehind {
  paymentId: string;
  attemptId: string;
}

/** The rows of a charge whose process died right after it had stored its intention. */
async function leftBehind(payer: Api, invoice: Body, card: Body): Promise<LeftBehind> {
  const [paymentId, attemptId] = [randomUUID(), randomUUID()];
  await tokenkeep.sql(
    `INSERT INTO payments.payment
       (id, payer_id, payment_method_id, obligation, amount_minor, currency, capture, status, status_detail,
        caller, idempotency_key, fingerprint)
     VALUES ($1, $2, $3, $4, $5, 'USD', 'automatic', 'processing', 'confirming', 'a process that died', $6, 'none')`,
    [paymentId, payerIdOf(payer), card.id, `invoice:${invoice.id}`, invoice.amountMinor, randomUUID()],
  );
  await tokenkeep.sql(
    `INSERT INTO payments.payment_attempt (id, payment_id, gateway, status, due_at)
     VALUES ($1, $2, $3, 'begun', clock_timestamp() + interval '60 s')`,
    [attemptId, paymentId, theGateway.gateway],
  );
  return { paymentId, attemptId };
}

/** What the process did next: the gateway's object, under the attempt's key, and its id stored. */
async function prepareAtGateway({ paymentId, attemptId }: LeftBehind, invoice: Body): Promise<Body> {
  const [payment] = await tokenkeep.sql<{ method: string }>(
    `SELECT payment_method_id AS method FROM payments.payment WHERE id = $1`,
    [paymentId],
  );
  const { token, customer } = await atTheGateway(tokenkeep, payment!.method);
  const intent = await tokenkeep.sandbox.call('POST', '/v1/payment_intents', {
    amount: String(invoice.amountMinor),
    currency: 'usd',
    customer,
    payment_method: token,
    'allowed_payment_method_types[]': 'card',
    capture_method: 'automatic',
    'metadata[payment_id]': paymentId,
    'metadata[attempt_id]': attemptId,
    'metadata[obligation]': `invoice:${invoice.id}`,
  });
  await tokenkeep.sql(
    `UPDATE payments.payment_attempt SET provider_payment = $2, status = 'prepared' WHERE id = $1`,
    [attemptId, intent.id],
  );
  return intent;
}

async function makeOlder({ attemptId }: LeftBehind, age: string): Promise<void> {
  await tokenkeep.sql(
    `UPDATE payments.payment_attempt SET created_at = created_at - $2::interval WHERE id = $1`,
    [attemptId, age],
  );
}

function payments(obligation: string): Promise<Body[]> {
  return tokenkeep.sql('SELECT id, status, status_detail FROM payments.payment WHERE obligation LIKE $1', [
    obligation,
  ]);
}

function statusOf(payer: Api, paymentId: string, status: string): Promise<Body> {
  return eventually(
    async () => (await payer.get(`/v1/payments/${paymentId}`)).body,
    (it) => it.status === status,
  );
}

function isPaid(payer: Api, invoice: Body): Promise<Body> {
  return eventually(
    async () => (await payer.get(`/v1/invoices/${invoice.id}`)).body,
    (it) => it.status === 'paid',
  );
}

/** The money that the gateway took for what was owed. */
async function chargesFor(obligation: string): Promise<Body[]> {
  const known = await payments(obligation);
  const entries = await Promise.all(known.map(({ id }) => tokenkeep.sandbox.ledgerOf(id)));
  return entries.flat().filter(({ type }) => type === 'charge.succeeded');
}

async function audited(paymentId: string): Promise<string[]> {
  const rows = await tokenkeep.sql<{ action: string }>(
    `SELECT action FROM payments.audit_entry WHERE target_id = $1 AND kind = 'change' ORDER BY position`,
    [paymentId],
  );
  return rows.map(({ action }) => action);
}

/** How often the broken call has arrived at the gateway. */
function requestsAt(on: string): () => Promise<number> {
  return async () => {
    const { data } = await tokenkeep.sandbox.call('GET', '/_sandbox/faults');
    return data.find((fault: Body) => fault.on === on)?.seen ?? 0;
  };
}
