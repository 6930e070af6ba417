import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Answer, Api, Body } from '../support/api.js';
import { holdByStatement } from '../support/databases.js';
import { itWhere } from '../support/gateways.js';
import {
  allIsTold,
  deafBilling,
  eventually,
  invoiceFor,
  savedBankAccount,
  savedCard,
  savedLastAtGateway,
  seenByBank,
  untilSettled,
} from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
let payer: Api;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  const noon = { now: '2027-01-15T17:00:00Z' };
  await (await tokenkeep.as('payer')).put('/dev/clock', noon);
});
afterAll(() => tokenkeep.stop());
beforeEach(async () => {
  payer = await tokenkeep.as('payer');
});

const DAY_MS = 86_400_000;

/** The clock of the business goes on by so many days; it began at noon, at the school. */
async function daysPass(days: number): Promise<void> {
  const { body } = await payer.get('/dev/clock');
  const now = new Date(new Date(body.now).getTime() + days * DAY_MS);
  expect((await payer.put('/dev/clock', { now: now.toISOString() })).status).toBe(200);
}

async function now(): Promise<number> {
  return new Date((await payer.get('/dev/clock')).body.now).getTime();
}

/** When the first instalment is charged again. */
async function nextTryAfterNow(planId: string): Promise<number> {
  const read = async () => new Date((await planOf(planId)).instalments[0].nextTryAt).getTime();
  const since = await now();
  return eventually(read, (nextTry) => nextTry > since);
}

async function today(): Promise<string> {
  const { body } = await payer.get('/dev/clock');
  return new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' }).format(new Date(body.now));
}

async function planFor(invoice: Body, card: Body, more: object = {}): Promise<Body> {
  const { status, body } = await payer.postOnce('/v1/plans', {
    invoiceId: invoice.id,
    paymentMethodId: card.id,
    instalments: 3,
    firstDueOn: await today(),
    ...more,
  });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
}

const planOf = async (id: string): Promise<Body> => (await payer.get(`/v1/plans/${id}`)).body;
const statuses = (plan: Body): string[] => plan.instalments.map((it: Body) => it.status);
const untilStatuses = (id: string, expected: string[]) =>
  eventually(
    () => planOf(id),
    (plan) => JSON.stringify(statuses(plan)) === JSON.stringify(expected),
  );

describe('an instalment plan', () => {
  it('shows what it will ask for before anybody agrees, and asks for exactly that', async () => {
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer, 100_00);

    const shown = await payer.get(
      `/v1/invoices/${invoice.id}/plan-schedule?instalments=3&firstDueOn=2027-08-31`,
    );
    const plan = await planFor(invoice, card, { firstDueOn: '2027-08-31' });

    expect(shown.body.data).toEqual([
      { position: 1, amountMinor: 3334, dueOn: '2027-08-31' },
      { position: 2, amountMinor: 3333, dueOn: '2027-09-30' },
      { position: 3, amountMinor: 3333, dueOn: '2027-10-31' },
    ]);
    expect(
      plan.instalments.map(({ position, amountMinor, dueOn }: Body) => ({ position, amountMinor, dueOn })),
    ).toEqual(shown.body.data);
  });

  it('is agreed to once, however often the request arrives', async () => {
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer);
    const wanted = { invoiceId: invoice.id, paymentMethodId: card.id, instalments: 2 };

    const key = { idempotencyKey: randomUUID() };
    const first = await payer.post('/v1/plans', wanted, key);
    const second = await payer.post('/v1/plans', wanted, key);
    const other = await payer.post('/v1/plans', { ...wanted, instalments: 4 }, key);
    const beside = await payer.postOnce('/v1/plans', wanted);

    expect([first.status, second.status]).toEqual([201, 200]);
    expect(second.body.id).toBe(first.body.id);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(beside).toMatchObject({ status: 409, body: { code: 'invoice_on_plan' } });
  });

  it('is agreed to once when the same request arrives twice at the same moment', async () => {
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer);
    const wanted = { invoiceId: invoice.id, paymentMethodId: card.id, instalments: 2 };
    const key = { idempotencyKey: randomUUID() };
    const send = () => payer.post('/v1/plans', wanted, key);

    const answers = await meetingAt(invoice, [send, send]);

    expect(answers.map(({ status }) => status)).toEqual([201, 200]);
    expect(answers[1]!.body.id).toBe(answers[0]!.body.id);
  });

  it('charges each instalment once on its day, and the invoice is paid with the last', async () => {
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer, 300_00);
    const plan = await planFor(invoice, card, { interval: 'week' });

    await daysPass(1);
    await untilStatuses(plan.id, ['paid', 'scheduled', 'scheduled']);
    await daysPass(7);
    await untilStatuses(plan.id, ['paid', 'paid', 'scheduled']);
    expect((await payer.get(`/v1/invoices/${invoice.id}`)).body.status).toBe('open');
    await daysPass(7);
    const ended = await untilStatuses(plan.id, ['paid', 'paid', 'paid']);

    expect(ended.status).toBe('completed');
    expect((await payer.get(`/v1/invoices/${invoice.id}`)).body).toMatchObject({
      status: 'paid',
      planId: plan.id,
      paymentId: null,
    });
    const mine = (await payer.get('/v1/payments')).body.data;
    expect(mine.map((it: Body) => [it.status, it.amountMinor])).toEqual(Array(3).fill(['succeeded', 100_00]));
  });

  it('waits for money, tries again on the days it says, and then asks the payer', async () => {
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer, 200_00);
    await bankDeclines('insufficient_funds');
    const plan = await planFor(invoice, card, { instalments: 2 });
    await daysPass(1);

    for (const [tries, wait] of [
      [1, 3],
      [2, 5],
      [3, 7],
    ] as const) {
      await eventually(
        () => declinedCharges(plan),
        (count) => count === tries,
      );
      const nextTry = await nextTryAfterNow(plan.id);
      expect(Math.ceil((nextTry - (await now())) / DAY_MS)).toBe(wait);
      await daysPass(wait);
    }

    const asked = await untilStatuses(plan.id, ['action_needed', 'scheduled']);
    expect(asked.instalments[0]).toMatchObject({ statusReason: 'declined', nextTryAt: null });
    expect(await declinedCharges(plan)).toBe(4);
  });

  it('charges once although the process died before it had the answer', async () => {
    const card = await savedCard(tokenkeep, payer);
    const plan = await planFor(await invoiceFor(tokenkeep, payer, 200_00), card, { instalments: 2 });
    await daysPass(1);
    await untilStatuses(plan.id, ['paid', 'scheduled']);
    const [{ id }] = plan.instalments;

    // What stands in the database when the process is killed between the gateway's answer and writing it down.
    await tokenkeep.sql(
      `UPDATE app.instalment_charge SET payment_id = NULL, outcome = NULL WHERE instalment_id = $1`,
      [id],
    );
    await tokenkeep.sql(
      `UPDATE app.instalment SET status = 'scheduled', payment_id = NULL, paid_at = NULL, ready_at = '2020-01-01' WHERE id = $1`,
      [id],
    );

    await untilStatuses(plan.id, ['paid', 'scheduled']);
    expect((await payer.get('/v1/payments')).body.data).toHaveLength(1);
  });

  it('is never charged again after a hard decline, until the payer gives another card: then at once', async () => {
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer, 200_00);
    await bankDeclines('stolen_card');
    const plan = await planFor(invoice, card, { instalments: 2 });
    await daysPass(1);
    await untilStatuses(plan.id, ['action_needed', 'scheduled']);

    await daysPass(20);
    expect(await declinedCharges(plan)).toBe(1);
    const other = await savedCard(tokenkeep, payer, 'pm_card_mastercard');
    const moved = await payer.put(`/v1/plans/${plan.id}/payment-method`, { paymentMethodId: other.id });

    expect(moved).toMatchObject({ status: 200, body: { paymentMethodId: other.id } });
    await untilStatuses(plan.id, ['paid', 'scheduled']);
  });

  itWhere(
    'sendsToBank',
    'asks the payer when the bank wants to see them, and goes on once they have paid with the bank watching',
    async () => {
      const card = await savedCard(tokenkeep, payer, 'pm_card_authenticationRequired');
      const invoice = await invoiceFor(tokenkeep, payer, 200_00);
      const plan = await planFor(invoice, card, { instalments: 2 });
      await daysPass(1);
      const asked = await untilStatuses(plan.id, ['action_needed', 'scheduled']);
      const [waiting] = (await payer.get('/v1/payments')).body.data;

      const confirmed = await payer.postOnce(`/v1/payments/${waiting.id}/confirmations`, {
        returnUrl: 'http://127.0.0.1:3000/back',
      });
      await seenByBank(tokenkeep, payer, waiting, 'succeed');

      expect(asked.instalments[0]).toMatchObject({
        statusReason: 'authentication_required',
        nextTryAt: null,
      });
      expect(confirmed.body).toMatchObject({ id: waiting.id, nextAction: { type: 'redirect' } });
      await untilStatuses(plan.id, ['paid', 'scheduled']);
      expect((await payer.get('/v1/payments')).body.data).toMatchObject([{ status: 'succeeded' }]);
    },
  );

  itWhere(
    'sendsToBank',
    'that waits for the payer and their bank is charged at once to another card that they give',
    async () => {
      const { plan } = await planWhoseBankAsks();
      const other = await savedCard(tokenkeep, payer, 'pm_card_mastercard');

      await payer.put(`/v1/plans/${plan.id}/payment-method`, { paymentMethodId: other.id });

      await untilStatuses(plan.id, ['paid', 'scheduled']);
      const tried = (await payer.get('/v1/payments')).body.data;
      expect(tried.map((it: Body) => [it.status, it.paymentMethodId])).toEqual([
        ['succeeded', other.id],
        ['cancelled', plan.paymentMethodId],
      ]);
    },
  );

  itWhere(
    'sendsToBank',
    'is charged at once to another card also when the payment that waited has ended before',
    async () => {
      const { plan, waiting } = await planWhoseBankAsks();
      const other = await savedCard(tokenkeep, payer, 'pm_card_mastercard');
      await payer.postOnce(`/v1/payments/${waiting.id}/cancellations`, {});
      await eventually(
        () => planOf(plan.id),
        ({ instalments: [it] }) => it.statusReason === 'declined',
      );

      await payer.put(`/v1/plans/${plan.id}/payment-method`, { paymentMethodId: other.id });

      await untilStatuses(plan.id, ['paid', 'scheduled']);
    },
  );

  itWhere('sendsToBank', 'goes on waiting for the payer who gives it the card that it has', async () => {
    const { plan, waiting } = await planWhoseBankAsks();

    await payer.put(`/v1/plans/${plan.id}/payment-method`, { paymentMethodId: plan.paymentMethodId });

    expect((await payer.get(`/v1/payments/${waiting.id}`)).body.status).toBe('requires_action');
    expect((await planOf(plan.id)).instalments[0]).toMatchObject({
      status: 'action_needed',
      statusReason: 'authentication_required',
    });
  });

  it('lets the payer pay an instalment by themselves', async () => {
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer, 200_00);
    const plan = await planFor(invoice, card, { instalments: 2, firstDueOn: '2027-09-01' });

    const paid = await payer.postOnce(`/v1/instalments/${plan.instalments[1].id}/payments`, {
      paymentMethodId: card.id,
    });

    expect(paid).toMatchObject({ status: 201, body: { status: 'succeeded', amountMinor: 100_00 } });
    await untilStatuses(plan.id, ['scheduled', 'paid']);
  });

  itWhere(
    'confirmsDebits',
    'asks the payer when their own debit, under way on the day of the instalment, fails afterwards',
    async () => {
      const card = await savedCard(tokenkeep, payer);
      const account = await savedBankAccount(tokenkeep, payer, 'pm_usBankAccount_insufficientFunds');
      const invoice = await invoiceFor(tokenkeep, payer, 200_00);
      const plan = await planFor(invoice, card, { instalments: 2, firstDueOn: '2027-08-30' });
      await payer.put('/dev/clock', { now: '2027-08-28T16:00:00Z' });
      const debit = await payer.postOnce(`/v1/instalments/${plan.instalments[0].id}/payments`, {
        paymentMethodId: account.id,
      });
      await daysPass(2);
      await untilStatuses(plan.id, ['collecting', 'scheduled']);

      await tokenkeep.sandbox.call('POST', '/_sandbox/clock', { advance: '5d' });

      expect(debit.body).toMatchObject({ status: 'processing', statusDetail: 'bank_debit_pending' });
      const asked = await untilStatuses(plan.id, ['action_needed', 'scheduled']);
      expect(asked.instalments[0]).toMatchObject({ statusReason: 'declined', nextTryAt: null });
      const paid = await payer.postOnce(`/v1/instalments/${plan.instalments[0].id}/payments`, {
        paymentMethodId: card.id,
      });
      expect(paid.body.status).toBe('succeeded');
      await untilStatuses(plan.id, ['paid', 'scheduled']);
    },
  );

  it('and paying the invoice whole exclude each other', async () => {
    const card = await savedCard(tokenkeep, payer);
    const [onPlan, whole] = [await invoiceFor(tokenkeep, payer), await invoiceFor(tokenkeep, payer)];
    await planFor(onPlan, card, { instalments: 2, firstDueOn: '2027-09-01' });
    const body = { paymentMethodId: card.id };

    const paidWhole = await payer.postOnce(`/v1/invoices/${onPlan.id}/payments`, body);
    await payer.postOnce(`/v1/invoices/${whole.id}/payments`, body);
    const planned = await payer.postOnce('/v1/plans', {
      invoiceId: whole.id,
      paymentMethodId: card.id,
      instalments: 2,
    });

    expect(paidWhole).toMatchObject({ status: 409, body: { code: 'invoice_on_plan' } });
    expect(planned.status).toBe(409);
    expect(planned.body.code).toMatch(/obligation_(has_open_payment|already_paid)/);
  });

  itWhere(
    'sendsToBank',
    'does not begin beside a payment that billing has not heard of yet, though another one was refused meanwhile',
    async () => {
      const card = await savedCard(tokenkeep, payer, 'pm_card_authenticationRequiredSetupForOffSession');
      const { id } = await invoiceFor(tokenkeep, payer);
      const pay = () => payer.postOnce(`/v1/invoices/${id}/payments`, { paymentMethodId: card.id });
      expect((await pay()).body.status).toBe('requires_action');
      const unheard = `UPDATE app.invoice SET open_payment_id = NULL WHERE id = $1 AND open_payment_id IS NOT NULL RETURNING id`;
      await eventually(
        () => tokenkeep.sql(unheard, [id]),
        (rows) => rows.length === 1,
      );

      const beside = await pay();
      const plan = { invoiceId: id, paymentMethodId: card.id, instalments: 2 };
      const planned = await payer.postOnce('/v1/plans', plan);

      for (const { status, body } of [beside, planned])
        expect([status, body.code]).toEqual([409, 'obligation_has_open_payment']);
    },
  );

  it('can be given up while nothing is paid; then the invoice is paid whole', async () => {
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer);
    const plan = await planFor(invoice, card, { instalments: 2, firstDueOn: '2027-09-01' });

    const payment = { paymentMethodId: randomUUID() }; // refused: nothing was begun
    await payer.postOnce(`/v1/instalments/${plan.instalments[0].id}/payments`, payment);
    expect((await payer.delete(`/v1/plans/${plan.id}`)).status).toBe(204);
    expect((await payer.delete(`/v1/plans/${plan.id}`)).status).toBe(204);

    expect(await planOf(plan.id)).toMatchObject({ status: 'cancelled' });
    const paid = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id });
    expect(paid.body.status).toBe('succeeded');
  });

  it('can be ended once the school has given back what was paid of it, and is charged no more', async () => {
    const card = await savedCard(tokenkeep, payer);
    const finance = await tokenkeep.as('finance');
    const invoice = await invoiceFor(tokenkeep, payer, 300_00);
    const plan = await planFor(invoice, card);
    const { instalments } = await untilStatuses(plan.id, ['paid', 'scheduled', 'scheduled']);
    const end = () => finance.post(`/v1/invoices/${invoice.id}/void`);
    expect((await end()).body.code).toBe('plan_has_payments');

    await untilSettled(tokenkeep);
    const of = `/v1/payments/${instalments[0].paymentId}`;
    expect((await finance.postOnce(`${of}/refunds`, { amountMinor: 100_00 })).status).toBe(201);
    await eventually(end, ({ status }) => status === 200);

    const ended = await planOf(plan.id);
    expect([ended.status, ...statuses(ended)]).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled']);
    expect(ended.instalments.map((it: Body) => it.nextTryAt)).toEqual([null, null, null]);
  });

  it('charges the card that the payer has chosen since, though a charge to another was written down', async () => {
    const card = await savedCard(tokenkeep, payer);
    const plan = await planFor(await invoiceFor(tokenkeep, payer), card, { firstDueOn: '2027-09-01' });
    // What stands in the database while charging is paused, or the gateway is away.
    await tokenkeep.sql(
      `INSERT INTO app.instalment_charge (instalment_id, number, payment_method_id, began_at) VALUES ($1, 1, $2, now())`,
      [plan.instalments[0].id, card.id],
    );
    const other = await savedCard(tokenkeep, payer, 'pm_card_mastercard');
    await payer.put(`/v1/plans/${plan.id}/payment-method`, { paymentMethodId: other.id });

    await tokenkeep.sql(`UPDATE app.instalment SET ready_at = '2027-01-01' WHERE id = $1`, [
      plan.instalments[0].id,
    ]);

    await untilStatuses(plan.id, ['paid', 'scheduled', 'scheduled']);
    const tried = (await payer.get('/v1/payments')).body.data;
    expect(tried.map((it: Body) => it.paymentMethodId)).toEqual([other.id]);
  });

  itWhere(
    'confirmsDebits',
    'charges the card that the payer has chosen while a debit was under way, once that has failed',
    async () => {
      const account = await savedBankAccount(tokenkeep, payer, 'pm_usBankAccount_insufficientFunds');
      const plan = await planFor(await invoiceFor(tokenkeep, payer, 200_00), account, { instalments: 2 });
      await untilStatuses(plan.id, ['collecting', 'scheduled']);
      const card = await savedCard(tokenkeep, payer);
      await payer.put(`/v1/plans/${plan.id}/payment-method`, { paymentMethodId: card.id });

      await tokenkeep.sandbox.call('POST', '/_sandbox/clock', { advance: '5d' });

      await untilStatuses(plan.id, ['paid', 'scheduled']);
      const tried = (await payer.get('/v1/payments')).body.data;
      expect(tried.map((it: Body) => [it.status, it.paymentMethodId])).toEqual([
        ['succeeded', card.id],
        ['failed', account.id],
      ]);
      expect(await failuresTold()).toEqual([]);
    },
  );

  itWhere('confirmsDebits', 'is not given up while a debit of an instalment is under way', async () => {
    const [card, account] = [
      await savedCard(tokenkeep, payer),
      await savedBankAccount(tokenkeep, payer, 'pm_usBankAccount_success'),
    ];
    const invoice = await invoiceFor(tokenkeep, payer, 200_00);
    const plan = await planFor(invoice, card, { instalments: 2, firstDueOn: '2027-09-01' });
    const debit = await payer.postOnce(`/v1/instalments/${plan.instalments[0].id}/payments`, {
      paymentMethodId: account.id,
    });
    expect(debit.body).toMatchObject({ status: 'processing', statusDetail: 'bank_debit_pending' });
    const unheard = `UPDATE app.instalment SET open_payment_id = NULL WHERE id = $1 AND open_payment_id IS NOT NULL RETURNING id`;
    await eventually(
      () => tokenkeep.sql(unheard, [plan.instalments[0].id]), // as before the payment was told of
      (rows) => rows.length === 1,
    );

    const givenUp = await payer.delete(`/v1/plans/${plan.id}`);
    await tokenkeep.sandbox.call('POST', '/_sandbox/clock', { advance: '5d' });

    expect(givenUp).toMatchObject({ status: 409, body: { code: 'plan_has_payments' } });
    await untilStatuses(plan.id, ['paid', 'scheduled']);
  });

  itWhere('confirmsDebits', 'can be given up once such a debit has failed', async () => {
    const [card, account] = [
      await savedCard(tokenkeep, payer),
      await savedBankAccount(tokenkeep, payer, 'pm_usBankAccount_insufficientFunds'),
    ];
    const invoice = await invoiceFor(tokenkeep, payer, 200_00);
    const plan = await planFor(invoice, card, { instalments: 2, firstDueOn: '2027-09-01' });
    const debit = await payer.postOnce(`/v1/instalments/${plan.instalments[0].id}/payments`, {
      paymentMethodId: account.id,
    });
    await tokenkeep.sql(
      `UPDATE payments.payment SET created_at = created_at - interval '3 days' WHERE id = $1`,
      [debit.body.id],
    );

    await tokenkeep.sandbox.call('POST', '/_sandbox/clock', { advance: '5d' });

    await eventually(
      async () => (await payer.delete(`/v1/plans/${plan.id}`)).status,
      (status) => status === 204,
    );
    expect(await failuresTold()).toEqual([{ nextTryOn: '2027-09-01', place: `/plans/${plan.id}` }]);
  });

  it('keeps its method from being removed', async () => {
    const card = await savedCard(tokenkeep, payer);
    const plan = await planFor(await invoiceFor(tokenkeep, payer), card, { firstDueOn: '2027-09-01' });
    await eventually(
      () => tokenkeep.sql(`SELECT FROM payments.payment_method_use WHERE name = $1`, [`plan:${plan.id}`]),
      (uses) => uses.length === 1,
    );

    expect(await payer.delete(`/v1/payment-methods/${card.id}`)).toMatchObject({
      status: 409,
      body: { code: 'payment_method_in_use' },
    });
  });

  it('that has ended keeps no method, also where payments were slow to hear that it had begun', async () => {
    await tokenkeep.sandbox.keepsWebhooksBack(); // so that only the plan wants the method
    const card = await savedCard(tokenkeep, payer);
    const method = 'SELECT FROM payments.payment_method WHERE id = $1 FOR UPDATE';
    const letGo = await holdByStatement(tokenkeep.database, method, [card.id]);
    try {
      const plan = await planFor(await invoiceFor(tokenkeep, payer), card, { firstDueOn: '2027-09-01' });
      await eventually(
        () => waiting('PaymentMethodRecord'),
        (declaring) => declaring.length === 1,
      );
      expect((await payer.delete(`/v1/plans/${plan.id}`)).status).toBe(204);
      await eventually(
        () => tokenkeep.sql('SELECT FROM app.plan WHERE id = $1 AND ready_at IS NULL', [plan.id]),
        (done) => done.length === 1,
      );
    } finally {
      await letGo();
      await tokenkeep.sandbox.worksAgain();
    }

    await eventually(
      () => payer.delete(`/v1/payment-methods/${card.id}`),
      ({ status }) => status === 204,
    );
    expect(await untilUses(0)).toEqual([]);
  });

  it("is nobody else's business", async () => {
    const card = await savedCard(tokenkeep, payer);
    const invoice = await invoiceFor(tokenkeep, payer);
    const plan = await planFor(invoice, card, { firstDueOn: '2027-09-01' });
    const stranger = await tokenkeep.as('payer');
    const theirs = await savedCard(tokenkeep, stranger);
    const body = { paymentMethodId: theirs.id };

    const answers = [
      await stranger.get(`/v1/plans/${plan.id}`),
      await stranger.delete(`/v1/plans/${plan.id}`),
      await stranger.put(`/v1/plans/${plan.id}/payment-method`, body),
      await stranger.postOnce(`/v1/instalments/${plan.instalments[0].id}/payments`, body),
      await stranger.get(`/v1/invoices/${invoice.id}/plan-schedule?instalments=2`),
      await stranger.postOnce('/v1/plans', { ...body, invoiceId: invoice.id, instalments: 2 }),
      await payer.put(`/v1/plans/${plan.id}/payment-method`, body),
      await payer.put('/v1/autopay', body),
    ];

    expect(answers.map((it) => it.status)).toEqual(Array(8).fill(404));
    expect((await stranger.get('/v1/plans')).body.data).toEqual([]);
  });

  it.each([
    [{ instalments: 13 }, 'instalments'],
    [{ instalments: 1 }, 'instalments'],
    [{ firstDueOn: '2020-01-01' }, 'firstDueOn'],
    [{ firstDueOn: '2029-01-01' }, 'firstDueOn'],
    [{ firstDueOn: '2027-02-30' }, 'firstDueOn'],
    [{ interval: 'day' }, 'interval'],
  ])('refuses %j and says where', async (wrong, path) => {
    const invoice = await invoiceFor(tokenkeep, payer);
    const body = { invoiceId: invoice.id, paymentMethodId: randomUUID(), instalments: 2, ...wrong };
    const card = await savedCard(tokenkeep, payer);

    const answer = await payer.postOnce('/v1/plans', { ...body, paymentMethodId: card.id });

    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(answer.body.errors.map((it: Body) => it.path)).toContain(path);
  });
});

describe('autopay', () => {
  it('pays invoices on the day that they are due: those that are open, and those to come', async () => {
    const card = await savedCard(tokenkeep, payer);
    const before = await invoiceFor(tokenkeep, payer, 111_00);

    const on = await payer.put('/v1/autopay', { paymentMethodId: card.id });
    const after = await invoiceFor(tokenkeep, payer, 222_00);

    expect(on.body).toMatchObject({ paymentMethodId: card.id });
    const days = (await payer.get('/v1/plans')).body.data;
    expect(days.map((it: Body) => [it.origin, it.invoiceId, it.instalments[0].dueOn])).toEqual([
      ['autopay', after.id, '2027-09-01'],
      ['autopay', before.id, '2027-09-01'],
    ]);
    await payer.put('/dev/clock', { now: '2027-09-01T16:00:00Z' });
    for (const { id } of [before, after])
      await eventually(
        async () => (await payer.get(`/v1/invoices/${id}`)).body,
        (invoice) => invoice.status === 'paid' && invoice.paymentId !== null,
      );
  });

  it('stands in nobody’s way who pays by hand, and charges nothing twice', async () => {
    const card = await savedCard(tokenkeep, payer);
    const invoice = await feeFor('2029-01-01');
    await payer.put('/v1/autopay', { paymentMethodId: card.id });

    await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id });
    const [plan] = await eventually(
      async () => (await payer.get('/v1/plans')).body.data,
      ([it]) => it.status === 'completed',
    );
    await payer.put('/dev/clock', { now: '2029-01-02T16:00:00Z' });

    expect(statuses(plan)).toEqual(['paid']);
    expect((await payer.get('/v1/payments')).body.data).toHaveLength(1);
  });

  it('keeps its method from being removed, also while nothing is owed, until it is switched off', async () => {
    const card = await savedCard(tokenkeep, payer);
    const remove = () => payer.delete(`/v1/payment-methods/${card.id}`);
    await payer.put('/v1/autopay', { paymentMethodId: card.id });
    await untilUses(1);

    const kept = await remove();
    await payer.delete('/v1/autopay');
    await untilUses(0);
    const removed = await remove();

    expect(kept).toMatchObject({ status: 409, body: { code: 'payment_method_in_use' } });
    expect(JSON.stringify(kept.body)).not.toContain(payerId());
    expect(removed.status).toBe(204);
  });

  it('is off once its method is gone, and a plan that it made says so in words for the payer', async () => {
    const card = await savedCard(tokenkeep, payer);
    await feeFor('2029-02-01');
    await payer.put('/v1/autopay', { paymentMethodId: card.id });
    await untilUses(2);
    const [plan] = (await payer.get('/v1/plans')).body.data;

    const unheard = `DELETE FROM payments.payment_method_use WHERE payer_id = $1`; // as before payments were told
    await tokenkeep.sql(unheard, [payerId()]);
    expect((await payer.delete(`/v1/payment-methods/${card.id}`)).status).toBe(204);
    await eventually(
      async () => (await payer.get('/v1/autopay')).body.paymentMethodId,
      (method) => method === null,
    );
    await payer.put('/dev/clock', { now: '2029-02-01T16:00:00Z' });

    await untilStatuses(plan.id, ['action_needed']);
    const reasons = `SELECT facts->>'reason' AS reason FROM app.notice WHERE payer_id = $1 AND kind = 'plan_failed'`;
    expect(await tokenkeep.sql(reasons, [payerId()])).toEqual([
      { reason: 'The payment method is not there any more.' },
    ]);
  });

  itWhere('confirmsDebits', 'waits for a debit that the payer began by hand', async () => {
    const account = await savedBankAccount(tokenkeep, payer);
    const invoice = await feeFor('2029-02-15');
    await payer.put('/v1/autopay', { paymentMethodId: account.id });
    await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: account.id });
    await eventually(
      () =>
        tokenkeep.sql(`SELECT FROM app.invoice WHERE id = $1 AND open_payment_id IS NOT NULL`, [invoice.id]),
      (heard) => heard.length === 1,
    );
    const [plan] = (await payer.get('/v1/plans')).body.data;

    await payer.put('/dev/clock', { now: '2029-02-15T16:00:00Z' });
    await untilStatuses(plan.id, ['collecting']);
    await tokenkeep.sandbox.call('POST', '/_sandbox/clock', { advance: '5d' });

    await untilStatuses(plan.id, ['paid']);
    const begun = `SELECT FROM app.instalment_charge WHERE instalment_id = $1`;
    expect(await tokenkeep.sql(begun, [plan.instalments[0].id])).toEqual([]);
    expect((await payer.get('/v1/payments')).body.data).toMatchObject([{ status: 'succeeded' }]);
  });

  it('charges nothing of an invoice that is not open any more, whoever closed it', async () => {
    const card = await savedCard(tokenkeep, payer);
    const invoice = await feeFor('2029-03-01');
    await payer.put('/v1/autopay', { paymentMethodId: card.id });
    const [plan] = (await payer.get('/v1/plans')).body.data;

    await tokenkeep.sql(`UPDATE app.invoice SET status = 'void' WHERE id = $1`, [invoice.id]);
    await payer.put('/dev/clock', { now: '2029-03-01T16:00:00Z' });

    await eventually(
      () => planOf(plan.id),
      ({ instalments }) => instalments[0].nextTryAt === null,
    );
    expect((await payer.get('/v1/payments')).body.data).toEqual([]);
  });

  it('charges nothing once it is switched off; until then its plans are not given up one by one', async () => {
    const card = await savedCard(tokenkeep, payer);
    await feeFor('2030-01-01');
    await payer.put('/v1/autopay', { paymentMethodId: card.id });
    const [plan] = (await payer.get('/v1/plans')).body.data;
    expect(await payer.delete(`/v1/plans/${plan.id}`)).toMatchObject({
      status: 409,
      body: { code: 'plan_is_autopay' },
    });

    expect((await payer.delete('/v1/autopay')).status).toBe(204);

    expect((await payer.get('/v1/autopay')).body).toEqual({ paymentMethodId: null, since: null });
    await invoiceFor(tokenkeep, payer);
    expect((await payer.get('/v1/plans')).body.data).toMatchObject([{ id: plan.id, status: 'cancelled' }]);
  });

  itWhere(
    'confirmsDebits',
    'charges nothing again when it is switched off while a debit is under way that fails then',
    async () => {
      const { invoice, plan } = await beingDebited('pm_usBankAccount_insufficientFunds');

      await payer.delete('/v1/autopay');
      await tokenkeep.sandbox.call('POST', '/_sandbox/clock', { advance: '5d' });
      await untilCancelled(plan);
      await daysPass(10);

      expect((await payer.get('/v1/payments')).body.data).toMatchObject([{ status: 'failed' }]);
      expect(await failuresTold()).toEqual([{ nextTryOn: null, place: `/invoices/${invoice.id}` }]);
      expect((await payer.get(`/v1/invoices/${invoice.id}`)).body.status).toBe('open');
    },
  );

  itWhere(
    'confirmsDebits',
    'charges another method once, and never the old one again, when it is switched over meanwhile',
    async () => {
      const { invoice, plan } = await beingDebited('pm_usBankAccount_insufficientFunds');
      const card = await savedCard(tokenkeep, payer);

      await payer.put('/v1/autopay', { paymentMethodId: card.id });
      await tokenkeep.sandbox.call('POST', '/_sandbox/clock', { advance: '5d' });
      await untilCancelled(plan);
      await payer.put('/v1/autopay', { paymentMethodId: card.id }); // it looks at the open invoices, as it does each minute
      await eventually(
        async () => (await payer.get(`/v1/invoices/${invoice.id}`)).body,
        ({ status }) => status === 'paid',
      );
      await daysPass(10);

      const tried = (await payer.get('/v1/payments')).body.data;
      expect(tried.map((it: Body) => [it.status, it.paymentMethodId])).toEqual([
        ['succeeded', card.id],
        ['failed', plan.paymentMethodId],
      ]);
      expect(await failuresTold()).toEqual([]);
    },
  );

  it('keeps its invoice from being withdrawn once it is charged, also before any event has told of it', async () => {
    const card = await savedCard(tokenkeep, payer);
    const invoice = await feeFor('2030-06-01');
    await payer.put('/v1/autopay', { paymentMethodId: card.id });
    const [plan] = (await payer.get('/v1/plans')).body.data;
    await nobodyElseIsAtWork(plan);
    const hears = await deafBilling(tokenkeep);
    try {
      await payer.put('/dev/clock', { now: '2030-06-02T16:00:00Z' });
      await eventually(
        () => planOf(plan.id),
        ({ status }) => status === 'completed',
      );

      expect((await withdrawn(invoice)).body.code).toBe('plan_has_payments');
    } finally {
      await hears();
    }
    await eventually(
      async () => (await payer.get(`/v1/invoices/${invoice.id}`)).body,
      ({ status }) => status === 'paid',
    );
  });

  it('begins no charge that it had only written down when it was switched off', async () => {
    const card = await savedCard(tokenkeep, payer);
    const invoice = await feeFor('2031-01-01');
    await payer.put('/v1/autopay', { paymentMethodId: card.id });
    const [plan] = (await payer.get('/v1/plans')).body.data;

    // What stands in the database when the process is killed before payments were asked.
    await tokenkeep.sql(
      `INSERT INTO app.instalment_charge (instalment_id, number, payment_method_id, began_at) VALUES ($1, 1, $2, now())`,
      [plan.instalments[0].id, card.id],
    );
    await payer.delete('/v1/autopay');
    expect((await planOf(plan.id)).status).toBe('active');
    await payer.put('/dev/clock', { now: '2031-01-02T16:00:00Z' });

    await untilCancelled(plan);
    expect((await payer.get('/v1/payments')).body.data).toEqual([]);
    expect((await payer.get(`/v1/invoices/${invoice.id}`)).body.status).toBe('open');
  });

  describe.each([
    ['the invoice is withdrawn', withdrawn, 200],
    ['the payer agrees to instalments', agreed, 201],
  ])('whose charge the payer makes by hand while %s', (_, ended, done) => {
    it.each(['paid', 'ended'])(
      'is %s where that comes first, and the other is told why not: neither waits for the other for ever',
      async (first) => {
        const card = await savedCard(tokenkeep, payer);
        const invoice = await feeFor('2032-01-01');
        await payer.put('/v1/autopay', { paymentMethodId: card.id });
        const [plan] = (await payer.get('/v1/plans')).body.data;
        await nobodyElseIsAtWork(plan);
        const paid = () =>
          payer.postOnce(`/v1/instalments/${plan.instalments[0].id}/payments`, { paymentMethodId: card.id });
        const end = () => ended(invoice, card);

        const both = first === 'paid' ? [paid, end] : [end, paid];
        const answers = await meetingAt(invoice, both);

        const told = answers.map(({ status, body }) => [status, status === 409 ? body.code : null]);
        expect(told).toEqual([
          [first === 'paid' ? 201 : done, null],
          [409, first === 'paid' ? expect.stringMatching(UNDER_WAY) : 'plan_not_active'],
        ]);
        const payments = (await payer.get('/v1/payments')).body.data;
        expect(payments.map((it: Body) => it.status)).toEqual(first === 'paid' ? ['succeeded'] : []);
      },
    );
  });
});

/** Why nothing is ended any more that is being paid, or was by now. */
const UNDER_WAY = /^(obligation_has_open_payment|obligation_already_paid)$/;

async function withdrawn(invoice: Body): Promise<Answer> {
  return (await tokenkeep.as('finance')).post(`/v1/invoices/${invoice.id}/void`);
}

function agreed(invoice: Body, card: Body): Promise<Answer> {
  return payer.postOnce('/v1/plans', {
    invoiceId: invoice.id,
    paymentMethodId: card.id,
    instalments: 2,
  });
}

/** All is told of the card and the plan, and the plan is held for nothing of that any more. */
async function nobodyElseIsAtWork({ id }: Body): Promise<void> {
  await allIsTold(tokenkeep);
  await eventually(
    () => tokenkeep.sql('SELECT FROM app.plan WHERE id = $1 AND ready_at IS NOT NULL', [id]),
    (left) => left.length === 0,
  );
}

/** Each comes as far as it can while somebody else holds the invoice; then they meet, in this order. */
async function meetingAt({ id }: Body, requests: (() => Promise<Answer>)[]): Promise<Answer[]> {
  const held = 'SELECT FROM app.invoice WHERE id = $1 FOR UPDATE';
  const letGo = await holdByStatement(tokenkeep.database, held, [id]);
  const answers: Promise<Answer>[] = [];
  try {
    for (const send of requests) {
      answers.push(send());
      await eventually(
        () => waiting('app'),
        ({ length }) => length === answers.length,
      );
    }
  } finally {
    await letGo();
  }
  return Promise.all(answers);
}

/** Statements with these words in them that wait for somebody else's. */
function waiting(words: string): Promise<object[]> {
  return tokenkeep.sql(
    `SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND strpos(query, $1) > 0`,
    [words],
  );
}

/** So many things rely on the payer's methods, as payments know it. */
const untilUses = (count: number): Promise<object[]> =>
  eventually(
    () => tokenkeep.sql(`SELECT name FROM payments.payment_method_use WHERE payer_id = $1`, [payerId()]),
    (uses) => uses.length === count,
  );

/** A fee that is due on a day. */
async function feeFor(dueOn: string): Promise<Body> {
  const finance = await tokenkeep.as('finance');
  const fee = { payerId: payerId(), kind: 'fee', description: 'Fee', amountMinor: 333_00, currency: 'USD' };
  return (await finance.postOnce('/v1/invoices', { ...fee, dueOn })).body;
}

/** An overdue invoice that autopay debits just now. */
async function beingDebited(account: string): Promise<{ invoice: Body; plan: Body }> {
  await payer.put('/dev/clock', { now: '2030-01-02T16:00:00Z' });
  const invoice = await invoiceFor(tokenkeep, payer, 200_00);
  const { id } = await savedBankAccount(tokenkeep, payer, account);
  await payer.put('/v1/autopay', { paymentMethodId: id });
  const [plan] = (await payer.get('/v1/plans')).body.data;
  await untilStatuses(plan.id, ['collecting']);
  return { invoice, plan };
}

const untilCancelled = ({ id }: Body): Promise<Body> =>
  eventually(
    () => planOf(id),
    ({ status }) => status === 'cancelled',
  );

/** What the payer was told of charges that failed. */
const failuresTold = (): Promise<object[]> =>
  tokenkeep.sql(
    `SELECT facts->>'nextTryOn' AS "nextTryOn", facts->>'place' AS place FROM app.notice
      WHERE payer_id = $1 AND kind LIKE '%_failed'`,
    [payerId()],
  );

function payerId(): string {
  return JSON.parse(Buffer.from(payer.token.split('.')[1]!, 'base64url').toString()).payer_id;
}

/** A plan whose first charge waits until the payer's bank has seen them. */
async function planWhoseBankAsks(): Promise<{ plan: Body; waiting: Body }> {
  const card = await savedCard(tokenkeep, payer, 'pm_card_authenticationRequired');
  const plan = await planFor(await invoiceFor(tokenkeep, payer, 200_00), card, { instalments: 2 });
  await daysPass(1);
  await untilStatuses(plan.id, ['action_needed', 'scheduled']);
  const [waiting] = (await payer.get('/v1/payments')).body.data;
  return { plan, waiting };
}

/** From now on the bank declines the card that was saved last. */
async function bankDeclines(decline: string): Promise<void> {
  const token = await savedLastAtGateway(tokenkeep);
  await tokenkeep.sandbox.call('POST', `/_sandbox/payment-methods/${token}/close`, { decline });
}

/** How often the gateway declined this payer's plan. */
async function declinedCharges(plan: Body): Promise<number> {
  const payments = (await payer.get('/v1/payments')).body.data;
  const obligations = plan.instalments.map((it: Body) => it.obligation);
  return payments.filter((it: Body) => it.status === 'failed' && obligations.includes(it.obligation)).length;
}
