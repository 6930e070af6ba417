import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type Answer, type Body } from '../support/api.js';
import { CARD_SETUP, theGateway } from '../support/gateways.js';
import { eventually, invoiceFor, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
let second: Tokenkeep;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  second = await startTokenkeep({ beside: tokenkeep });
});
afterAll(async () => {
  await second.stop();
  await tokenkeep.stop();
});

describe('one obligation is charged once', () => {
  it('when the same request arrives twenty times at once', async () => {
    const { callers, invoice, card } = await somebodyWhoOwes(1);
    const key = randomUUID();

    const answers = await times(20, () => pay(callers[0], invoice, card, key));

    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(statusesOf(answers)).toEqual([...Array(19).fill(200), 201]);
    expect(answers.filter((it) => it.headers.get('idempotency-replayed') === 'true')).toHaveLength(19);
    expect(answers.map(({ body }) => body.status)).toEqual(Array(20).fill('succeeded'));
    await expectOneCharge(invoice);
  });

  it('when ten different requests for it arrive at once', async () => {
    const { callers, invoice, card } = await somebodyWhoOwes(1);

    const answers = await times(10, () => pay(callers[0], invoice, card, randomUUID()));

    expect(statusesOf(answers)).toEqual([201, ...Array(9).fill(409)]);
    expect(['obligation_has_open_payment', 'obligation_already_paid']).toEqual(
      expect.arrayContaining(codesOf(answers)),
    );
    await expectOneCharge(invoice);
  });

  it('when two instances race with one key', async () => {
    for (let round = 0; round < 5; round++) {
      const { callers, invoice, card } = await somebodyWhoOwes(2);
      const key = randomUUID();

      const answers = await times(8, (i) => pay(callers[i % 2], invoice, card, key));

      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
      expect(statusesOf(answers)).toEqual([...Array(7).fill(200), 201]);
      await expectOneCharge(invoice);
    }
  });

  it('when two instances race for one invoice', async () => {
    for (let round = 0; round < 5; round++) {
      const { callers, invoice, card } = await somebodyWhoOwes(2);

      const answers = await times(8, (i) => pay(callers[i % 2], invoice, card, randomUUID()));

      expect(statusesOf(answers)).toEqual([201, ...Array(7).fill(409)]);
      await expectOneCharge(invoice);
    }
  });

  it('when the request, a repeat of it and the gateway’s event meet', async () => {
    const { callers, invoice, card } = await somebodyWhoOwes(2);
    const key = randomUUID();
    await tokenkeep.sandbox.breaks({
      does: 'webhooks_before_answer',
      on: theGateway.charges,
    });

    const answers = await times(4, (i) => pay(callers[i % 2], invoice, card, key));

    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.map(({ body }) => body.status)).toEqual(Array(4).fill('succeeded'));
    await expectOneCharge(invoice);
  });

  it.each([
    ['the first answer is lost', { does: 'reset_answer' }],
    ['the gateway fails after it has done its work', { does: 'answer_500', after_work: true }],
    ['the gateway says twice that it is overloaded', { does: 'answer_503', times: 1 }],
  ])('when %s', async (_, fault) => {
    const { callers, invoice, card } = await somebodyWhoOwes(1);
    const key = randomUUID();
    await tokenkeep.sandbox.breaks({ ...fault, on: theGateway.charges });

    const first = await pay(callers[0], invoice, card, key);
    await tokenkeep.sandbox.worksAgain();
    await tokenkeep.sql(
      `UPDATE payments.payment_attempt SET due_at = clock_timestamp() WHERE payment_id = $1`,
      [first.body.id],
    );

    expect(['processing', 'succeeded']).toContain(first.body.status);
    await expectOneCharge(invoice);
    const repeated = await pay(callers[0], invoice, card, key);
    expect(repeated.body).toMatchObject({ id: first.body.id, status: 'succeeded' });
  });

  it('and saved once: one card, however often its setup is completed, by two instances', async () => {
    const payer = await tokenkeep.as('payer');
    const there = new Api(second.url, payer.subject, payer.token);
    const { body: setup } = await payer.post('/v1/setup-intents', CARD_SETUP);
    const returned = await tokenkeep.sandbox.completeSetup(setup);

    const answers = await times(8, (i) =>
      [payer, there][i % 2]!.post(`/v1/setup-intents/${setup.id}/completions`, returned && { returned }),
    );

    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await payer.get('/v1/payment-methods')).body.data).toHaveLength(1);
  });
});

/** The same person at one instance, or at both. */
async function somebodyWhoOwes(instances: 1 | 2): Promise<{ callers: Api[]; invoice: Body; card: Body }> {
  const payer = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, payer);
  const invoice = await invoiceFor(tokenkeep, payer);
  const urls = [tokenkeep.url, second.url].slice(0, instances);
  return { callers: urls.map((url) => new Api(url, payer.subject, payer.token)), invoice, card };
}

function pay(caller: Api | undefined, invoice: Body, card: Body, key: string): Promise<Answer> {
  return caller!.post(
    `/v1/invoices/${invoice.id}/payments`,
    { paymentMethodId: card.id },
    { idempotencyKey: key },
  );
}

function times<T>(count: number, act: (i: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => act(i)));
}

function statusesOf(answers: Answer[]): number[] {
  return answers.map(({ status }) => status).sort();
}

function codesOf(answers: Answer[]): string[] {
  return [...new Set(answers.flatMap(({ body }) => body.code ?? []))];
}

/** One payment that counts here, one charge there, and the invoice is paid by it. */
async function expectOneCharge(invoice: Body): Promise<void> {
  const finance = await tokenkeep.as('finance');
  const paid = await eventually(
    async () => (await finance.get(`/v1/invoices/${invoice.id}`)).body,
    (it) => it.status === 'paid',
  );
  const payments = await tokenkeep.sql<{ id: string }>(
    `SELECT id FROM payments.payment WHERE obligation = $1 AND status NOT IN ('failed', 'cancelled')`,
    [`invoice:${invoice.id}`],
  );
  expect(payments).toEqual([{ id: paid.paymentId }]);
  const tried = await tokenkeep.sql<{ id: string }>('SELECT id FROM payments.payment WHERE obligation = $1', [
    `invoice:${invoice.id}`,
  ]);
  const entries = await Promise.all(tried.map(async ({ id }) => tokenkeep.sandbox.ledgerOf(id)));
  const charges = entries.flat().filter(({ type }) => type === 'charge.succeeded');
  expect(charges.map(({ amount }) => amount)).toEqual([invoice.amountMinor]);
}
