import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, Api, Body } from '../support/api.js';
import { itWhere } from '../support/gateways.js';
import { payerIdOf, savedCard, untilSettled } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

/** One person may give back 100 USD of a payment alone, and ten times that in a day. */
const ALONE = 10_000;

let tokenkeep: Tokenkeep;
let second: Api;
let card: Body;
let payer: Api;
beforeAll(async () => {
  tokenkeep = await startTokenkeep({ environment: { REFUND_APPROVAL_ABOVE: `USD:${ALONE}` } });
  payer = await tokenkeep.as('payer');
  card = await savedCard(tokenkeep, payer);
  second = await tokenkeep.as('finance');
});
afterAll(() => tokenkeep.stop());

let obligations = 0;
async function paid(by: Api, amountMinor = 50_000, currency = 'USD'): Promise<Body> {
  const { body } = await by.postOnce('/v1/payments', {
    payerId: payerIdOf(payer),
    paymentMethodId: card.id,
    amountMinor,
    currency,
    obligation: `course-${obligations++}`,
  });
  await untilSettled(tokenkeep);
  return body;
}

/** Somebody of finance, who has given nothing back today, and a payment. */
async function somebodyWithPayment(amountMinor?: number): Promise<{ first: Api; payment: Body }> {
  const first = await tokenkeep.as('finance');
  return { first, payment: await paid(first, amountMinor) };
}

const refund = (by: Api, payment: Body, amountMinor?: number): Promise<Answer> =>
  by.postOnce(`/v1/payments/${payment.id}/refunds`, amountMinor === undefined ? {} : { amountMinor });
const approve = (by: Api, request: Body): Promise<Answer> =>
  by.postOnce(`/v1/refund-requests/${request.id}/approvals`, {});
const reject = (by: Api, request: Body): Promise<Answer> =>
  by.postOnce(`/v1/refund-requests/${request.id}/rejections`, {});
const refundedMinor = async (payment: Body): Promise<number> =>
  (await second.get(`/v1/payments/${payment.id}`)).body.refundedMinor;
const refundsAtGateway = async (): Promise<number> =>
  (await tokenkeep.sandbox.call('GET', '/v1/refunds?limit=100')).data.length;

describe('a refund above the limit', () => {
  it('waits for somebody else, who sees it, agrees, and so sends it: that amount of that payment, once', async () => {
    const { first, payment } = await somebodyWithPayment();

    const asked = await refund(first, payment, ALONE + 1);
    const waiting = await second.get('/v1/refund-requests?status=pending');
    const before = await refundedMinor(payment);
    const approved = await approve(second, asked.body);

    expect(asked).toMatchObject({
      status: 202,
      body: {
        status: 'pending',
        paymentId: payment.id,
        amountMinor: ALONE + 1,
        currency: 'USD',
        requestedBy: expect.stringMatching(`\\|${first.subject}$`),
        decidedBy: null,
      },
    });
    expect(waiting.body.data[0]).toEqual(asked.body);
    expect(before).toBe(0);
    expect(approved).toMatchObject({
      status: 201,
      body: { status: 'succeeded', paymentId: payment.id, amountMinor: ALONE + 1 },
    });
    expect(await refundedMinor(payment)).toBe(ALONE + 1);
    expect((await second.get(`/v1/refund-requests/${asked.body.id}`)).body).toMatchObject({
      status: 'approved',
      decidedBy: expect.stringMatching(`\\|${second.subject}$`),
    });
  });

  it('is not agreed to by the person who asked, and nobody but finance may', async () => {
    const { first, payment } = await somebodyWithPayment();
    const { body: request } = await refund(first, payment);

    const self = await approve(first, request);
    const others = await Promise.all(
      ['payer', 'ops', 'auditor', 'service'].map(async (role) => approve(await tokenkeep.as(role), request)),
    );

    expect(self).toMatchObject({ status: 403, body: { code: 'second_person_required' } });
    expect(others.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect(await refundedMinor(payment)).toBe(0);
  });

  it('is made once when two people agree at the same moment', async () => {
    const { first, payment } = await somebodyWithPayment();
    const { body: request } = await refund(first, payment, 20_000);
    const known = await refundsAtGateway();
    const third = await tokenkeep.as('finance');

    const both = await Promise.all([approve(second, request), approve(third, request)]);

    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(both.map(({ body }) => body.code)).toContain('refund_request_closed');
    expect(await refundedMinor(payment)).toBe(20_000);
    expect(await refundsAtGateway()).toBe(known + 1);
  });

  it('is either made or refused when one agrees and another refuses at the same moment', async () => {
    const { first, payment } = await somebodyWithPayment();
    const { body: request } = await refund(first, payment, 20_000);

    const [agreed, refused] = await Promise.all([approve(second, request), reject(first, request)]);

    expect([agreed.status, refused.status].sort()).toEqual([201, 409]);
    expect(await refundedMinor(payment)).toBe(agreed.status === 201 ? 20_000 : 0);
  });

  it('is not made once it was refused, or its time is over', async () => {
    const { first, payment } = await somebodyWithPayment();
    const { body: refused } = await refund(first, payment, 20_000);
    const { body: late } = await refund(first, payment, 20_000);

    const rejected = await reject(second, refused);
    await tokenkeep.sql('UPDATE payments.refund_request SET expires_at = created_at WHERE id = $1', [
      late.id,
    ]);

    expect(rejected).toMatchObject({ status: 201, body: { status: 'rejected' } });
    expect((await second.get(`/v1/refund-requests/${late.id}`)).body.status).toBe('expired');
    const waiting = (await second.get('/v1/refund-requests?status=pending&limit=100')).body.data as Body[];
    expect(waiting.map(({ id }) => id)).not.toContain(late.id);
    for (const request of [refused, late])
      expect(await approve(second, request)).toMatchObject({
        status: 409,
        body: { code: 'refund_request_closed' },
      });
    expect(await refundedMinor(payment)).toBe(0);
  });

  it('is not made when less than it is left meanwhile, and can be once that has changed', async () => {
    const { first, payment } = await somebodyWithPayment(20_000);
    const { body: request } = await refund(first, payment);
    await refund(second, payment, 1);

    const tooMuch = await approve(second, request);
    const still = await second.get(`/v1/refund-requests/${request.id}`);

    expect(tooMuch).toMatchObject({ status: 422, body: { code: 'refund_exceeds_payment' } });
    expect(still.body.status).toBe('pending');
    expect(await refundedMinor(payment)).toBe(1);
  });

  it('is one request and one refund, however often each is sent with its key', async () => {
    const { first, payment } = await somebodyWithPayment();
    const path = `/v1/payments/${payment.id}/refunds`;
    const key = { idempotencyKey: `refund-${payment.id}` };
    const agree = { idempotencyKey: `agree-${payment.id}` };

    const asked = await Promise.all([
      first.post(path, { amountMinor: 20_000 }, key),
      first.post(path, { amountMinor: 20_000 }, key),
    ]);
    const other = await first.post(path, { amountMinor: 20_001 }, key);
    const { id } = asked[0].body;
    const approvals = `/v1/refund-requests/${id}/approvals`;
    const made = await second.post(approvals, {}, agree);
    const madeAgain = await second.post(approvals, {}, agree);
    const { body: another } = await refund(first, payment, 20_000);
    const keyOfAnother = await second.post(`/v1/refund-requests/${another.id}/approvals`, {}, agree);
    const askedAgain = await first.post(path, { amountMinor: 20_000 }, key);

    expect(asked.map(({ status, body }) => [status, body.id])).toEqual([
      [202, id],
      [202, id],
    ]);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect([made.status, madeAgain.status, madeAgain.body.id]).toEqual([201, 200, made.body.id]);
    expect(keyOfAnother).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect(askedAgain).toMatchObject({ status: 200, body: { id: made.body.id, status: 'succeeded' } });
    expect(await refundedMinor(payment)).toBe(20_000);
  });

  it('is bound to amount, currency, payment and another person by the database itself', async () => {
    const { first, payment } = await somebodyWithPayment();
    const { body: request } = await refund(first, payment, 20_000);
    const forge = (column: string, value: unknown) =>
      tokenkeep.sql(
        `INSERT INTO payments.refund (id, payment_id, gateway, amount_minor, currency, status, caller, idempotency_key, fingerprint, refund_request_id)
         SELECT gen_random_uuid(), payment_id, 'stripe', ${column === 'amount' ? '$2::bigint' : 'amount_minor'},
                ${column === 'currency' ? '$2::text' : 'currency'}, 'pending', 'forger', gen_random_uuid()::text, '', id
           FROM payments.refund_request WHERE id = $1`,
        [request.id, value].slice(0, column ? 2 : 1),
      );

    await expect(forge('amount', 20_001)).rejects.toThrow('refund_as_requested');
    await expect(forge('currency', 'EUR')).rejects.toThrow('refund_as_requested');
    await expect(
      tokenkeep.sql(
        `UPDATE payments.refund_request SET status = 'approved', decided_by = caller, decision_key = '1', decided_at = clock_timestamp() WHERE id = $1`,
        [request.id],
      ),
    ).rejects.toThrow('refund_request_second_person');
    await approve(second, request);
    await expect(forge('', null)).rejects.toThrow('refund_one_per_request');
  });

  itWhere('answersAtOnce', 'leaves who asked and who decided in the audit log', async () => {
    const { first, payment } = await somebodyWithPayment();
    const { body: request } = await refund(first, payment, 20_000);
    await approve(second, request);

    const entries = (
      await (await tokenkeep.as('auditor')).get(`/v1/audit-entries?targetId=${payment.id}&limit=100`)
    ).body.data as Body[];

    const of = (action: string) => entries.find((it) => it.action === action);
    expect(of('refund_request.created')?.actor).toMatch(first.subject);
    expect(of('refund_request.approved')).toMatchObject({
      actor: expect.stringMatching(second.subject),
      details: { refundRequestId: request.id, amountMinor: 20_000, currency: 'USD' },
    });
    expect(of('refund.succeeded')?.actor).toMatch(second.subject);
  });
});

describe('what one person may give back alone', () => {
  it('is the limit, in one refund or in parts of one payment', async () => {
    const { first, payment } = await somebodyWithPayment();

    const parts = [await refund(first, payment, ALONE - 1), await refund(first, payment, 1)];
    const more = await refund(first, payment, 1);

    expect(parts.map(({ status }) => status)).toEqual([201, 201]);
    expect(more.status).toBe(202);
  });

  it('is ten times the limit in a day, however many payments it is split over, also all at once', async () => {
    const first = await tokenkeep.as('finance');
    const payments = await Promise.all(Array.from({ length: 12 }, () => paid(first, ALONE)));

    const refunds = await Promise.all(payments.map((payment) => refund(first, payment)));

    const statuses = refunds.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array<number>(10).fill(201), 202, 202]);
  });

  it('counts what another person gave back of the payment under the same key', async () => {
    const { first, payment } = await somebodyWithPayment();
    const key = { idempotencyKey: `refund-${payment.id}` };

    const alone = await first.post(`/v1/payments/${payment.id}/refunds`, { amountMinor: ALONE }, key);
    const another = await second.post(`/v1/payments/${payment.id}/refunds`, { amountMinor: ALONE }, key);

    expect([alone.status, another.status]).toEqual([201, 202]);
  });

  it('is nothing in a currency that has no limit', async () => {
    const { first } = await somebodyWithPayment();
    const inEuro = await paid(first, 500, 'EUR');

    expect((await refund(first, inEuro, 1)).status).toBe(202);
  });
});
