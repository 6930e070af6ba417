import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Answer, Api, Body } from '../support/api.js';
import { itWhere, itWith, theGateway } from '../support/gateways.js';
import {
  allIsTold,
  deafBilling,
  eventually,
  invoiceFor,
  payerIdOf,
  savedBankAccount,
  savedCard,
  seenByBank,
  untilSettled,
} from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

let tokenkeep: Tokenkeep;
let finance: Api;
let service: Api;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  [finance, service] = [await tokenkeep.as('finance'), await tokenkeep.as('service')];
});
afterAll(() => tokenkeep.stop());

describe('paying an invoice with a saved card', () => {
  it('charges the card and marks the invoice as paid', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes(12_500);

    const { status, body: payment } = await pay(payer, invoice, card);

    expect(status).toBe(201);
    expect(payment).toMatchObject({
      status: 'succeeded',
      amountMinor: 12_500,
      capturedMinor: 12_500,
      currency: 'USD',
      failure: null,
    });
    const paid = await eventually(
      () => read(payer, invoice),
      (it) => it.status === 'paid',
    );
    expect(paid).toMatchObject({ paymentId: payment.id });
  });

  it('answers a decline as a failed payment that says what to do, and the invoice can be paid with another card', async () => {
    const payer = await tokenkeep.as('payer');
    const empty = await savedCard(tokenkeep, payer, 'pm_card_chargeCustomerFail');
    const good = await savedCard(tokenkeep, payer, 'pm_card_mastercard');
    const invoice = await invoiceFor(tokenkeep, payer);

    const declined = await pay(payer, invoice, empty);
    const paid = await pay(payer, invoice, good);

    expect(declined.status).toBe(201);
    expect(declined.body).toMatchObject({
      status: 'failed',
      capturedMinor: 0,
      failure: { code: 'declined', action: 'contact_bank' },
    });
    expect(paid.body).toMatchObject({ status: 'succeeded' });
  });

  itWith('stripe', 'leaves nothing at the gateway that a declined payer could still confirm', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes(12_500, 'pm_card_chargeCustomerFail');

    const { body } = await pay(payer, invoice, card);

    expect((await atGateway(body)).status).toBe('canceled');
  });

  it('offers something to pay to each student of the development data', async () => {
    for (const student of ['ada', 'ben', 'chiara']) {
      const payer = await tokenkeep.as('payer', student);

      const { body } = await payer.get('/v1/invoices');

      expect(body.data.map((it: Body) => [it.kind, it.status, it.currency])).toEqual([
        ['fee', 'open', 'USD'],
        ['tuition', 'open', 'USD'],
      ]);
    }
  });

  it('is refused with a card that was removed, is somebody else’s, or never was', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes();
    const { card: foreign } = await somebodyWhoOwes();
    await payer.delete(`/v1/payment-methods/${card.id}`);

    const answers = await Promise.all(
      [card, foreign, { id: randomUUID() }].map((it) => pay(payer, invoice, it)),
    );

    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(Array(3).fill([404, 'not_found']));
    expect((await payer.get('/v1/payments')).body.data).toEqual([]);
  });

  it('frees the key when a request is refused before there is a payment', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes();
    const key = randomUUID();

    const refused = await pay(payer, invoice, { id: randomUUID() }, key);
    const corrected = await pay(payer, invoice, card, key);

    expect([refused.status, corrected.status]).toEqual([404, 201]);
  });
});

describe('repeating a payment', () => {
  it('answers the same key with the same payment, at once and after the invoice was paid', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes();
    const key = randomUUID();
    const first = await pay(payer, invoice, card, key);

    const second = await pay(payer, invoice, card, key);
    await eventually(
      () => read(payer, invoice),
      (it) => it.status === 'paid',
    );
    const third = await pay(payer, invoice, card, key);

    expect([first.status, second.status, third.status]).toEqual([201, 200, 200]);
    expect([first, second, third].map(replayed)).toEqual([null, 'true', 'true']);
    expect([second.body, third.body]).toEqual([first.body, first.body]);
    expect(await chargesFor(first.body)).toHaveLength(1);
  });

  it('answers the key of a declined payment with that declined payment, and charges nothing again', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes(12_500, 'pm_card_chargeCustomerFail');
    const key = randomUUID();
    const first = await pay(payer, invoice, card, key);

    const second = await pay(payer, invoice, card, key);

    expect([second.status, second.body]).toEqual([200, first.body]);
  });

  it('refuses the same key for something else, and says so', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes();
    const other = await invoiceFor(tokenkeep, payer);
    const otherCard = await savedCard(tokenkeep, payer, 'pm_card_mastercard');
    const key = randomUUID();
    await pay(payer, invoice, card, key);

    const answers = [
      await pay(payer, other, card, key),
      await pay(payer, invoice, otherCard, key),
      await payer.post(
        `/v1/invoices/${invoice.id}/payments`,
        { paymentMethodId: card.id, returnUrl: 'http://127.0.0.1:3000/elsewhere' },
        { idempotencyKey: key },
      ),
    ];

    expect(answers.map(({ status, body }) => [status, body.code])).toEqual(
      Array(3).fill([422, 'idempotency_key_reused']),
    );
    expect((await payer.get('/v1/payments')).body.data).toHaveLength(1);
  });

  it('keeps the keys of different callers apart', async () => {
    const [one, other] = [await somebodyWhoOwes(), await somebodyWhoOwes()];
    const key = randomUUID();

    const first = await pay(one.payer, one.invoice, one.card, key);
    const second = await pay(other.payer, other.invoice, other.card, key);

    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.id).not.toBe(first.body.id);
  });

  it.each([
    ['no key', undefined, 'idempotency_key_missing'],
    ['a key that is too long', 'k'.repeat(256), 'validation_failed'],
    ['a key with a space', 'two words', 'validation_failed'],
    ['a key that is not ASCII', 'clé', 'validation_failed'],
  ])('refuses %s', async (_, idempotencyKey, code) => {
    const { payer, card, invoice } = await somebodyWhoOwes();

    const { status, body } = await payer.post(
      `/v1/invoices/${invoice.id}/payments`,
      { paymentMethodId: card.id },
      { idempotencyKey },
    );

    expect([status, body.code]).toEqual([400, code]);
    expect((await payer.get('/v1/payments')).body.data).toEqual([]);
  });

  it('takes a key of the greatest length', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes();

    expect((await pay(payer, invoice, card, 'k'.repeat(255))).status).toBe(201);
  });
});

describe('one invoice, one payment that counts', () => {
  it('is not paid a second time', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes();
    await pay(payer, invoice, card);

    const again = await pay(payer, invoice, card);
    await eventually(
      () => read(payer, invoice),
      (it) => it.status === 'paid',
    );
    const later = await pay(payer, invoice, card);

    for (const { status, body } of [again, later])
      expect([status, body.code]).toEqual([409, 'obligation_already_paid']);
  });

  itWhere('sendsToBank', 'cannot be paid beside a payment that waits for the payer', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes(12_500, ASKS_THE_PAYER);
    const other = await savedCard(tokenkeep, payer);
    await pay(payer, invoice, card);

    const beside = await pay(payer, invoice, other);

    expect([beside.status, beside.body.code]).toEqual([409, 'obligation_has_open_payment']);
  });
});

/** Saved without a question, asks the payer at every payment. */
const ASKS_THE_PAYER = 'pm_card_authenticationRequiredSetupForOffSession';

describe('a bank that wants to see the payer', () => {
  itWhere(
    'sendsToBank',
    'sends the payer there, and the invoice is paid once they have been there',
    async () => {
      const { payer, card, invoice } = await somebodyWhoOwes(12_500, ASKS_THE_PAYER);

      const { status, body: waiting } = await pay(payer, invoice, card);
      await seenByBank(tokenkeep, payer, waiting, 'succeed');

      expect(status).toBe(201);
      expect(waiting).toMatchObject({ status: 'requires_action', capturedMinor: 0, failure: null });
      expect(waiting.nextAction).toEqual({
        type: 'redirect',
        url: expect.stringContaining(tokenkeep.sandbox.address),
      });
      const paid = await eventually(
        () => read(payer, invoice),
        (it) => it.status === 'paid',
      );
      expect(paid.paymentId).toBe(waiting.id);
      expect((await payer.get(`/v1/payments/${waiting.id}`)).body).toMatchObject({
        status: 'succeeded',
        capturedMinor: 12_500,
        nextAction: null,
      });
    },
  );

  itWhere('sendsToBank', 'lets them pay in another way after they could not prove who they are', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes(12_500, ASKS_THE_PAYER);
    const other = await savedCard(tokenkeep, payer);
    const { body: waiting } = await pay(payer, invoice, card);

    await seenByBank(tokenkeep, payer, waiting, 'fail');

    const failed = await eventually(
      async () => (await payer.get(`/v1/payments/${waiting.id}`)).body,
      (it) => it.status !== 'requires_action',
    );
    expect(failed).toMatchObject({
      status: 'failed',
      failure: { code: 'authentication_failed', action: 'use_another_method' },
    });
    expect((await pay(payer, invoice, other)).body.status).toBe('succeeded');
  });

  itWhere('sendsToBank', 'comes back where the caller said, if that is ours', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes(12_500, ASKS_THE_PAYER);
    const send = (returnUrl: string) =>
      payer.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id, returnUrl });

    const elsewhere = await send('https://evil.example/');
    const ours = await send('http://localhost:3000/paid');

    expect([elsewhere.status, elsewhere.body.code]).toEqual([400, 'validation_failed']);
    const { next_action } = await atGateway(ours.body);
    expect(next_action.redirect_to_url.return_url).toMatch(/^http:\/\/localhost:3000\/paid(\?|$)/);
  });
});

describe('a payment while the payer is away', () => {
  it.each(['service', 'finance'])('is made by %s', async (role) => {
    const { payer, card } = await somebodyWhoOwes();
    const caller = await tokenkeep.as(role);

    const { status, body } = await caller.postOnce('/v1/payments', order(payer, card));

    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'succeeded', amountMinor: 900, payerId: payerIdOf(payer) });
    expect((await caller.get(`/v1/payments/${body.id}`)).body).toEqual(body);
    expect((await payer.get(`/v1/payments/${body.id}`)).body).toEqual(body);
  });

  it.each(['payer', 'auditor', 'ops'])('is refused to %s', async (role) => {
    const { payer, card } = await somebodyWhoOwes();
    const caller = role === 'payer' ? payer : await tokenkeep.as(role);

    const { status, body } = await caller.postOnce('/v1/payments', order(payer, card));

    expect([status, body.code]).toEqual([403, 'forbidden']);
  });

  it('is refused with a card of another payer than the one named', async () => {
    const [one, other] = [await somebodyWhoOwes(), await somebodyWhoOwes()];

    const { status, body } = await service.postOnce('/v1/payments', order(one.payer, other.card));

    expect([status, body.code]).toEqual([404, 'not_found']);
  });

  itWhere(
    'sendsToBank',
    'that the bank wants to see the payer for waits for the payer; it is no decline',
    async () => {
      const { payer, card } = await somebodyWhoOwes(12_500, 'pm_card_threeDSecure2Required');

      const { status, body } = await service.postOnce('/v1/payments', order(payer, card));

      expect(status).toBe(201);
      expect(body).toMatchObject({ status: 'requires_action', capturedMinor: 0, failure: null });
      expect(await chargesFor(body)).toEqual([]);
    },
  );

  it('reserves the amount when it is to be captured later', async () => {
    const { payer, card } = await somebodyWhoOwes();

    const { body } = await service.postOnce('/v1/payments', { ...order(payer, card), capture: 'manual' });

    expect(body).toMatchObject({ status: 'requires_capture', amountMinor: 900, capturedMinor: 0 });
    expect(await chargesFor(body)).toEqual([]);
  });

  it('is refused in a currency that nobody knows', async () => {
    const { payer, card } = await somebodyWhoOwes();

    const { status, body } = await service.postOnce('/v1/payments', {
      ...order(payer, card),
      currency: 'ZZZ',
    });

    expect([status, body.code]).toEqual([400, 'validation_failed']);
  });

  it('fails, and is never rounded, when the gateway cannot express the amount', async () => {
    const { payer, card } = await somebodyWhoOwes();
    const odd = { ...order(payer, card), ...theGateway.cannotWrite };

    const { body } = await service.postOnce('/v1/payments', odd);

    expect(body).toMatchObject({ status: 'failed', capturedMinor: 0 });
  });
});

describe('writing an invoice', () => {
  it('is done by finance, once for each key', async () => {
    const key = randomUUID();
    const first = await finance.post('/v1/invoices', INVOICE, { idempotencyKey: key });
    const second = await finance.post('/v1/invoices', INVOICE, { idempotencyKey: key });
    const other = await finance.post('/v1/invoices', { ...INVOICE, amountMinor: 8 }, { idempotencyKey: key });

    expect([first.status, second.status, other.status]).toEqual([201, 200, 422]);
    expect(first.body).toMatchObject({ ...INVOICE, status: 'open', paymentId: null, paidAt: null });
    expect(second.body).toEqual(first.body);
    expect([first, second].map(replayed)).toEqual([null, 'true']);
    expect(other.body.code).toBe('idempotency_key_reused');
  });

  it.each(['payer', 'service', 'auditor', 'ops'])('is refused to %s', async (role) => {
    const { status, body } = await (await tokenkeep.as(role)).postOnce('/v1/invoices', INVOICE);

    expect([status, body.code]).toEqual([403, 'forbidden']);
  });

  it('needs a key', async () => {
    const { status, body } = await finance.post('/v1/invoices', INVOICE);

    expect([status, body.code]).toEqual([400, 'idempotency_key_missing']);
  });

  it.each<[string, unknown]>([
    ['payerId', ''],
    ['payerId', 17],
    ['kind', 'gift'],
    ['description', ''],
    ['description', 'x'.repeat(201)],
    ['amountMinor', 0],
    ['amountMinor', -1],
    ['amountMinor', 1.5],
    ['amountMinor', 100_000_000],
    ['amountMinor', '100'],
    ['currency', 'usd'],
    ['currency', 'ZZZ'],
    ['currency', 'EURO'],
    ['dueOn', '2027-02-30'],
    ['dueOn', '2027-1-1'],
    ['dueOn', '2027-01-01T00:00:00Z'],
    ['status', 'paid'],
    ['paymentId', randomUUID()],
  ])('refuses %s %j, and names the field', async (field, value) => {
    const { status, body } = await finance.postOnce('/v1/invoices', { ...INVOICE, [field]: value });

    expect([status, body.code]).toEqual([400, 'validation_failed']);
    expect(body.errors).toEqual(expect.arrayContaining([expect.objectContaining({ path: field })]));
  });

  it('shows finance everybody’s invoices and payments, and a payer only their own', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes();
    const { body: payment } = await pay(payer, invoice, card);

    expect((await finance.get('/v1/invoices?limit=100')).body.data.length).toBeGreaterThan(6);
    expect((await finance.get(`/v1/payments/${payment.id}`)).body.id).toBe(payment.id);
    expect((await payer.get('/v1/invoices')).body.data.map((it: Body) => it.id)).toEqual([invoice.id]);
    expect((await payer.get('/v1/payments')).body.data).toEqual([payment]);
  });
});

describe('withdrawing an invoice', () => {
  const withdraw = (who: Api, { id }: { id: string }) => who.post(`/v1/invoices/${id}/void`);
  const planned = async (payer: Api, invoice: Body, card: Body): Promise<Body> => {
    const asked = { invoiceId: invoice.id, paymentMethodId: card.id, instalments: 2 };
    return (await payer.postOnce('/v1/plans', asked)).body;
  };

  it('is done by finance, and again: nothing is to be paid then, and its plan ends', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes();
    const plan = await planned(payer, invoice, card);

    const answers = [
      ...[await withdraw(payer, invoice), await withdraw(finance, { id: randomUUID() })],
      ...[await withdraw(finance, invoice), await withdraw(finance, invoice)],
    ];

    expect(answers.map(({ status }) => status)).toEqual([403, 404, 200, 200]);
    expect(answers[2]!.body).toMatchObject({ id: invoice.id, status: 'void' });
    expect((await payer.get(`/v1/plans/${plan.id}`)).body.status).toBe('cancelled');
    expect((await pay(payer, invoice, card)).body.code).toBe('invoice_void');
    expect((await planned(payer, invoice, card)).code).toBe('invoice_void');
  });

  it('waits until a payment that took another amount was given back', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes();
    const { body: payment } = await finance.postOnce('/v1/payments', {
      payerId: payerIdOf(payer),
      paymentMethodId: card.id,
      amountMinor: 1_00,
      currency: 'USD',
      obligation: `invoice:${invoice.id}`,
    });
    await allIsTold(tokenkeep);
    expect((await withdraw(finance, invoice)).body.code).toBe('obligation_has_open_payment');

    await untilSettled(tokenkeep);
    const refund = await finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 1_00 });
    expect(refund.status).toBe(201);

    const done = await eventually(
      () => withdraw(finance, invoice),
      ({ status }) => status === 200,
    );
    expect(done.body.status).toBe('void');
  });

  itWhere(
    'confirmsDebits',
    'is refused while a debit is under way, though no event has told of it',
    async () => {
      const payer = await tokenkeep.as('payer');
      const account = await savedBankAccount(tokenkeep, payer);
      const invoice = await invoiceFor(tokenkeep, payer);
      const hears = await deafBilling(tokenkeep);
      try {
        expect((await pay(payer, invoice, account)).body.status).toBe('processing');
        await tokenkeep.sql(
          `UPDATE app.invoice SET payment_begun_at = payment_begun_at - interval '1 hour' WHERE id = $1`,
          [invoice.id],
        );

        expect((await withdraw(finance, invoice)).body.code).toBe('obligation_has_open_payment');
      } finally {
        await hears();
      }
    },
  );

  itWhere(
    'confirmsDebits',
    'is possible once the last debit has failed, though an earlier one is told of late',
    async () => {
      const payer = await tokenkeep.as('payer');
      const account = await savedBankAccount(tokenkeep, payer, 'pm_usBankAccount_insufficientFunds');
      const invoice = await invoiceFor(tokenkeep, payer);
      const begins = async (): Promise<Body> => (await pay(payer, invoice, account)).body;
      const fails = async ({ id }: Body): Promise<void> => {
        await tokenkeep.sandbox.call('POST', '/_sandbox/clock', { advance: '5d' });
        await eventually(
          async () => (await finance.get(`/v1/payments/${id}`)).body,
          ({ status }) => status === 'failed',
        );
        await allIsTold(tokenkeep);
      };
      const first = await begins();
      await fails(first);
      const second = await begins();
      await allIsTold(tokenkeep);

      const late = await tokenkeep.sql<{ id: string }>(
        `SELECT id FROM payments.outbox_message WHERE aggregate_id = $1 AND type IN ('payment.created', 'payment.processing')`,
        [first.id],
      );
      await tokenkeep.sql(`DELETE FROM app.received_event WHERE event_id = ANY ($1)`, [
        late.map(({ id }) => id),
      ]);
      await tokenkeep.cli('outbox', 'redeliver', '--since', first.createdAt);
      await allIsTold(tokenkeep);
      expect((await withdraw(finance, invoice)).body.code).toBe('obligation_has_open_payment');
      await fails(second);

      expect((await withdraw(finance, invoice)).status).toBe(200);
    },
  );

  it('asks for the same again when PostgreSQL ends a circle of locks at its cost, and has done nothing', async () => {
    const { payer, invoice } = await somebodyWhoOwes();
    await tokenkeep.sql(`CREATE FUNCTION app.lose() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN RAISE 'deadlock detected' USING ERRCODE = 'deadlock_detected'; END$$`);
    await tokenkeep.sql(`CREATE TRIGGER lose BEFORE UPDATE ON app.invoice FOR EACH ROW
      WHEN (NEW.id = '${invoice.id}') EXECUTE FUNCTION app.lose()`);

    const lost = await withdraw(finance, invoice);
    const meanwhile = await read(payer, invoice);
    await tokenkeep.sql('DROP TRIGGER lose ON app.invoice');
    const repeated = await withdraw(finance, invoice);

    expect(lost).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
    expect(lost.headers.get('retry-after')).toBe('1');
    expect(meanwhile.status).toBe('open');
    expect(repeated.body).toMatchObject({ status: 'void' });
  });

  it('is refused once it is paid, whole or in part', async () => {
    const { payer, card, invoice } = await somebodyWhoOwes();
    const inPart = await invoiceFor(tokenkeep, payer);
    const [first] = (await planned(payer, inPart, card)).instalments;
    await pay(payer, invoice, card);
    await payer.postOnce(`/v1/instalments/${first.id}/payments`, { paymentMethodId: card.id });

    const whilePaying = await withdraw(finance, invoice);
    await eventually(
      () => read(payer, invoice),
      ({ status }) => status === 'paid',
    );
    const answers = [whilePaying, await withdraw(finance, invoice), await withdraw(finance, inPart)];

    expect(answers.map(({ status }) => status)).toEqual([409, 409, 409]);
    expect(answers[0]!.body.code).toMatch(/^obligation_(has_open_payment|already_paid)$/);
    expect(answers[1]!.body.code).toBe('obligation_already_paid');
    expect(answers[2]!.body.code).toBe('plan_has_payments');
  });
});

const INVOICE = {
  payerId: 'payer-somebody',
  kind: 'fee',
  description: 'Library fee',
  amountMinor: 700,
  currency: 'EUR',
  dueOn: '2027-03-01',
};

async function somebodyWhoOwes(amountMinor?: number, cardName?: string) {
  const payer = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, payer, cardName);
  return { payer, card, invoice: await invoiceFor(tokenkeep, payer, amountMinor) };
}

function order(payer: Api, card: Body) {
  return {
    payerId: payerIdOf(payer),
    paymentMethodId: card.id,
    amountMinor: 900,
    currency: 'USD',
    obligation: `deposit ${randomUUID()}`,
  };
}

function pay(payer: Api, invoice: Body, card: { id: string }, key: string = randomUUID()): Promise<Answer> {
  return payer.post(
    `/v1/invoices/${invoice.id}/payments`,
    { paymentMethodId: card.id },
    { idempotencyKey: key },
  );
}

async function read(payer: Api, invoice: Body): Promise<Body> {
  return (await payer.get(`/v1/invoices/${invoice.id}`)).body;
}

/** The gateway's object behind a payment. */
async function atGateway(payment: Body): Promise<Body> {
  const [tried] = await tokenkeep.sandbox.paymentsOf(payment.id);
  return tried!;
}

async function chargesFor(payment: Body): Promise<Body[]> {
  const entries = await tokenkeep.sandbox.ledgerOf(payment.id);
  return entries.filter(({ type }) => type === 'charge.succeeded');
}

function replayed({ headers }: Answer): string | null {
  return headers.get('idempotency-replayed');
}
