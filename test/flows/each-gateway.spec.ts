import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Api, Body } from '../support/api.js';
import { GATEWAYS } from '../support/gateways.js';
import { eventually, invoiceFor, payerIdOf, savedCard } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const RETURN_URL = 'http://127.0.0.1:3000/back';

/** The same calls and the same answers, whichever gateway `PAYMENT_GATEWAY` names. */
describe.each(GATEWAYS)('what the REST API promises, with $gateway', (of) => {
  const { gateway, flows, charges: on, sendsToBank, debits, confirmsDebits, settlesAfter, asksFirst } = of;
  let tokenkeep: Tokenkeep;
  let payer: Api;
  let finance: Api;

  beforeAll(async () => {
    tokenkeep = await startTokenkeep({ gateway });
    payer = await tokenkeep.as('payer');
    finance = await tokenkeep.as('finance');
  });
  afterAll(() => tokenkeep.stop());

  async function paid(card: Body, amountMinor = 12_500): Promise<Body> {
    const invoice = await invoiceFor(tokenkeep, payer, amountMinor);
    const order = { paymentMethodId: card.id, returnUrl: RETURN_URL };
    return (await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, order)).body;
  }

  /** Asked for by finance, with the payer away. */
  async function held(card: Body): Promise<Body> {
    const order = { payerId: payerIdOf(payer), paymentMethodId: card.id, amountMinor: 5000, currency: 'USD' };
    const asked = { ...order, obligation: `deposit:${randomUUID()}`, capture: 'manual' };
    return (await finance.postOnce('/v1/payments', asked)).body;
  }

  function becomes(payment: Body, status: string): Promise<Body> {
    return eventually(
      async () => (await finance.get(`/v1/payments/${payment.id}`)).body,
      (it) => it.status === status,
    );
  }

  /** What the gateway's own ledger says. */
  async function taken(payment: Body): Promise<Body[]> {
    const entries = await tokenkeep.sandbox.ledgerOf(payment.id);
    return entries.filter((it) => it.type === 'charge.succeeded');
  }

  const newestIntent = async (): Promise<string> =>
    (await tokenkeep.sandbox.call('GET', '/v1/payment_intents')).data[0].id;

  it('saves a card with the gateway, pays an invoice with it, and charges once', async () => {
    const card = await savedCard(tokenkeep, payer);
    expect(card).toMatchObject({ status: 'active', cardBrand: 'visa', lastFour: '4242' });

    const payment = await paid(card, 45_000);

    expect(payment).toMatchObject({ status: 'succeeded', capturedMinor: 45_000 });
    expect(await taken(payment)).toHaveLength(1);
  });

  it('says why a card was declined, in words of its own', async () => {
    const card = await savedCard(tokenkeep, payer, 'pm_card_chargeCustomerFail');

    const payment = await paid(card);

    expect(payment).toMatchObject({
      status: 'failed',
      failure: { code: 'declined', action: 'contact_bank' },
    });
  });

  (sendsToBank ? it : it.skip)('sends the payer to their bank, and is paid once they are back', async () => {
    const card = await savedCard(tokenkeep, payer, 'pm_card_threeDSecure2Required');
    const payment = await paid(card);
    expect(payment).toMatchObject({ status: 'requires_action', nextAction: { type: 'redirect' } });

    const { returnTo } = await tokenkeep.sandbox.authenticate(await newestIntent(), 'succeed');
    const { search } = new URL(returnTo!);
    const confirmation = { returnUrl: RETURN_URL, returned: search.slice(1) };
    await payer.postOnce(`/v1/payments/${payment.id}/confirmations`, confirmation);

    expect(await becomes(payment, 'succeeded')).toMatchObject({ capturedMinor: 12_500 });
  });

  it('takes a part of what it held, and lets go of another hold', async () => {
    const card = await savedCard(tokenkeep, payer);
    const [taken, released] = [await held(card), await held(card)];
    expect([taken.status, released.status]).toEqual(['requires_capture', 'requires_capture']);

    await finance.postOnce(`/v1/payments/${taken.id}/captures`, { amountMinor: 3000 });
    await finance.postOnce(`/v1/payments/${released.id}/cancellations`, {});

    expect(await becomes(taken, 'succeeded')).toMatchObject({ capturedMinor: 3000 });
    expect(await becomes(released, 'cancelled')).toMatchObject({ capturedMinor: 0 });
  });

  it('gives a part back', async () => {
    const payment = await paid(await savedCard(tokenkeep, payer));
    if (settlesAfter) await tokenkeep.sandbox.call('POST', '/_sandbox/clock', { advance: settlesAfter });

    const refund = await finance.postOnce(`/v1/payments/${payment.id}/refunds`, { amountMinor: 2500 });

    expect(refund).toMatchObject({ status: 201 });
    await eventually(
      async () => (await finance.get(`/v1/payments/${payment.id}`)).body,
      (it) => it.refundedMinor === 2500,
    );
  });

  it('hears of a dispute, and that it was lost', async () => {
    const payment = await paid(await savedCard(tokenkeep, payer));
    const [charge] = await taken(payment);

    await tokenkeep.sandbox.call('POST', `/_sandbox/charges/${charge!.charge}/dispute`, {});
    const open = await eventually(
      async () =>
        (await finance.get('/v1/disputes')).body.data.find((it: Body) => it.paymentId === payment.id),
      (it) => it?.status === 'needs_response' && it.withdrawnMinor === 12_500,
    );
    await finance.post(`/v1/disputes/${open.id}/acceptances`);

    await eventually(
      async () => (await finance.get(`/v1/disputes/${open.id}`)).body,
      (it) => it.status === 'lost',
    );
  });

  (debits ? it : it.skip)(
    'debits a bank account, over days where it waits for the bank, and hears when that takes it back',
    async () => {
      const wanted = { type: 'us_bank_account', flow: flows[0], returnUrl: RETURN_URL };
      const setup = (await payer.post('/v1/setup-intents', wanted)).body;
      const typed = { verification: 'instant' } as const;
      const returned = await tokenkeep.sandbox.completeSetup(setup, 'pm_usBankAccount_success', typed);
      const account = await payer.post(`/v1/setup-intents/${setup.id}/completions`, returned && { returned });
      expect(account.body).toMatchObject({ type: 'us_bank_account', status: 'active', lastFour: '6789' });

      const payment = await paid(account.body);
      const underWay = { status: 'processing', statusDetail: 'bank_debit_pending' };
      expect(payment).toMatchObject(confirmsDebits ? underWay : { status: 'succeeded', statusDetail: null });
      await tokenkeep.sandbox.call('POST', '/_sandbox/clock', { advance: '5d' });
      await becomes(payment, 'succeeded');
      const [charge] = await taken(payment);
      const why = { code: 'debit_not_authorized' };
      await tokenkeep.sandbox.call('POST', `/_sandbox/charges/${charge!.charge}/return`, why);

      await becomes(payment, 'succeeded');
      const lost = await eventually(
        async () =>
          (await finance.get('/v1/disputes')).body.data.find((it: Body) => it.paymentId === payment.id),
        (it) => it?.status === 'lost',
      );
      expect(lost).toMatchObject({ status: 'lost', withdrawnMinor: 12_500 });
      const method = (await payer.get(`/v1/payment-methods/${account.body.id}`)).body;
      expect(method).toMatchObject({ status: 'requires_replacement' });
    },
  );

  it('finds out how a charge ended whose answer was lost, and charged once', async () => {
    const card = await savedCard(tokenkeep, payer);
    await tokenkeep.sandbox.breaks({ does: 'reset_answer', on, times: 5 });

    const payment = await paid(card);
    await tokenkeep.sandbox.worksAgain();

    await tokenkeep.sql(
      'UPDATE payments.payment_attempt SET due_at = clock_timestamp() WHERE due_at IS NOT NULL',
    );
    await becomes(payment, 'succeeded'); // by its webhook, or because recovery asks
    expect(await taken(payment)).toHaveLength(1);
  });

  it('believes no news that the gateway did not sign, in whatever form', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const payments = tokenkeep.alone?.url ?? tokenkeep.url; // where the gateway sends them
    const post = async (path: string, headers: Record<string, string>, body: string) =>
      (await fetch(payments + path, { method: 'POST', headers, body })).status;
    const news = `/v1/webhooks/${gateway}`;

    expect(await post(news, { 'content-type': 'application/json' }, '{"id":"evt_1"}')).toBe(400);
    expect(await post(news, form, 'bt_signature=a%7Cb&bt_payload=c3VyZQ%3D%3D')).toBe(400);
    const asPayer = { ...form, authorization: `Bearer ${payer.token}` };
    expect(await post('/v1/setup-intents', asPayer, 'type=card')).toBe(415);
    const challenge = `${payments}${news}?bt_challenge=20f9f8ed05f77439fe955c977e4c8a53`;
    expect((await fetch(challenge)).status).toBe(asksFirst ? 200 : 404);
  });

  it('takes a card away, here and at the gateway', async () => {
    const card = await savedCard(tokenkeep, payer, 'pm_card_mastercard');

    await payer.delete(`/v1/payment-methods/${card.id}`);

    const { data } = await tokenkeep.sandbox.call('GET', '/v1/setup_intents');
    await eventually(
      async () => tokenkeep.sandbox.call('GET', `/v1/payment_methods/${data[0].payment_method}`),
      (it) => it.customer === null,
    );
  });
});

describe('two gateways at once', () => {
  let older: Tokenkeep;
  let newer: Tokenkeep;
  let payer: Api;
  let cards: { older: Body; newer: Body };

  beforeAll(async () => {
    older = await startTokenkeep({ gateway: 'stripe' });
    payer = await older.as('payer');
    const saved = await savedCard(older, payer);
    newer = await startTokenkeep({ gateway: 'adyen', beside: older });
    payer = await newer.as('payer', payer.subject);
    cards = { older: saved, newer: await savedCard(newer, payer, 'pm_card_mastercard') };
  });
  afterAll(async () => {
    await newer.stop();
    await older.stop();
  });

  async function charged(card: Body): Promise<Body> {
    const invoice = await invoiceFor(newer, payer);
    const order = { paymentMethodId: card.id, returnUrl: RETURN_URL };
    return (await payer.postOnce(`/v1/invoices/${invoice.id}/payments`, order)).body;
  }

  it('charges each card where its token lives', async () => {
    expect((await charged(cards.older)).status).toBe('succeeded');
    expect((await charged(cards.newer)).status).toBe('succeeded');

    const used = await newer.sql<{ gateway: string }>(
      'SELECT DISTINCT gateway FROM payments.payment_attempt ORDER BY gateway',
    );
    expect(used.map((it) => it.gateway)).toEqual(['adyen', 'stripe']);
  });

  it('goes on with the one while the other is down', async () => {
    await newer.sandbox.breaks({ does: 'answer_503', on: '* /v72/*', times: 1_000 });
    for (let calls = 0; calls < 12; calls++) await charged(cards.newer); // enough to be left alone

    const still = await charged(cards.older);

    await newer.sandbox.worksAgain();
    expect(still.status).toBe('succeeded');
  });
});
