import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, Api, Body } from '../support/api.js';
import { eachWith, itWith, theGateway } from '../support/gateways.js';
import {
  atTheGateway,
  eventually,
  invoiceFor,
  payerIdOf,
  savedCard,
  untilSettled,
} from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
let finance: Api;
let payer: Api;
let card: Body;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  finance = await tokenkeep.as('finance');
  payer = await tokenkeep.as('payer');
  card = await savedCard(tokenkeep, payer);
});
afterEach(() => tokenkeep.sandbox.worksAgain());
afterAll(() => tokenkeep.stop());

function charge(order: Body = {}): Promise<Answer> {
  return finance.postOnce('/v1/payments', {
    payerId: payerIdOf(payer),
    paymentMethodId: card.id,
    amountMinor: 10_000,
    currency: 'USD',
    obligation: `course-${randomUUID()}`,
    ...order,
  });
}

const read = async (id: string): Promise<Body> => (await finance.get(`/v1/payments/${id}`)).body;

/** What the gateway took for a payment. */
async function takenFor({ id }: Body): Promise<Body[]> {
  const own = new Set((await tokenkeep.sandbox.paymentsOf(id)).map((it) => it.id));
  const { data } = await tokenkeep.sandbox.call('GET', '/v1/charges?limit=100');
  return data.filter((it: Body) => it.paid && own.has(it.payment_intent));
}

/** The gateway is asked to give back so much, and has done so. */
async function givenBack(payment: Body, amountMinor?: number): Promise<Body> {
  await untilSettled(tokenkeep);
  const { body } = await finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor });
  await eventually(
    () => read(payment.id),
    (it) => it.refundedMinor === (amountMinor ?? it.capturedMinor),
  );
  return body;
}

describe('an amount', () => {
  it('at the limit is charged, and one unit more is refused before the gateway hears of it', async () => {
    const atLimit = await charge({ amountMinor: 99_999_999 });
    const calls = await tokenkeep.sandbox.callsOf(theGateway.charges);
    const above = await charge({ amountMinor: 100_000_000 });

    expect(atLimit.body).toMatchObject({ status: 'succeeded', capturedMinor: 99_999_999 });
    expect([above.status, above.body.code]).toEqual([400, 'validation_failed']);
    expect(await tokenkeep.sandbox.callsOf(theGateway.charges)).toBe(calls);
  });

  eachWith('stripe')([
    ['no decimals', 'JPY', 5_000],
    ['three decimals', 'KWD', 12_340],
    ['other units at the gateway', 'ISK', 700],
  ])('in a currency with %s is taken and given back to the unit', async (_, currency, amountMinor) => {
    const { body: payment } = await charge({ currency, amountMinor });
    const refund = await givenBack(payment, 100);

    expect(payment).toMatchObject({ status: 'succeeded', amountMinor, capturedMinor: amountMinor, currency });
    expect(refund).toMatchObject({ status: 'succeeded', amountMinor: 100, currency });
    expect(await read(payment.id)).toMatchObject({ capturedMinor: amountMinor, refundedMinor: 100 });
    const unit = currency === 'ISK' ? 100 : 1; // Stripe still gives the króna two decimals
    expect(await takenFor(payment)).toMatchObject([
      { currency: currency.toLowerCase(), amount: amountMinor * unit, amount_refunded: 100 * unit },
    ]);
  });

  eachWith('stripe')([
    ['amount', { amount: 1 }],
    ['currency', { currency: 'eur' }],
  ])('is not believed while the gateway answers with another %s', async (_, set) => {
    await tokenkeep.sandbox.keepsWebhooksBack();
    await tokenkeep.sandbox.breaks({ does: 'change_answer', on: 'POST /v1/payment_intents/*/confirm', set });

    const { status, body: payment } = await charge();

    expect([status, payment.status, payment.capturedMinor]).toEqual([201, 'processing', 0]);
    await tokenkeep.sandbox.worksAgain();
    await tokenkeep.cli('payments', 'recover', payment.id);
    const settled = await eventually(
      () => read(payment.id),
      (it) => it.status === 'succeeded',
    );
    expect(settled.capturedMinor).toBe(10_000);
    expect(await takenFor(payment)).toHaveLength(1);
  });
});

describe('what comes too late', () => {
  it('is a refund of a refund: there is no such payment', async () => {
    const { body: payment } = await charge();
    const refund = await givenBack(payment);

    const ofRefund = await finance.postOnce(`/v1/payments/${refund.id}/refunds`, {});
    const again = await finance.postOnce(`/v1/payments/${payment.id}/refunds`, {});

    expect([ofRefund.status, ofRefund.body.code]).toEqual([404, 'not_found']);
    expect([again.status, again.body.code]).toEqual([422, 'refund_exceeds_payment']);
    expect(await takenFor(payment)).toMatchObject([{ amount_refunded: 10_000 }]);
  });

  it('is the second of two captures at the same moment', async () => {
    const { body: payment } = await charge({ capture: 'manual' });

    const answers = await Promise.all(
      [4_000, 5_000].map((amountMinor) =>
        finance.postOnce(`/v1/payments/${payment.id}/captures`, { amountMinor }),
      ),
    );

    expect(answers.map((it) => it.status).sort()).toEqual([201, 409]);
    const { capturedMinor: taken } = await eventually(
      () => read(payment.id),
      (it) => it.status === 'succeeded',
    );
    expect([4_000, 5_000]).toContain(taken);
    expect(await takenFor(payment)).toMatchObject([{ amount_captured: taken }]);
  });

  it('is a cancellation or a capture of what has succeeded: the money stays where it is', async () => {
    const { body: payment } = await charge();

    const cancelled = await finance.postOnce(`/v1/payments/${payment.id}/cancellations`, {});
    const captured = await finance.postOnce(`/v1/payments/${payment.id}/captures`, {});

    for (const answer of [cancelled, captured])
      expect([answer.status, answer.body.code]).toEqual([409, 'payment_state_conflict']);
    expect(await read(payment.id)).toMatchObject({ status: 'succeeded', capturedMinor: 10_000 });
    expect(await takenFor(payment)).toMatchObject([{ amount_refunded: 0 }]);
  });
});

describe('an answer of the gateway that does not fit what was asked', () => {
  eachWith('stripe')([
    ['captures', 'POST /v1/payment_intents/*/capture', { capture: 'manual' }],
    ['refunds', 'POST /v1/refunds', {}],
  ])(
    'to %s is believed by nobody: the outcome stays unknown until the gateway says it rightly',
    async (verb, on, how) => {
      const { body: payment } = await charge(how);
      await tokenkeep.sandbox.breaks({ does: 'change_answer', set: { currency: 'jpy' }, on });

      const asked = await finance.postOnce(`/v1/payments/${payment.id}/${verb}`, { amountMinor: 10_000 });
      await tokenkeep.sandbox.worksAgain();

      expect(asked.status).toBe(201);
      expect(asked.body.status).toBe(verb === 'captures' ? 'requires_capture' : 'pending');
      const amount = verb === 'captures' ? 'capturedMinor' : 'refundedMinor';
      await eventually(
        () => read(payment.id),
        (it) => it[amount] === 10_000,
      );
    },
  );
});

describe('a decline', () => {
  itWith('stripe', 'keeps its reason when the answer is lost to what ends it at the gateway', async () => {
    const other = await tokenkeep.as('payer');
    const spent = await savedCard(tokenkeep, other, 'pm_card_chargeCustomerFail');
    await tokenkeep.sandbox.keepsWebhooksBack();
    await tokenkeep.sandbox.breaks({
      does: 'answer_500',
      on: 'POST /v1/payment_intents/*/cancel',
      after_work: true,
    });

    const { body: payment } = await charge({
      payerId: payerIdOf(other),
      paymentMethodId: spent.id,
    });
    expect(payment).toMatchObject({ status: 'processing', statusDetail: 'confirming' });
    await tokenkeep.cli('payments', 'recover', payment.id);

    const failed = await eventually(
      () => read(payment.id),
      (it) => it.status !== 'processing',
    );
    expect(failed).toMatchObject({
      status: 'failed',
      failure: { code: 'declined', declineCode: 'generic_decline', retry: 'later' },
    });
  });
});

describe('the gateway’s account', () => {
  itWith(
    'stripe',
    'may be used by another installation: what is told of its payments is kept, and changes nothing here',
    async () => {
      const before = (await finance.get('/v1/payments?limit=100')).body.data;
      const { token, customer } = await atTheGateway(tokenkeep, card.id);

      const theirs = await tokenkeep.sandbox.call('POST', '/v1/payment_intents', {
        amount: '700',
        currency: 'usd',
        customer,
        payment_method: token,
        confirm: 'true',
        off_session: 'true',
        'metadata[payment_id]': randomUUID(),
      });
      const refund = await tokenkeep.sandbox.call('POST', '/v1/refunds', {
        payment_intent: theirs.id,
        amount: '200',
      });

      await tokenkeep.sandbox.deliveriesDone();
      const told = await eventually(
        () =>
          tokenkeep.sql<{ type: string; status: string }>(
            `SELECT type, status FROM payments.webhook_event WHERE subject ->> 'providerId' = ANY ($1)`,
            [[theirs.id, refund.id]],
          ),
        (rows) => rows.length > 0 && rows.every((it) => it.status === 'processed'),
      );
      expect(told.map((it) => it.type)).toEqual(
        expect.arrayContaining(['payment_intent.succeeded', 'refund.created']),
      );
      expect((await finance.get('/v1/payments?limit=100')).body.data).toEqual(before);
    },
  );

  it('is at a gateway that is down for ten minutes: nothing is lost, nothing is taken twice, nobody has to help', async () => {
    const own = await startTokenkeep();
    const students = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const student = await own.as('payer');
        const method = await savedCard(own, student);
        return { student, method, invoice: await invoiceFor(own, student) };
      }),
    );
    await own.sandbox.breaks({ does: 'answer_503', on: theGateway.charges, times: 1_000_000 });

    const whileDown: Answer[] = [];
    for (const { student, method, invoice } of students)
      whileDown.push(
        await student.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: method.id }),
      );
    const tenMinutes = `UPDATE payments.payment_attempt SET due_at = due_at - interval '10 minutes' WHERE due_at IS NOT NULL`;
    await own.sql(tenMinutes); // recovery asks meanwhile, and hears nothing
    await eventually(
      () => own.sql(`SELECT 1 FROM payments.payment_attempt WHERE tries > 0`),
      (rows) => rows.length > 0,
    );
    await own.sandbox.worksAgain();

    for (const { status, body } of whileDown)
      expect([status, body.status, body.statusDetail]).toEqual([201, 'processing', 'confirming']);
    const begun = whileDown.map((it) => it.body.id as string);
    await eventually(
      async () => {
        await own.sql(tenMinutes); // the next time that recovery asks
        return own.sql<{ status: string }>(`SELECT status FROM payments.payment WHERE id = ANY ($1)`, [
          begun,
        ]);
      },
      (rows) => rows.length === begun.length && rows.every((it) => it.status === 'succeeded'),
      30_000,
    );
    expect(await own.sandbox.charges()).toHaveLength(students.length);
    await own.stop();
  }, 90_000);
});
