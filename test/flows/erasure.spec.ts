import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Api, Body } from '../support/api.js';
import { everyRow } from '../support/databases.js';
import { CARD_SETUP, theGateway } from '../support/gateways.js';
import { eventually, inLedger, invoiceFor, payerIdOf, savedCard, untilSettled } from '../support/given.js';
import { endPrograms, environmentBeside, freePort, Program } from '../support/programs.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

/** Operators' commands and programs that start take their time on a busy machine. */
const PATIENCE_MS = 120_000;

let tokenkeep: Tokenkeep;
let payer: Api;
let payerId: string;
/** Serves and does no background work: a test says which process finishes an erasure. */
let idle: Tokenkeep;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  idle = await startTokenkeep({ environment: { WORKERS: 'off' } });
});
beforeEach(async () => {
  payer = await tokenkeep.as('payer');
  payerId = payerIdOf(payer);
});
afterEach(() => idle.sandbox.worksAgain());
afterAll(async () => {
  await endPrograms();
  await idle.stop();
  await tokenkeep.stop();
});

const pay = async (invoice: Body, card: Body): Promise<Body> =>
  (await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id })).body;
/** Rows of a database that hold a text, by their tables. */
const tablesWith = async ({ database }: Tokenkeep, text: string): Promise<string[]> => [
  ...new Set((await everyRow(database)).filter((row) => row.includes(text)).map((row) => row.split(' ')[0]!)),
];
const cards = async (who: Api): Promise<Body[]> => (await who.get('/v1/payment-methods')).body.data;

describe('a payer who is erased', () => {
  it(
    'is in no table any more, nor at the gateway, and what was paid stays',
    async () => {
      const card = await savedCard(tokenkeep, payer);
      const old = await savedCard(tokenkeep, payer, 'pm_card_mastercard');
      const there = [await inLedger(tokenkeep, card), await inLedger(tokenkeep, old)];
      const invoice = await invoiceFor(tokenkeep, payer, 9_900);
      const payment = await pay(invoice, card);
      await eventually(
        async () => (await payer.get(`/v1/invoices/${invoice.id}`)).body,
        ({ status }) => status === 'paid', // or automatic payment would plan it
      );
      await payer.put('/v1/autopay', { paymentMethodId: card.id });
      await eventually(
        () => tokenkeep.sql('SELECT FROM payments.payment_method_use WHERE payer_id = $1', [payerId]),
        (uses) => uses.length === 1, // which stops nobody: nothing is owed
      );
      await payer.delete(`/v1/payment-methods/${old.id}`);
      await tokenkeep.sandbox.deliveriesDone();

      const erased = await tokenkeep.cli('payers', 'erase', payerId);

      expect(erased).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Done') });
      expect(await tablesWith(tokenkeep, payerId)).toEqual([]);
      expect(await tablesWith(tokenkeep, `${payer.subject}@`)).toEqual([]);
      // What they did themselves stays in the audit log, under the issuer's name for them: it is sealed.
      expect(await tablesWith(tokenkeep, payer.subject)).toEqual(['payments.audit_entry']);
      const tokens = await tokenkeep.sql(
        'SELECT provider_token, token_digest, fingerprint_digest, expiry_year FROM payments.payment_method WHERE id = ANY ($1)',
        [[card.id, old.id]],
      );
      const nothing = {
        provider_token: null,
        token_digest: null,
        fingerprint_digest: null,
        expiry_year: null,
      };
      expect(tokens).toEqual([nothing, nothing]);
      for (const id of there)
        expect(await tokenkeep.sandbox.call('GET', `/v1/payment_methods/${id}`)).toMatchObject({
          customer: null,
        });

      const finance = await tokenkeep.as('finance');
      const kept = (await finance.get(`/v1/payments/${payment.id}`)).body;
      expect(kept).toMatchObject({
        status: 'succeeded',
        capturedMinor: 9_900,
        obligation: `invoice:${invoice.id}`,
      });
      expect(kept.payerId).toMatch(/^erased-[0-9a-f-]{36}$/);
      expect((await finance.get(`/v1/invoices/${invoice.id}`)).body).toMatchObject({
        status: 'paid',
        payerId: kept.payerId,
      });
      expect(JSON.parse((await tokenkeep.cli('audit', 'verify')).stdout)).toMatchObject({
        outcome: 'intact',
      });
      expect(await cards(payer)).toEqual([]);
    },
    PATIENCE_MS,
  );

  it('can still be given money back, under the stand-in', async () => {
    const first = await pay(await invoiceFor(tokenkeep, payer, 2_000), await savedCard(tokenkeep, payer));
    await untilSettled(tokenkeep);
    await tokenkeep.cli('payers', 'erase', payerId);
    const finance = await tokenkeep.as('finance');

    const refund = await finance.postOnce(`/v1/payments/${first.id}/refunds`, { amountMinor: 500 });

    expect(refund.status).toBe(201);
    await eventually(
      async () => (await finance.get(`/v1/payments/${first.id}`)).body,
      ({ refundedMinor }) => refundedMinor === 500,
    );
  });

  it('has what they were adding meanwhile ended, too: what they give to the gateway now is kept nowhere', async () => {
    const setup = (await payer.post('/v1/setup-intents', CARD_SETUP)).body;
    const [{ customer }] = (await tokenkeep.sql(
      'SELECT provider_customer AS customer FROM payments.gateway_customer WHERE payer_id = $1',
      [payerId],
    )) as [{ customer: string }];

    const erased = await tokenkeep.cli('payers', 'erase', payerId);

    expect(erased).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Done') });
    const late = await tokenkeep.sandbox.completeSetup(setup).catch(() => undefined); // not every gateway can end it
    const returned = late && { returned: late };
    expect((await payer.post(`/v1/setup-intents/${setup.id}/completions`, returned)).status).toBe(404);
    await eventually(
      () => tokenkeep.sandbox.methodsOf(customer),
      (kept) => kept.length === 0,
    );
    expect(await tablesWith(tokenkeep, payerId)).toEqual([]);
  });
});

describe('a payer of whom something is open', () => {
  it('is not erased while a payment or a dispute is under way: nothing changes, and it is said what', async () => {
    const card = await savedCard(tokenkeep, payer);
    const disputed = await savedCard(tokenkeep, payer, 'pm_card_createDispute');
    const finance = await tokenkeep.as('finance');
    const hold = { payerId, paymentMethodId: card.id, amountMinor: 500, currency: 'USD', capture: 'manual' };
    const { body: open } = await finance.postOnce('/v1/payments', {
      ...hold,
      obligation: `deposit:${payerId}`,
    });
    const taken = await pay(await invoiceFor(tokenkeep, payer), disputed);
    const [dispute] = await eventually(
      () =>
        tokenkeep.sql<{ id: string }>('SELECT id FROM payments.dispute WHERE payment_id = $1', [taken.id]),
      (rows) => rows.length === 1,
    );

    const refused = await tokenkeep.cli('payers', 'erase', payerId);

    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(`payment ${open.id} (requires_capture)`);
    expect(refused.stderr).toContain(`dispute ${dispute!.id} (needs_response)`);
    expect(await cards(payer)).toHaveLength(2);
    expect(await tokenkeep.sql('SELECT FROM payments.payer_erasure WHERE payer_id = $1', [payerId])).toEqual(
      [],
    );
  });

  it('is not erased while a plan charges them', async () => {
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer);
    const plan = await payer.postOnce('/v1/plans', {
      invoiceId: invoice.id,
      paymentMethodId: card.id,
      instalments: 2,
      firstDueOn: '2027-06-01',
    });
    expect(plan.status).toBe(201);
    await eventually(
      () =>
        tokenkeep.sql('SELECT FROM payments.payment_method_use WHERE name = $1', [`plan:${plan.body.id}`]),
      (rows) => rows.length === 1,
    );

    const refused = await tokenkeep.cli('payers', 'erase', payerId);

    expect(refused).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`plan plan:${plan.body.id}`),
    });
    expect((await payer.get(`/v1/plans/${plan.body.id}`)).body.status).toBe('active');
  });
});

describe('an erasure whose process is killed', () => {
  it.each([
    ['while a token is detached', theGateway.detaches, 'delay'],
    ['before it hears that it was', theGateway.detaches, 'time_out'],
    ['while the gateway forgets the payer', theGateway.forgets, 'delay'],
    ['before it hears that it has', theGateway.forgets, 'time_out'],
  ])(
    '%s is finished by the next one',
    async (_, on, does) => {
      const somebody = await idle.as('payer');
      const card = await savedCard(idle, somebody);
      const id = payerIdOf(somebody);
      const begun = await idle.cli('payers', 'erase', id, '--wait', '0');
      expect(begun.stdout).toContain('goes on by itself');
      expect(await cards(somebody)).toEqual([]); // not chargeable from the commit on, whoever works
      await idle.sandbox.breaks({ does, on, ...(does === 'delay' && { delay_ms: 60_000 }) });

      const killed = await work();
      await eventually(requestsAt(on), (count) => count > 0);
      await killed.end('SIGKILL');
      await idle.sandbox.worksAgain();
      const half = await idle.sql('SELECT FROM payments.payer_erasure WHERE payer_id = $1', [id]);
      expect(half).toHaveLength(1);
      const next = await startTokenkeep({ beside: idle });

      await eventually(
        async () => {
          await leasesRunOut(); // while the gateway works on the lost call, it says to come again later
          return idle.sql('SELECT FROM payments.payer_erasure WHERE payer_id = $1', [id]);
        },
        (rows) => rows.length === 0,
        PATIENCE_MS / 2,
      );
      expect(await tablesWith(idle, id)).toEqual([]);
      await next.stop();
      expect(
        await idle.sql('SELECT status, status_reason FROM payments.payment_method WHERE id = $1', [card.id]),
      ).toEqual([{ status: 'removed', status_reason: 'payer_erased' }]);
    },
    PATIENCE_MS,
  );
});

let ranOutAt = 0;
/** Of whoever died; not so often that a living worker never keeps one to the end. */
const RUN_OUT_EVERY_MS = 2_000;

async function leasesRunOut(): Promise<void> {
  if (Date.now() - ranOutAt < RUN_OUT_EVERY_MS) return;
  ranOutAt = Date.now();
  for (const table of ['payer_erasure', 'payment_method_task', 'outbox_message'])
    await idle.sql(
      `UPDATE payments.${table} SET due_at = clock_timestamp() WHERE due_at > clock_timestamp() + interval '3 seconds'`,
    );
}

async function work(): Promise<Program> {
  const port = await freePort();
  return Program.start(
    'main.js',
    process.env['TEST_FOLDER']!,
    { ...environmentBeside(idle), PORT: String(port) },
    port,
  );
}

/** How often the gateway was asked for this, from now on. */
function requestsAt(on: string): () => Promise<number> {
  return async () => {
    const { data } = await idle.sandbox.call('GET', '/_sandbox/faults');
    return data.find((fault: Body) => fault.on === on)?.hits ?? 0;
  };
}
