import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api, Body } from '../support/api.js';
import { eachWith, itWith, theGateway } from '../support/gateways.js';
import { allIsTold, eventually, invoiceFor, payerIdOf, savedCard, untilSettled } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
let finance: Api;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  finance = await tokenkeep.as('finance');
});
afterAll(() => tokenkeep.stop());

/** A payment that finance made with a fresh payer's card. */
async function paid(
  options: { amountMinor?: number; card?: string; capture?: 'manual' } = {},
): Promise<Body> {
  const payer = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, payer, options.card);
  const { body } = await finance.postOnce('/v1/payments', {
    payerId: payerIdOf(payer),
    paymentMethodId: card.id,
    amountMinor: options.amountMinor ?? 10_000,
    currency: 'USD',
    obligation: `course-${payer.subject}`,
    ...(options.capture ? { capture: options.capture } : {}),
  });
  if (!options.capture) await untilSettled(tokenkeep);
  return body;
}

/** The newest dispute at the gateway. */
async function bankDecidesForUs(): Promise<void> {
  const { data } = await tokenkeep.sandbox.call('GET', '/v1/disputes');
  await tokenkeep.sandbox.call('POST', `/_sandbox/disputes/${data[0].id}/close`, { status: 'won' });
}

const read = async (id: string): Promise<Body> => (await finance.get(`/v1/payments/${id}`)).body;

describe('a reserved payment', () => {
  it('takes a part when finance captures a part, and lets the rest go', async () => {
    const payment = await paid({ capture: 'manual' });
    expect(payment.status).toBe('requires_capture');

    const captured = await finance.postOnce(`/v1/payments/${payment.id}/captures`, { amountMinor: 4_000 });

    expect(captured.status).toBe(201);
    expect(captured.body).toMatchObject({ status: 'succeeded', amountMinor: 10_000, capturedMinor: 4_000 });
  });

  it('refuses to be captured twice, or beyond what is reserved', async () => {
    const payment = await paid({ capture: 'manual' });

    const tooMuch = await finance.postOnce(`/v1/payments/${payment.id}/captures`, { amountMinor: 10_001 });
    const first = await finance.post(
      `/v1/payments/${payment.id}/captures`,
      {},
      { idempotencyKey: `capture-${payment.id}` },
    );
    const repeat = await finance.post(
      `/v1/payments/${payment.id}/captures`,
      {},
      { idempotencyKey: `capture-${payment.id}` },
    );
    const second = await finance.postOnce(`/v1/payments/${payment.id}/captures`, {});

    expect(tooMuch.body.code).toBe('validation_failed');
    expect(first.body).toMatchObject({ status: 'succeeded', capturedMinor: 10_000 });
    expect(repeat.status).toBe(200);
    expect(repeat.headers.get('idempotency-replayed')).toBe('true');
    expect(second.body.code).toBe('payment_state_conflict');
  });

  itWith('stripe', 'is captured once as was asked, however late the gateway hears of it', async () => {
    const payment = await paid({ capture: 'manual' });
    await tokenkeep.sandbox.breaks({
      does: 'reset_request',
      on: theGateway.captures,
      times: 9,
    });
    const asked = await finance.postOnce(`/v1/payments/${payment.id}/captures`, {});
    expect(asked.body.status).toBe('requires_capture');
    await tokenkeep.sandbox.worksAgain();

    await tokenkeep.sql(
      `UPDATE payments.payment_operation SET created_at = created_at - interval '21 hours', due_at = clock_timestamp()
        WHERE payment_id = $1`,
      [payment.id],
    );

    await eventually(
      () => read(payment.id),
      (it) => it.status === 'succeeded' && it.capturedMinor === 10_000,
    );
  });

  itWith('stripe', 'is captured after a failure that the gateway remembers for a day', async () => {
    const payment = await paid({ capture: 'manual' });
    await tokenkeep.sandbox.breaks({ does: 'answer_500', on: theGateway.captures });
    const asked = await finance.postOnce(`/v1/payments/${payment.id}/captures`, {});
    expect(asked.body.status).toBe('requires_capture');

    await tokenkeep.sql(
      `UPDATE payments.payment_operation SET due_at = clock_timestamp() WHERE payment_id = $1`,
      [payment.id],
    );

    const captured = await eventually(
      () => read(payment.id),
      (it) => it.status === 'succeeded',
    );
    expect(captured.capturedMinor).toBe(10_000);
  });

  it('takes nothing when it is cancelled, and the same thing can be paid anew', async () => {
    const payment = await paid({ capture: 'manual' });

    const cancelled = await finance.postOnce(`/v1/payments/${payment.id}/cancellations`, {});
    const again = await finance.postOnce(`/v1/payments/${payment.id}/cancellations`, {});

    expect(cancelled.body).toMatchObject({ status: 'cancelled', capturedMinor: 0 });
    expect(again.body.code).toBe('payment_state_conflict');
  });

  it('is not let go by its payer, whose money it is promised with', async () => {
    const payer = await tokenkeep.as('payer');
    const card = await savedCard(tokenkeep, payer);
    const { body: payment } = await finance.postOnce('/v1/payments', {
      payerId: payerIdOf(payer),
      paymentMethodId: card.id,
      amountMinor: 10_000,
      currency: 'USD',
      obligation: `course-${payer.subject}`,
      capture: 'manual',
    });

    const cancelled = await payer.postOnce(`/v1/payments/${payment.id}/cancellations`, {});

    expect(cancelled).toMatchObject({ status: 409, body: { code: 'payment_state_conflict' } });
    expect(await read(payment.id)).toMatchObject({ status: 'requires_capture' });
  });
});

/** Once its bank has sent it back. */
const failedRefundOf = (payment: Body): Promise<Body> =>
  eventually(
    async () => (await finance.get(`/v1/payments/${payment.id}/refunds`)).body.data[0],
    (refund) => refund?.status === 'failed',
  );

describe('refunds', () => {
  it('give back in parts, and never more than was taken', async () => {
    const payment = await paid({ amountMinor: 10_000 });

    const first = await finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 6_000 });
    const tooMuch = await finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 4_001 });
    const rest = await finance.postOnce(`/v1/payments/${payment.id}/refunds`, {});
    const nothingLeft = await finance.postOnce(`/v1/payments/${payment.id}/refunds`, {});

    expect(first.body).toMatchObject({ status: 'succeeded', amountMinor: 6_000 });
    expect(tooMuch).toMatchObject({ status: 422, body: { code: 'refund_exceeds_payment' } });
    expect(rest.body).toMatchObject({ status: 'succeeded', amountMinor: 4_000 });
    expect(nothingLeft.body.code).toBe('refund_exceeds_payment');
    expect(await read(payment.id)).toMatchObject({ status: 'succeeded', refundedMinor: 10_000 });
  });

  it('succeed once of two that together exceed the payment, however close they come', async () => {
    const payment = await paid({ amountMinor: 10_000 });

    const both = await Promise.all([
      finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 6_000 }),
      finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 6_000 }),
    ]);

    expect(both.map((it) => it.status).sort()).toEqual([201, 422]);
    expect(await read(payment.id)).toMatchObject({ refundedMinor: 6_000 });
  });

  it('are made once per key, and refused for another amount under the same key', async () => {
    const payment = await paid();
    const key = { idempotencyKey: `refund-${payment.id}` };

    const first = await finance.post(`/v1/payments/${payment.id}/refunds`, { amountMinor: 1_000 }, key);
    const repeat = await finance.post(`/v1/payments/${payment.id}/refunds`, { amountMinor: 1_000 }, key);
    const other = await finance.post(`/v1/payments/${payment.id}/refunds`, { amountMinor: 2_000 }, key);

    expect(repeat.body.id).toBe(first.body.id);
    expect(repeat.status).toBe(200);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
  });

  it('give their part back when the bank returns the money later', async () => {
    const payment = await paid({ card: 'pm_card_refundFail' });

    await finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 10_000 });

    const failed = await failedRefundOf(payment);
    expect(failed.failureCode).toBeTruthy();
    expect(await read(payment.id)).toMatchObject({ refundedMinor: 0 });
    const { body: attention } = await finance.get('/v1/operations/attention');
    expect(attention.data).toContainEqual(
      expect.objectContaining({ why: 'failed_refund', id: failed.id, paymentId: payment.id }),
    );
  });

  it('that failed are looked at until another is made, not because another was made before', async () => {
    const payment = await paid({ card: 'pm_card_refundFail' });
    await finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 4_000 });
    const failed = await failedRefundOf(payment);
    await tokenkeep.sql(
      `INSERT INTO payments.refund SELECT (jsonb_populate_record(refund, jsonb_build_object(
          'id', gen_random_uuid(), 'status', 'succeeded', 'failed_at', NULL, 'failure_code', NULL, 'provider_refund', NULL,
          'idempotency_key', gen_random_uuid(), 'created_at', refund.failed_at - interval '1 ms'))).*
        FROM payments.refund WHERE id = $1`,
      [failed.id],
    );
    const attention = async () =>
      (await finance.get('/v1/operations/attention')).body.data.map((it: Body) => it.id);

    expect(await attention()).toContain(failed.id);
    await finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 1_000 });
    expect(await attention()).not.toContain(failed.id);
  });

  itWith('stripe', 'that their news has ended stay so when an older answer comes after it', async () => {
    const payment = await paid({ card: 'pm_card_pendingRefund' });
    await tokenkeep.sandbox.breaks({ does: 'delay', on: 'POST /v1/refunds', delay_ms: 2_000 });

    const asked = finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 4_000 });
    await eventually(
      () => tokenkeep.sql(`SELECT id FROM payments.refund WHERE payment_id = $1`, [payment.id]),
      (refunds) => refunds.length === 1,
    );
    await tokenkeep.sql(
      `WITH ended AS (UPDATE payments.refund SET status = 'succeeded', due_at = NULL WHERE payment_id = $1)
       UPDATE payments.payment SET refunding_minor = 0, refunded_minor = 4000, version = version + 1 WHERE id = $1`,
      [payment.id],
    );

    expect(await asked).toMatchObject({ status: 201, body: { status: 'succeeded' } });
    expect(await read(payment.id)).toMatchObject({ refundedMinor: 4_000 });
  });
});

describe('a dispute', () => {
  it('counts as given back, blocks refunds, and is won with evidence', async () => {
    const payment = await paid({ card: 'pm_card_createDispute' });
    const dispute = await eventually(
      async () =>
        (await finance.get('/v1/disputes')).body.data.find((it: Body) => it.paymentId === payment.id),
      (it) => it?.withdrawnMinor === 10_000,
    );
    expect(dispute).toMatchObject({ status: 'needs_response', isContestable: true });
    expect(await read(payment.id)).toMatchObject({ disputedMinor: 10_000 });

    const refund = await finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 1 });
    const answered = await finance.post(`/v1/disputes/${dispute.id}/evidence`, {
      text: { uncategorized_text: 'winning_evidence' },
    });

    expect(refund.body.code).toBe('payment_disputed');
    expect(answered.status).toBe(201);
    // Stripe's sandbox judges by these words; elsewhere the bank says it.
    if (theGateway.gateway !== 'stripe') await bankDecidesForUs();
    const won = await eventually(
      async () => (await finance.get(`/v1/disputes/${dispute.id}`)).body,
      (it) => it.status === 'won',
    );
    expect(won.withdrawnMinor).toBe(0);
    expect(await read(payment.id)).toMatchObject({ disputedMinor: 0 });
  });

  itWith(
    'stripe',
    'that is lost and a refund that ends after it free together what was paid for',
    async () => {
      const payment = await paid({ card: 'pm_card_pendingRefund' });
      const refund = await finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 6_000 });
      expect(refund.body.status).toBe('pending');
      const [taken] = await tokenkeep.sandbox.ledgerOf(payment.id);
      const path = `/_sandbox/charges/${taken!.charge}/dispute`;
      await closed(await tokenkeep.sandbox.call('POST', path, { amount: '4000' }), 'lost');
      await disputesBecome(payment, ['lost']);
      expect(await read(payment.id)).toMatchObject({ disputedMinor: 4_000, obligationFreed: false });

      await tokenkeep.sandbox.call('POST', '/_sandbox/clock', { advance: '7d' });

      const { obligation } = await eventually(
        () => read(payment.id),
        (it) => it.refundedMinor === 6_000,
      );
      const { payerId, paymentMethodId, amountMinor, currency } = payment;
      const anew = { payerId, paymentMethodId, amountMinor, currency, obligation };
      expect((await finance.postOnce('/v1/payments', anew)).status).toBe(201);
    },
  );

  eachWith('stripe')([
    { of: 'all', refundIs: 'pending', card: 'pm_card_pendingRefund', amount: 10_000, invoiceIs: 'open' },
    { of: 'half', refundIs: 'succeeded', card: undefined, amount: 5_000, invoiceIs: 'paid' },
  ])(
    'of $of has taken what a refund was thought to give back, once that fails that was $refundIs: its invoice is $invoiceIs',
    async ({ card: name, amount, invoiceIs }) => {
      const payer = await tokenkeep.as('payer');
      const card = await savedCard(tokenkeep, payer, name);
      const invoice = await invoiceFor(tokenkeep, payer, 10_000);
      const order = { paymentMethodId: card.id };
      const { body: payment } = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, order);
      await finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 10_000 });
      const [taken] = await tokenkeep.sandbox.ledgerOf(payment.id);
      const path = `/_sandbox/charges/${taken!.charge}/dispute`;
      await closed(await tokenkeep.sandbox.call('POST', path, { amount: String(amount) }), 'lost');
      await disputesBecome(payment, ['lost']);
      expect([(await read(payment.id)).disputedMinor, await statusOf(payer, invoice)]).toEqual([0, 'paid']);

      const { data } = await tokenkeep.sandbox.call('GET', '/v1/refunds');
      await tokenkeep.sandbox.call('POST', `/_sandbox/refunds/${data[0].id}/fail`);

      await eventually(
        () => read(payment.id),
        ({ disputedMinor }) => disputedMinor === amount,
      );
      await allIsTold(tokenkeep);
      expect((await read(payment.id)).refundedMinor).toBe(0);
      expect(await statusOf(payer, invoice)).toBe(invoiceIs);
    },
  );

  it.each([
    { second: 'won', invoiceIs: 'paid', disputedMinor: 5_000 },
    { second: 'lost', invoiceIs: 'open', disputedMinor: 10_000 },
  ])(
    'of a half that is lost lets nothing be owed anew while the other half is contested, which is $second',
    async ({ second, invoiceIs, disputedMinor }) => {
      const payer = await tokenkeep.as('payer');
      const card = await savedCard(tokenkeep, payer);
      const invoice = await invoiceFor(tokenkeep, payer, 10_000);
      const order = { paymentMethodId: card.id };
      const { body: payment } = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, order);
      const [taken] = await tokenkeep.sandbox.ledgerOf(payment.id);
      const dispute = async () =>
        tokenkeep.sandbox.call('POST', `/_sandbox/charges/${taken!.charge}/dispute`, { amount: '5000' });
      const [first, other] = [await dispute(), await dispute()];

      await disputesBecome(payment, ['needs_response', 'needs_response']);

      await closed(first, 'lost');
      await disputesBecome(payment, ['lost', 'needs_response']);
      expect(await read(payment.id)).toMatchObject({ disputedMinor: 10_000, obligationFreed: false });
      expect(await statusOf(payer, invoice)).toBe('paid');

      await closed(other, second);
      await disputesBecome(payment, ['lost', second]);
      const isOwed = invoiceIs === 'open';
      expect(await read(payment.id)).toMatchObject({ disputedMinor, obligationFreed: isOwed });
      expect(await statusOf(payer, invoice)).toBe(invoiceIs);
    },
  );

  eachWith('stripe')([
    ['evidence', 'POST /v1/files', {}, 'under_review'],
    ['evidence', 'POST /v1/disputes/*', {}, 'under_review'],
    ['evidence', 'POST /v1/disputes/*', { after_work: true }, 'under_review'],
    ['acceptances', 'POST /v1/disputes/*/close', {}, 'lost'],
    ['acceptances', 'POST /v1/disputes/*/close', { after_work: true }, 'lost'],
  ])('takes %s after a failure of %s that the gateway remembers for a day', async (what, on, how, status) => {
    const payment = await paid({ card: 'pm_card_createDispute' });
    const dispute = await eventually(
      async () =>
        (await finance.get('/v1/disputes')).body.data.find((it: Body) => it.paymentId === payment.id),
      (it) => it?.status === 'needs_response',
    );
    const receipt = { kind: 'receipt', contentType: 'image/png', contentBase64: 'iVBORw0KGgo=' };
    const evidence = { text: { product_description: 'The autumn term' }, files: [receipt] };
    const sent = () =>
      finance.post(`/v1/disputes/${dispute.id}/${what}`, what === 'evidence' ? evidence : undefined);
    await tokenkeep.sandbox.keepsWebhooksBack();
    await tokenkeep.sandbox.breaks({ does: 'answer_500', on, ...how });

    const first = await sent();
    const second = await sent();
    await tokenkeep.sandbox.worksAgain();

    expect([first.status, first.body.code]).toEqual([503, 'gateway_unavailable']);
    expect([second.status, second.body.status]).toEqual([201, status]);
  });

  it('that was lost and is won after all pays again what it was for, which autopay has left alone meanwhile', async () => {
    const { payer, invoice, payment, order, dispute } = await lostDispute();
    await payer.put('/v1/autopay', order);
    expect([await statusOf(payer, invoice), (await payer.get('/v1/plans')).body.data]).toEqual(['open', []]);

    await closed(dispute, 'won');
    await disputesBecome(payment, ['won']);

    const { body } = await payer.get(`/v1/invoices/${invoice.id}`);
    expect(body).toMatchObject({ status: 'paid', paymentId: payment.id });
    const again = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, order);
    expect(again.body.code).toBe('obligation_already_paid');
  });

  it('that was lost and is won after all leaves alone what the payer has paid again', async () => {
    const { payer, invoice, payment, order, dispute } = await lostDispute();
    const { body: anew } = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, order);
    await eventually(
      () => statusOf(payer, invoice),
      (status) => status === 'paid',
    );

    await closed(dispute, 'won');
    await disputesBecome(payment, ['won']);

    expect((await payer.get(`/v1/invoices/${invoice.id}`)).body).toMatchObject({
      status: 'paid',
      paymentId: anew.id,
    });
  });

  it('is lost when it is accepted, and cannot be answered any more', async () => {
    const payment = await paid({ card: 'pm_card_createDispute' });
    const dispute = await eventually(
      async () =>
        (await finance.get('/v1/disputes')).body.data.find((it: Body) => it.paymentId === payment.id),
      (it) => it !== undefined,
    );

    const accepted = await finance.post(`/v1/disputes/${dispute.id}/acceptances`);
    const late = await finance.post(`/v1/disputes/${dispute.id}/evidence`, {
      text: { uncategorized_text: 'winning_evidence' },
    });

    expect(accepted.body.status).toBe('lost');
    expect(late.body.code).toBe('dispute_closed');
  });
});

/** An invoice that a payer has paid with a card, and whose money the bank has taken back. */
async function lostDispute() {
  const payer = await tokenkeep.as('payer');
  const order = { paymentMethodId: (await savedCard(tokenkeep, payer)).id };
  const invoice = await invoiceFor(tokenkeep, payer, 10_000);
  const { body: payment } = await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, order);
  const [taken] = await tokenkeep.sandbox.ledgerOf(payment.id);
  const dispute = await tokenkeep.sandbox.call('POST', `/_sandbox/charges/${taken!.charge}/dispute`);
  await closed(dispute, 'lost');
  await disputesBecome(payment, ['lost']);
  return { payer, invoice, payment, order, dispute };
}

function closed({ id }: Body, status: string): Promise<Body> {
  return tokenkeep.sandbox.call('POST', `/_sandbox/disputes/${id}/close`, { status });
}

/** Here, and everybody has been told. */
async function disputesBecome(payment: Body, expected: string[]): Promise<void> {
  await eventually(
    async () => {
      const { data } = (await finance.get('/v1/disputes')).body;
      const its = (data as Body[]).filter((it) => it.paymentId === payment.id);
      return its.map(({ status }) => String(status)).sort();
    },
    (statuses) => JSON.stringify(statuses) === JSON.stringify(expected),
  );
  await allIsTold(tokenkeep);
}

async function statusOf(payer: Api, invoice: Body): Promise<string> {
  return (await payer.get(`/v1/invoices/${invoice.id}`)).body.status;
}
