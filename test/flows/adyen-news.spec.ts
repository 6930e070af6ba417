import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api, Body } from '../support/api.js';
import { eventually, invoiceFor, payerIdOf, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

/** What becomes of money at Adyen is told by its news alone: here is news that nobody waited for, and news that is late. */
let tokenkeep: Tokenkeep;
let finance: Api;
let payer: Api;
let card: Body;
beforeAll(async () => {
  tokenkeep = await startTokenkeep({ gateway: 'adyen' });
  finance = await tokenkeep.as('finance');
  payer = await tokenkeep.as('payer');
  card = await savedCard(tokenkeep, payer);
});
afterEach(() => tokenkeep.sandbox.worksAgain());
afterAll(() => tokenkeep.stop());

async function paid(): Promise<Body> {
  const invoice = await invoiceFor(tokenkeep, payer);
  return (await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id })).body;
}

/** Asked for by finance, with the payer away. */
async function held(): Promise<Body> {
  const order = { payerId: payerIdOf(payer), paymentMethodId: card.id, amountMinor: 12_500, currency: 'USD' };
  const asked = { ...order, obligation: `deposit:${randomUUID()}`, capture: 'manual' };
  return (await finance.postOnce('/v1/payments', asked)).body;
}

const payments = () => tokenkeep.alone?.url ?? tokenkeep.url; // where the gateway sends its news

const pspReference = (): string => randomBytes(8).toString('hex').toUpperCase();

/** Adyen says this, signed as it signs; answers with what is kept of it. */
async function tell(news: Body): Promise<() => Promise<Body>> {
  const item = {
    success: 'true',
    pspReference: pspReference(),
    merchantAccountCode: 'SandboxECOM',
    reason: '',
    eventDate: new Date().toISOString(),
    amount: { value: 12_500, currency: 'USD' },
    ...news,
  };
  const { ADYEN_HMAC_KEYS, ADYEN_WEBHOOK_CREDENTIALS } = tokenkeep.environment;
  const hmacSignature = createHmac('sha256', Buffer.from(ADYEN_HMAC_KEYS!, 'hex'))
    .update(signedFields(item))
    .digest('base64');
  const NotificationRequestItem = { ...item, additionalData: { ...news.additionalData, hmacSignature } };
  const answer = await fetch(`${payments()}/v1/webhooks/adyen`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(ADYEN_WEBHOOK_CREDENTIALS!).toString('base64')}`,
    },
    body: JSON.stringify({ live: 'false', notificationItems: [{ NotificationRequestItem }] }),
  });
  expect(answer.status).toBe(200);
  const id = `${item.eventCode}:${item.pspReference}:${item.success}`;
  return async () => {
    const [event] = await tokenkeep.sql<Body>(
      `SELECT status, last_error AS "lastError" FROM payments.webhook_event WHERE provider_event_id = $1`,
      [id],
    );
    return event;
  };
}

/** https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures */
function signedFields({ pspReference, originalReference = '', amount, ...item }: Body): string {
  const { merchantAccountCode, merchantReference, eventCode, success } = item;
  const money = [amount.value, amount.currency];
  const fields = [pspReference, originalReference, merchantAccountCode, merchantReference, ...money];
  return [...fields, eventCode, success].join(':');
}

const referenceOf = async ({ id }: Body): Promise<string> => {
  const [attempt] = await tokenkeep.sql<{ reference: string }>(
    'SELECT provider_payment AS reference FROM payments.payment_attempt WHERE payment_id = $1',
    [id],
  );
  return attempt!.reference;
};

const becomes = (payment: Body, status: string): Promise<Body> =>
  eventually(
    async () => (await finance.get(`/v1/payments/${payment.id}`)).body,
    (it) => it.status === status,
  );

describe('a refund that was not made here', () => {
  it.each(['order-4711', '018f4d3e-0000-7000-8000-000000000000'])(
    'is left alone, whatever its maker calls it: %s',
    async (merchantReference) => {
      const payment = await paid();

      const event = await tell({ eventCode: 'REFUND', merchantReference });

      const known = await eventually(event, (it) => it.status !== 'received');
      expect(known).toMatchObject({ status: 'processed', lastError: null });
      expect((await finance.get(`/v1/payments/${payment.id}`)).body.refundedMinor).toBe(0);
    },
  );
});

describe('news that is late', () => {
  /** What this process counted of calls, by call and outcome. */
  async function counted(): Promise<Record<string, number>> {
    const metrics = await (await fetch(`${payments()}/metrics`)).text();
    const calls =
      /^gateway_call_duration_seconds_count\{gateway="adyen",call="(\w+)",outcome="(\w+)"\} (\d+)$/gm;
    return Object.fromEntries(
      [...metrics.matchAll(calls)].map(([, call, outcome, n]) => [`${call} ${outcome}`, Number(n)]),
    );
  }

  it('is no outage: others are charged, however much Adyen has not told yet', async () => {
    const [payment, hold] = [await paid(), await held()];
    await tokenkeep.sandbox.deliveriesDone(); // what the payments are called at Adyen
    await tokenkeep.sandbox.keepsWebhooksBack();
    const parts = Array.from({ length: 10 }, () =>
      finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 100 }),
    );
    const captured = finance.postOnce(`/v1/payments/${hold.id}/captures`, {});
    for (const { body } of await Promise.all(parts)) expect(body.status).toBe('pending');
    expect((await captured).body.status).toBe('requires_capture');

    const polled = await eventually(
      async () => {
        await tokenkeep.sql(`UPDATE payments.refund SET due_at = clock_timestamp() WHERE status = 'pending'`);
        return counted();
      },
      (calls) => Object.entries(calls).some(([call, n]) => call.startsWith('readRefund') && n >= 30),
    );

    expect(Object.keys(polled).filter((it) => it.endsWith('no_answer'))).toEqual([]);
    expect(polled).toMatchObject({ 'capture unknown': 1 });
    expect(await paid()).toMatchObject({ status: 'succeeded' });
  });
});

describe('news that contradicts a payment that is over', () => {
  async function captured(): Promise<Body> {
    const payment = await held();
    await finance.postOnce(`/v1/payments/${payment.id}/captures`, {});
    return becomes(payment, 'succeeded');
  }

  async function cancelled(): Promise<Body> {
    const payment = await held();
    await finance.postOnce(`/v1/payments/${payment.id}/cancellations`, {});
    return becomes(payment, 'cancelled');
  }

  /** Cancelled while it waited for its payer, who was at their bank at that moment. */
  async function abandoned(): Promise<Body> {
    const own = await savedCard(tokenkeep, payer, 'pm_card_threeDSecure2Required');
    const invoice = await invoiceFor(tokenkeep, payer);
    const order = { paymentMethodId: own.id, returnUrl: 'http://127.0.0.1:3000/back' };
    const payment = (await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, order)).body;
    await finance.postOnce(`/v1/payments/${payment.id}/cancellations`, {});
    return becomes(payment, 'cancelled');
  }

  it.each<[string, string, () => Promise<Body>]>([
    ['a charge failed to be captured', 'CAPTURE_FAILED', paid],
    ['what was captured failed afterwards', 'CAPTURE_FAILED', captured],
    ['money was taken after it was cancelled', 'AUTHORISATION', abandoned],
  ])('is put before a person, and moves nothing: %s', async (_, eventCode, payment) => {
    const before = await payment();
    await tokenkeep.sandbox.deliveriesDone();

    const event = await tell({ eventCode, merchantReference: await referenceOf(before) });

    const known = await eventually(event, (it) => it.status !== 'received');
    expect(known).toMatchObject({ status: 'failed', lastError: expect.stringContaining(before.id) });
    expect(known.lastError).toMatch(
      /is (succeeded|cancelled) with (12500|0) captured, but .* captured (0|12500)$/,
    );
    const { status, capturedMinor } = (await finance.get(`/v1/payments/${before.id}`)).body;
    expect({ status, capturedMinor }).toEqual({ status: before.status, capturedMinor: before.capturedMinor });
  });

  it('holds up no dispute of it, nor does news that never came', async () => {
    await tokenkeep.sandbox.keepsWebhooksBack();
    const payment = await paid();
    await tokenkeep.sandbox.deliveriesDone();
    await tokenkeep.sandbox.worksAgain();
    const event = await tell({ eventCode: 'CAPTURE_FAILED', merchantReference: await referenceOf(payment) });
    await eventually(event, (it) => it.status === 'failed');

    const [taken] = await tokenkeep.sandbox.ledgerOf(payment.id);
    await tokenkeep.sandbox.call('POST', `/_sandbox/charges/${taken!.charge}/dispute`);

    await eventually(
      async () =>
        (await finance.get('/v1/disputes')).body.data.find((it: Body) => it.paymentId === payment.id),
      (it) => it?.status === 'needs_response',
      5_000,
    );
  });

  it.each<[string, string, () => Promise<Body>]>([
    ['the rest of what was captured ran out', 'EXPIRE', captured],
    ['what was let go ran out, too', 'EXPIRE', cancelled],
    ['another try of it was ended', 'TECHNICAL_CANCEL', paid],
  ])('is none, where the money agrees: %s', async (_, eventCode, payment) => {
    const before = await payment();
    await tokenkeep.sandbox.deliveriesDone();
    const originalReference = eventCode === 'EXPIRE' ? undefined : pspReference(); // another try's

    const event = await tell({ eventCode, originalReference, merchantReference: await referenceOf(before) });

    const known = await eventually(event, (it) => it.status !== 'received');
    expect(known).toMatchObject({ status: 'processed', lastError: null });
  });
});

// https://docs.adyen.com/api-explorer/Webhooks/1/post/CANCEL_OR_REFUND
describe('a reversal that somebody made in the Customer Area', () => {
  const reversal = async (payment: Body, additionalData: Body) =>
    tell({ eventCode: 'CANCEL_OR_REFUND', merchantReference: await referenceOf(payment), additionalData });

  it('ends a hold, where it cancelled it', async () => {
    const payment = await held();
    await tokenkeep.sandbox.deliveriesDone();

    await reversal(payment, { 'modification.action': 'cancel' });

    expect(await becomes(payment, 'cancelled')).toMatchObject({ capturedMinor: 0 });
  });

  it.each([{ 'modification.action': 'refund' }, {}])(
    'is put before a person, where it gave money back or does not say: %j',
    async (additionalData) => {
      const payment = await paid();
      await tokenkeep.sandbox.deliveriesDone();

      const event = await reversal(payment, additionalData);

      const known = await eventually(event, (it) => it.status !== 'received');
      expect(known).toMatchObject({ status: 'failed', lastError: expect.stringContaining('Customer Area') });
      expect(known.lastError).toContain(payment.id);
      expect((await finance.get(`/v1/payments/${payment.id}`)).body.status).toBe('succeeded');
    },
  );
});

describe('a refund whose request got no answer', () => {
  const REFUNDS = 'POST /v72/payments/*/refunds';

  /** Asked for so long ago, and nobody knows whether Adyen has it. */
  async function unanswered(does: string, age: string): Promise<Body> {
    const payment = await paid();
    await tokenkeep.sandbox.deliveriesDone(); // what the payment is called at Adyen
    await tokenkeep.sandbox.keepsWebhooksBack();
    await tokenkeep.sandbox.breaks({ does, on: REFUNDS, times: 9 });
    const { body } = await finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 500 });
    expect(body.status).toBe('pending');
    await tokenkeep.sandbox.worksAgain();
    await tokenkeep.sql(
      `UPDATE payments.refund SET created_at = created_at - $2::interval, due_at = clock_timestamp() WHERE id = $1`,
      [body.id, age],
    );
    return body;
  }

  const settled = ({ id, paymentId }: Body): Promise<Body> =>
    eventually(
      async () => (await finance.get(`/v1/payments/${paymentId}/refunds`)).body.data[0],
      (it) => it.id === id && it.status !== 'pending',
    );

  const givenBack = async ({ paymentId }: Body): Promise<Body[]> =>
    (await tokenkeep.sandbox.ledgerOf(paymentId)).filter(({ type }) => type === 'refund.created');

  it.each([
    ['never arrived', 'reset_request'],
    ['was carried out', 'reset_answer'],
  ])('is sent again under its key for six days, and is made once where it %s', async (_, does) => {
    const refund = await unanswered(does, '5 days 23 hours');

    const [known] = await eventually(
      () =>
        tokenkeep.sql<{ reference: string | null }>(
          'SELECT provider_refund AS reference FROM payments.refund WHERE id = $1',
          [refund.id],
        ),
      ([row]) => row!.reference !== null,
    );
    await tell({
      eventCode: 'REFUND',
      pspReference: known!.reference,
      merchantReference: refund.id,
      amount: { value: 500, currency: 'USD' },
    });

    expect(await settled(refund)).toMatchObject({ status: 'succeeded', failureCode: null });
    expect(await givenBack(refund)).toHaveLength(1);
  });

  it('is neither sent again after that nor said to be never sent: a person is asked, and its news ends it', async () => {
    const refund = await unanswered('reset_answer', '6 days 1 minute');
    const sent = await tokenkeep.sandbox.callsOf(REFUNDS);

    await eventually(
      () =>
        tokenkeep.sql(
          `SELECT FROM payments.refund
            WHERE id = $1 AND (status <> 'pending' OR due_at > clock_timestamp() + interval '1 hour')`,
          [refund.id],
        ),
      (looked) => looked.length === 1,
    );
    const { data } = (await finance.get(`/v1/payments/${refund.paymentId}/refunds`)).body;
    expect(data).toMatchObject([{ id: refund.id, status: 'pending', failureCode: null }]);
    expect(await tokenkeep.sandbox.callsOf(REFUNDS)).toBe(sent);
    const { body: attention } = await finance.get('/v1/operations/attention');
    expect(attention.data).toContainEqual(expect.objectContaining({ why: 'unknown_refund', id: refund.id }));
    const rest = await finance.postOnce(`/v1/payments/${refund.paymentId}/refunds`, { amountMinor: 12_001 });
    expect(rest.body.code).toBe('refund_exceeds_payment'); // its part is held still

    await tell({
      eventCode: 'REFUND',
      merchantReference: refund.id,
      amount: { value: 500, currency: 'USD' },
    });

    expect(await settled(refund)).toMatchObject({ status: 'succeeded', failureCode: null });
    expect(await givenBack(refund)).toHaveLength(1);
  });
});

describe('a payer who came back from their bank', () => {
  const DETAILS = 'POST /v72/payments/details';
  const RETURN_URL = 'http://127.0.0.1:3000/back';

  /** They said yes there and brought it along, but Adyen did not answer; and their time to come back is over. */
  async function unanswered(does: string): Promise<Body> {
    const own = await savedCard(tokenkeep, payer, 'pm_card_threeDSecure2Required');
    const invoice = await invoiceFor(tokenkeep, payer);
    const order = { paymentMethodId: own.id, returnUrl: RETURN_URL };
    const payment = (await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, order)).body;
    await tokenkeep.sandbox.deliveriesDone();
    const [tried] = await tokenkeep.sandbox.paymentsOf(payment.id);
    const { returnTo } = await tokenkeep.sandbox.authenticate(tried!.id, 'succeed');
    await tokenkeep.sandbox.keepsWebhooksBack();
    await tokenkeep.sandbox.breaks({ does, on: DETAILS, times: 9 });

    const brought = { returnUrl: RETURN_URL, returned: new URL(returnTo!).search.slice(1) };
    const confirmed = await payer.postOnce(`/v1/payments/${payment.id}/confirmations`, brought);

    expect(confirmed.body).toMatchObject({ id: payment.id, status: 'requires_action' });
    await tokenkeep.sandbox.deliveriesDone();
    await tokenkeep.sandbox.worksAgain();
    return payment;
  }

  /** Recovery looks at what the payer asked for, and then at the payment, which nobody has more time for. */
  async function looksAgain({ id }: Body): Promise<void> {
    await tokenkeep.sql(
      `UPDATE payments.payment_operation SET due_at = clock_timestamp(), tries = 0
        WHERE payment_id = $1 AND status = 'begun'`,
      [id],
    );
    await eventually(
      () =>
        tokenkeep.sql(
          `SELECT FROM payments.payment_operation WHERE payment_id = $1 AND status = 'begun' AND tries = 0`,
          [id],
        ),
      (waiting) => waiting.length === 0,
    );
    await tokenkeep.sql(
      `UPDATE payments.payment_attempt SET due_at = clock_timestamp(), payer_until = clock_timestamp(), tries = 0
        WHERE payment_id = $1`,
      [id],
    );
    await eventually(
      () =>
        tokenkeep.sql(
          `SELECT FROM payments.payment_attempt
            WHERE payment_id = $1 AND (due_at IS NULL OR due_at BETWEEN clock_timestamp() + interval '1 s'
                                                                    AND clock_timestamp() + interval '2 min')`,
          [id],
        ),
      (looked) => looked.length === 1,
    );
  }

  const ended = async (): Promise<number> =>
    (await tokenkeep.sandbox.callsOf('POST /v72/cancels')) +
    (await tokenkeep.sandbox.callsOf('POST /v72/payments/*/cancels'));

  it('has paid, although the news is late and their time is over: nothing is ended meanwhile', async () => {
    const payment = await unanswered('reset_answer');
    const before = await ended();

    await looksAgain(payment);
    await looksAgain(payment);

    expect(await ended()).toBe(before);
    const { body } = await payer.get(`/v1/payments/${payment.id}`);
    expect(body.status).toBe('requires_action');
    await tell({ eventCode: 'AUTHORISATION', merchantReference: await referenceOf(payment) });
    expect(await becomes(payment, 'succeeded')).toMatchObject({ capturedMinor: 12_500 });
  });

  it('is waited for no longer than a quarter of an hour, where nothing is told at all', async () => {
    const payment = await unanswered('reset_request');
    await tokenkeep.sql(
      `UPDATE payments.payment_operation SET created_at = created_at - interval '16 minutes' WHERE payment_id = $1`,
      [payment.id],
    );

    await looksAgain(payment);
    await looksAgain(payment);

    await becomes(payment, 'cancelled');
    expect((await tokenkeep.sandbox.paymentsOf(payment.id))[0]).toMatchObject({ status: 'canceled' });
  });
});

describe('news with what looks like a card number in it', () => {
  it('is not counted as applied when it is replayed: its text was not kept, and Adyen tells it once', async () => {
    const payment = await held();
    await tokenkeep.sandbox.deliveriesDone();
    const event = await tell({
      eventCode: 'CANCELLATION',
      merchantReference: await referenceOf(payment),
      reason: 'by phone, card 4242424242424242',
    });
    expect(await event()).toMatchObject({ status: 'parked', lastError: 'card_data' });

    const { exitCode } = await tokenkeep.cli('webhooks', 'replay', '--status', 'parked');

    expect(exitCode).toBe(0);
    const known = await eventually(event, ({ status }) => status !== 'parked' && status !== 'received');
    expect(known).toMatchObject({ status: 'failed', lastError: expect.stringContaining('look it up there') });
    expect((await finance.get(`/v1/payments/${payment.id}`)).body.status).toBe('requires_capture');
  });
});

describe('a dispute that is given up', () => {
  const disputeOf = async (payment: Body): Promise<Body> =>
    (await finance.get('/v1/disputes')).body.data.find((it: Body) => it.paymentId === payment.id);

  it('may have been given up where Adyen did not answer: whoever asked is told to ask again, and its news decides', async () => {
    const payment = await paid();
    const [taken] = await tokenkeep.sandbox.ledgerOf(payment.id);
    await tokenkeep.sandbox.call('POST', `/_sandbox/charges/${taken!.charge}/dispute`);
    const dispute = await eventually(
      () => disputeOf(payment),
      (it) => it?.withdrawnMinor > 0,
    );
    const on = 'POST /ca/services/DisputeService/v30/acceptDispute';
    await tokenkeep.sandbox.breaks({ does: 'answer_500', on, after_work: true, times: 1 });

    const asked = await finance.post(`/v1/disputes/${dispute.id}/acceptances`);

    expect(asked).toMatchObject({ status: 503, body: { code: 'gateway_unavailable' } });
    expect(asked.headers.get('retry-after')).toBe('5');
    await eventually(
      () => disputeOf(payment),
      (it) => it.status === 'lost',
    );
  });
});
