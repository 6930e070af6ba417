// Charges that come at the same time share statements. Nobody is told another's outcome, and nobody waits for another's row.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Answer, Api, Body } from '../support/api.js';
import { holdByStatement } from '../support/databases.js';
import { theGateway } from '../support/gateways.js';
import { eventually, payerIdOf, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

interface Order {
  payerId: string;
  paymentMethodId: string;
  amountMinor: number;
  currency: string;
  obligation: string;
}

let tokenkeep: Tokenkeep;
let finance: Api;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  finance = await tokenkeep.as('finance');
});
afterAll(() => tokenkeep.stop());

it('tells each of many its own outcome', async () => {
  const { orderOf } = await somebodyWithCard();
  const removed = await somebodyWithCard();
  await removed.payer.delete(`/v1/payment-methods/${removed.card.id}`);
  const [first, twice] = [orderOf(), orderOf()];
  const [firstKey, twiceKey] = [randomUUID(), randomUUID()];
  await charge(first, firstKey);

  const different = Array.from({ length: 12 }, () => orderOf());
  const [theirs, repeats, rivals, others, gone] = await Promise.all([
    Promise.all(different.map((order) => charge(order))),
    Promise.all(Array.from({ length: 4 }, () => charge(twice, twiceKey))),
    Promise.all(Array.from({ length: 4 }, () => charge(first))),
    Promise.all(Array.from({ length: 4 }, () => charge(orderOf(), firstKey))),
    Promise.all(Array.from({ length: 4 }, () => charge(removed.orderOf()))),
  ]);

  expect(theirs.map(({ body }) => intended(body))).toEqual(different);
  expect(theirs.map(({ status, body }) => [status, body.status])).toEqual(Array(12).fill([201, 'succeeded']));
  expect(repeats.map(({ body }) => intended(body))).toEqual(Array(4).fill(twice));
  expect(repeats.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
  expect(rivals.map(({ body }) => body.code)).toEqual(Array(4).fill('obligation_already_paid'));
  expect(others.map(({ body }) => body.code)).toEqual(Array(4).fill('idempotency_key_reused'));
  expect(gone.map(({ status }) => status)).toEqual(Array(4).fill(404));
  for (const { body } of [...theirs, ...repeats]) await expectTaken(body);
});

it('holds nobody up behind a method that somebody holds for long', async () => {
  const [held, free] = [await somebodyWithCard(), await somebodyWithCard()];
  const letGo = await hold('SELECT FROM payments.payment_method WHERE id = $1 FOR UPDATE', held.card.id);
  const waiting = told(charge(held.orderOf()));

  await expectEightCharged(free);
  expect(waiting.isTold).toBe(false);

  await letGo();
  expect((await waiting.answer).body.status).toBe('succeeded');
});

it('holds nobody up behind a payment that somebody holds for long', async () => {
  const [held, free] = [await somebodyWithCard(), await somebodyWithCard()];
  const order = held.orderOf();
  await tokenkeep.sandbox.breaks({ does: 'delay', delay_ms: 1_000, on: theGateway.charges, times: 1 });
  const waiting = told(charge(order));
  const begun = await eventually(
    () =>
      tokenkeep.sql<{ id: string }>('SELECT id FROM payments.payment WHERE obligation = $1', [
        order.obligation,
      ]),
    (rows) => rows.length === 1,
  );
  const letGo = await hold('SELECT FROM payments.payment WHERE id = $1 FOR UPDATE', begun[0]!.id);
  await eventually(
    () => tokenkeep.sandbox.ledgerOf(begun[0]!.id),
    (entries) => entries.some(({ type }) => type === 'charge.succeeded'),
  );

  await expectEightCharged(free);
  expect(waiting.isTold).toBe(false);

  await letGo();
  expect((await waiting.answer).body.status).toBe('succeeded');
});

it('holds nobody up behind an obligation whose payment somebody is ending for long', async () => {
  const [held, free] = [await somebodyWithCard(), await somebodyWithCard()];
  const order = held.orderOf();
  const { body: paid } = await charge(order);
  const letGo = await hold('UPDATE payments.payment SET obligation_freed = true WHERE id = $1', paid.id);
  const waiting = told(charge(order));

  await expectEightCharged(free);
  expect(waiting.isTold).toBe(false);

  await letGo();
  expect((await waiting.answer).body.code).toBe('obligation_already_paid');
});

type Somebody = Awaited<ReturnType<typeof somebodyWithCard>>;

async function expectEightCharged({ orderOf }: Somebody): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 8 }, () => charge(orderOf())));
  expect(answers.map(({ status, body }) => [status, body.status])).toEqual(Array(8).fill([201, 'succeeded']));
}

function hold(statement: string, id: string): Promise<() => Promise<void>> {
  return holdByStatement(tokenkeep.database, statement, [id]);
}

/** An answer, and whether it is there yet. */
function told(answer: Promise<Answer>): { answer: Promise<Answer>; isTold: boolean } {
  const it = { answer, isTold: false };
  void answer.then(() => (it.isTold = true));
  return it;
}

async function somebodyWithCard() {
  const payer = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, payer);
  const orderOf = (): Order => ({
    payerId: payerIdOf(payer),
    paymentMethodId: card.id as string,
    amountMinor: 1_000 + Math.floor(Math.random() * 90_000),
    currency: 'USD',
    obligation: `fee-${randomUUID()}`,
  });
  return { payer, card, orderOf };
}

function charge(order: Order, idempotencyKey: string = randomUUID()): Promise<Answer> {
  return finance.post('/v1/payments', order, { idempotencyKey });
}

function intended({ payerId, paymentMethodId, amountMinor, currency, obligation }: Body): Order {
  return { payerId, paymentMethodId, amountMinor, currency, obligation };
}

/** At the gateway, once, the amount that it was told. */
async function expectTaken(payment: Body): Promise<void> {
  const entries = await tokenkeep.sandbox.ledgerOf(payment.id);
  const charges = entries.filter(({ type }) => type === 'charge.succeeded');
  expect(charges.map(({ amount }) => amount)).toEqual([payment.amountMinor]);
}
