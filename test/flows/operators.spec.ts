import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api, Body } from '../support/api.js';
import { itWhere, itWith, theGateway } from '../support/gateways.js';
import { eventually, invoiceFor, payerIdOf, savedCard, untilSettled } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
let finance: Api;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  finance = await tokenkeep.as('finance');
});
afterAll(() => tokenkeep.stop());

async function paid(testCard?: string): Promise<Body> {
  const payer = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, payer, testCard);
  const invoice = await invoiceFor(tokenkeep, payer, 8_000);
  return (await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id })).body;
}

/** Finance gives a part back, and the gateway has done so. */
async function givenBack({ id }: Body, amountMinor: number): Promise<void> {
  await untilSettled(tokenkeep);
  await finance.postOnce(`/v1/payments/${id}/refunds`, { amountMinor });
  await eventually(
    async () => (await finance.get(`/v1/payments/${id}`)).body,
    (it) => it.refundedMinor === amountMinor,
  );
}

const timelineOf = async ({ id }: Body): Promise<Body[]> =>
  (await finance.get(`/v1/payments/${id}/timeline`)).body.data;

/** One statement as the server's superuser. */
const sql = (text: string, parameters?: unknown[]): Promise<Body[]> => tokenkeep.sql(text, parameters);

/** The last minute is left to the next run unless one says otherwise. The gateway's clock may be ahead of ours. */
async function untilNow(): Promise<string[]> {
  const { now } = await tokenkeep.sandbox.call('GET', '/_sandbox/clock');
  return ['--until', new Date(new Date(now).getTime() + 60_000).toISOString()];
}

describe('the timeline of a payment', () => {
  it('tells in order what changed', async () => {
    const payment = await paid();
    await givenBack(payment, 500);

    const timeline = await timelineOf(payment);

    const changes = timeline.filter((it) => it.kind === 'change').map((it) => it.what);
    expect(changes).toEqual(['payment.created', 'payment.succeeded', 'refund.pending', 'refund.succeeded']);
    expect((await tokenkeep.cli('payments', 'show', payment.id)).stdout).toContain('payment.succeeded');
  });

  itWhere('tellsOfCharges', 'tells among it what the gateway told', async () => {
    const payment = await paid();

    await eventually(
      () => timelineOf(payment),
      (entries) => entries.some((it) => it.kind === 'gateway_event'),
    );
  });

  itWith('stripe', 'names each request before the change that it brought', async () => {
    await tokenkeep.sandbox.keepsWebhooksBack();
    const payment = await paid();
    await finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 500 });

    const entries = await timelineOf(payment);
    await tokenkeep.sandbox.worksAgain();

    const lines = entries.filter((it) => it.kind !== 'gateway_event').map((it) => it.what);
    expect(lines.map((it) => it.replace(/pi_\w+/, 'ID'))).toEqual([
      'payment.created',
      'POST /v1/payment_intents',
      'POST /v1/payment_intents/ID/confirm',
      'payment.succeeded',
      'refund.pending',
      'POST /v1/refunds',
      'refund.succeeded',
    ]);
  });

  itWhere('namesRequests', 'names each request as the gateway’s own log does', async () => {
    const payment = await paid();

    const requests = (await timelineOf(payment)).filter((it) => it.kind === 'gateway_request');
    const { data: log } = await tokenkeep.sandbox.call('GET', '/_sandbox/requests');
    const shown = await tokenkeep.cli('payments', 'show', payment.id);

    expect(requests.length).toBeGreaterThan(0);
    for (const { details, actor, what } of requests) {
      expect(actor).toBe(theGateway.gateway);
      const logged = log.find((it: Body) => it.id === details.requestId);
      expect(`${logged.method} ${logged.path}`).toBe(what);
      expect(logged.status).toBe(details.httpStatus);
      expect(shown.stdout).toContain(details.requestId);
    }
  });

  itWith(
    'stripe',
    'names the requests of a charge that was declined, and of the object that was ended for it',
    async () => {
      await tokenkeep.sandbox.keepsWebhooksBack();
      const payment = await paid('pm_card_chargeCustomerFail');
      await tokenkeep.sandbox.worksAgain();

      const requests = (await timelineOf(payment)).filter((it) => it.kind === 'gateway_request');

      expect(payment.status).toBe('failed');
      expect(requests.map((it) => [it.what.replace(/pi_\w+/, 'ID'), it.details.httpStatus])).toEqual([
        ['POST /v1/payment_intents', 200],
        ['POST /v1/payment_intents/ID/confirm', 402],
        ['POST /v1/payment_intents/ID/cancel', 200],
      ]);
    },
  );

  itWhere(
    'namesRequests',
    'names the request that the gateway answered by an error, although its outcome is unknown',
    async () => {
      await tokenkeep.sandbox.breaks({
        does: 'answer_500',
        on: theGateway.charges,
        times: 9,
      });
      const payment = await paid();
      await tokenkeep.sandbox.worksAgain();

      const requests = (await timelineOf(payment)).filter((it) => it.kind === 'gateway_request');

      expect(payment.status).toBe('processing');
      expect(requests.at(-1)!.details.httpStatus).toBe(500);
    },
  );

  itWhere('namesRequests', 'names each request once when news and answer cross each other', async () => {
    await tokenkeep.sandbox.breaks({
      does: 'webhooks_before_answer',
      on: theGateway.charges,
    });
    const payment = await paid();

    const requests = (await timelineOf(payment)).filter((it) => it.kind === 'gateway_request');

    const sent = requests.map((it) => it.what).filter((it) => it.startsWith('POST '));
    expect(sent.length).toBeGreaterThan(0);
    expect(new Set(sent).size).toBe(sent.length);
    expect(new Set(requests.map((it) => it.details.requestId)).size).toBe(requests.length);
  });

  itWith('stripe', 'names the requests about a dispute', async () => {
    const payment = await paid('pm_card_createDispute');
    const dispute = await eventually(
      async () =>
        (await finance.get('/v1/disputes')).body.data.find((it: Body) => it.paymentId === payment.id),
      (it) => it !== undefined,
    );

    await finance.post(`/v1/disputes/${dispute.id}/acceptances`);

    const what = (await timelineOf(payment)).map((it) => it.what.replace(/du?p?_\w+$/, 'ID'));
    expect(what.filter((it) => it.includes('/v1/disputes/'))).toEqual([
      expect.stringMatching(/^GET /),
      expect.stringMatching(/^POST .*close$/),
    ]);
  });

  it('is not for payers', async () => {
    const payment = await paid();
    const payer = await tokenkeep.as('payer');

    expect((await payer.get(`/v1/payments/${payment.id}/timeline`)).status).toBe(403);
  });
});

describe('the ledger', () => {
  it('sums to zero whatever was paid and given back', async () => {
    const payment = await paid();
    await givenBack(payment, 3_000);

    const lines = await sql(
      `SELECT account, sum(amount_minor)::int AS sum FROM payments.ledger WHERE payment_id = $1 GROUP BY 1 ORDER BY 1`,
      [payment.id],
    );
    const [total] = await sql(`SELECT sum(amount_minor)::int AS sum FROM payments.ledger`);

    expect(lines).toEqual([
      { account: 'gateway', sum: 5_000 },
      { account: 'payer', sum: -5_000 },
    ]);
    expect(total.sum).toBe(0);
  });
});

describe('reconciliation', () => {
  itWhere(
    'listsMovements',
    'finds nothing when both books agree, and names what differs when they do not',
    async () => {
      const payment = await paid();
      await givenBack(payment, 1_000);
      const agreed = await tokenkeep.cli('reconcile', ...(await untilNow()));

      await sql(`UPDATE payments.payment SET captured_minor = captured_minor - 1 WHERE id = $1`, [
        payment.id,
      ]);
      const differing = await tokenkeep.cli('reconcile', ...(await untilNow()));

      expect(JSON.parse(agreed.stdout)).toMatchObject({ differences: [] });
      expect(agreed).toMatchObject({ exitCode: 0 });
      expect(differing.exitCode).toBe(2);
      expect(JSON.parse(differing.stdout).differences).toMatchObject([
        {
          kind: 'payment',
          paymentId: payment.id,
          reason: 'amount_differs',
          ours: { amountMinor: 7_999 },
          theirs: { amountMinor: 8_000 },
        },
      ]);
      expect(await sql(`SELECT reason FROM payments.reconciliation_difference`)).toEqual([
        { reason: 'amount_differs' },
      ]);
      await sql(`UPDATE payments.payment SET captured_minor = captured_minor + 1 WHERE id = $1`, [
        payment.id,
      ]);
    },
  );

  itWhere('listsMovements', 'mends by asking again what no webhook has told', async () => {
    const payment = await paid();
    await givenBack(payment, 1_000);
    await tokenkeep.sandbox.deliveriesDone();
    await tokenkeep.sandbox.keepsWebhooksBack();
    const { data: refunds } = await tokenkeep.sandbox.call('GET', '/v1/refunds');
    await tokenkeep.sandbox.call('POST', `/_sandbox/refunds/${refunds[0].id}/fail`);
    await tokenkeep.sandbox.deliveriesDone();
    await tokenkeep.sandbox.worksAgain();

    const { exitCode, stdout } = await tokenkeep.cli('reconcile', '--ask-again', ...(await untilNow()));

    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      askedAbout: 1,
      differences: [{ kind: 'refund', paymentId: payment.id, reason: 'status_differs' }],
    });
    await eventually(
      async () => (await finance.get(`/v1/payments/${payment.id}/refunds`)).body.data,
      ([refund]) => refund.status === 'failed',
    );
    expect((await tokenkeep.cli('reconcile', ...(await untilNow()))).exitCode).toBe(0);
  });

  itWhere(
    'listsMovements',
    'knows a dispute that was opened before the time and heard of after it',
    async () => {
      const payment = await paid();
      const [charge] = (await tokenkeep.sandbox.charges()).slice(-1);
      await tokenkeep.sandbox.call('POST', `/_sandbox/charges/${charge!.charge}/dispute`);
      await eventually(
        () => sql(`SELECT id FROM payments.dispute WHERE payment_id = $1`, [payment.id]),
        (disputes) => disputes.length === 1,
      );
      await sleep(2_000); // the gateway counts in seconds
      const since = new Date().toISOString();
      await sql(`UPDATE payments.dispute SET created_at = clock_timestamp() WHERE payment_id = $1`, [
        payment.id,
      ]);

      const { exitCode, stdout } = await tokenkeep.cli('reconcile', '--since', since, ...(await untilNow()));

      const { compared, differences } = JSON.parse(stdout);
      expect(compared).toBeGreaterThan(0);
      expect(differences).toEqual([]);
      expect(exitCode).toBe(0);
    },
  );

  itWith(
    'stripe',
    'holds the balance of the gateway against what was taken and given back, to the cent',
    async () => {
      const payment = await paid();
      const [charge] = (await tokenkeep.sandbox.charges()).slice(-1);
      const agreed = JSON.parse((await tokenkeep.cli('reconcile', ...(await untilNow()))).stdout);

      await tokenkeep.sandbox.call('POST', `/_sandbox/charges/${charge!.charge}/adjust`, { amount: '-25' });
      const differing = await tokenkeep.cli('reconcile', ...(await untilNow()));

      expect(agreed.differences).toEqual([]);
      const [{ currency, amountMinor, feeMinor, netMinor }] = agreed.balance;
      expect(currency).toBe('USD');
      expect(feeMinor).toBeGreaterThan(0);
      expect(netMinor).toBe(amountMinor - feeMinor);
      expect(differing.exitCode).toBe(2);
      expect(JSON.parse(differing.stdout)).toMatchObject({
        balance: [{ amountMinor: amountMinor - 25 }],
        differences: [
          {
            kind: 'payment',
            paymentId: payment.id,
            reason: 'balance_differs',
            ours: { amountMinor: 8_000 },
            theirs: { amountMinor: 7_975 },
          },
        ],
      });
    },
  );
});

describe('events of the gateway', () => {
  itWhere('listsEvents', 'that were lost are found in its own list', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    await tokenkeep.sandbox.deliveriesDone();
    await sql(`DELETE FROM payments.webhook_event`);

    await sql(`UPDATE payments.event_backfill SET due_at = clock_timestamp(), read_until = NULL`);
    await sql(
      `INSERT INTO payments.event_backfill (id, gateway, due_at) VALUES (gen_random_uuid(), 'braintree', clock_timestamp() - interval '1 hour')`,
    );

    const found = await eventually(
      () => sql(`SELECT type FROM payments.webhook_event WHERE type = 'checkout.session.completed'`),
      (rows) => rows.length > 0,
    );
    expect(found.length).toBeGreaterThan(0);
    await eventually(
      () => sql(`SELECT FROM payments.event_backfill WHERE gateway = 'stripe' AND read_until IS NULL`),
      (unread) => unread.length === 0, // the whole list, before the next test counts events
    );
    // One whose keys are gone waits until they are back, and nobody asks it in vain.
    expect(
      await sql(
        `DELETE FROM payments.event_backfill WHERE gateway = 'braintree' RETURNING tries, read_until`,
      ),
    ).toEqual([{ tries: 0, read_until: null }]);
    expect((await payer.get('/v1/payment-methods')).body.data).toMatchObject([{ id: card.id }]);
  });

  it('are listed, and applied again without a second effect', async () => {
    const payment = await paid();
    await tokenkeep.sandbox.deliveriesDone();
    const listed = JSON.parse((await tokenkeep.cli('webhooks', 'list', '--limit', '500')).stdout) as Body[];

    const replay = await tokenkeep.cli('webhooks', 'replay', '--all');

    expect(replay.stdout).toContain(`${listed.length} will be applied again`);
    await eventually(
      () => sql(`SELECT 1 FROM payments.webhook_event WHERE status <> 'processed'`),
      (rows) => rows.length === 0,
    );
    expect((await finance.get(`/v1/payments/${payment.id}`)).body).toMatchObject({
      status: 'succeeded',
      capturedMinor: 8_000,
    });
    const charges = (await tokenkeep.sandbox.ledger()).filter(
      (it) => it.type === 'charge' && it.reference === payment.id,
    );
    expect(charges.length).toBeLessThanOrEqual(1);
  });

  it('are not replayed all by an empty command', async () => {
    const answer = await tokenkeep.cli('webhooks', 'replay');

    expect(answer.exitCode).not.toBe(0);
    expect(answer.stderr).toContain('--all');
  });
});

describe('a command that is refused', () => {
  const nobodys = '0196f0a0-0000-7000-8000-000000000000';

  it.each([
    [`payments show ${nobodys}`, 'not yours. Give an id as'],
    ['endpoints create ftp://erp.example', 'validation_failed: url must be an address such as'],
  ])('says so in one line with its code and what to do: %s', async (words, line) => {
    const answer = await tokenkeep.cli(...words.split(' '));

    expect(answer).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringMatching(/^[^\n]+\n$/) });
    expect(answer.stderr).toContain(line);
  });

  it.each([
    ['webhooks list --limit abc', 'Give a number from 1 to 1000.'],
    ['payments show pi_17', 'Give an id such as'],
    ['webhooks replay 17', 'Give an id such as'],
  ])('says what to give instead before it opens anything: %s', async (words, what) => {
    const answer = await tokenkeep.cli(...words.split(' '));

    expect(answer).toMatchObject({ exitCode: 1, stdout: '', stderr: expect.stringContaining(what) });
    expect(answer.stderr).not.toMatch(/\n\s+at /);
  });
});

describe('what needs a person', () => {
  it('is on one list', async () => {
    const payment = await paid();
    await tokenkeep.sandbox.deliveriesDone();
    await eventually(
      () => sql(`SELECT 1 FROM payments.webhook_event WHERE status <> 'processed'`),
      (rows) => rows.length === 0,
    );
    await sql(
      `UPDATE payments.payment SET status = 'processing', status_detail = 'confirming', captured_minor = 0,
              created_at = created_at - interval '2 days' WHERE id = $1`,
      [payment.id],
    );

    const listed = JSON.parse((await tokenkeep.cli('attention')).stdout) as Body[];

    expect(listed).toEqual(
      expect.arrayContaining([expect.objectContaining({ why: 'unknown_outcome', id: payment.id })]),
    );
  });
});

describe('payments that somebody makes for a payer', () => {
  it('stop when charging is paused, and everything else goes on', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    const charge = {
      payerId: payerIdOf(payer),
      paymentMethodId: card.id,
      amountMinor: 900,
      currency: 'USD',
      obligation: `pause-${card.id}`,
    };
    const first = await finance.post('/v1/payments', charge, { idempotencyKey: card.id });
    await untilSettled(tokenkeep);
    const paused = await startTokenkeep({ beside: tokenkeep, environment: { PAYMENTS_CHARGING: 'off' } });
    const clerk = await paused.as('finance', finance.subject);

    const repeat = await clerk.post('/v1/payments', charge, { idempotencyKey: card.id });
    const fresh = await clerk.postOnce('/v1/payments', { ...charge, obligation: `${charge.obligation}-2` });
    const refund = await clerk.postOnce(`/v1/payments/${first.body.id}/refunds`, {});
    await paused.stop();

    expect(repeat).toMatchObject({ status: 200, body: { id: first.body.id } });
    expect(fresh).toMatchObject({ status: 503, body: { code: 'charging_paused' } });
    expect(fresh.headers.get('retry-after')).toBe('60');
    expect(refund.status).toBe(201);
  });
});
