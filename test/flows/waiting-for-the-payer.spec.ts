import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Api, Body } from '../support/api.js';
import { queryUrl } from '../support/databases.js';
import { itWhere, theGateway } from '../support/gateways.js';
import { eventually, payerIdOf, savedCard, seenByBank } from '../support/given.js';
import { startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

const RETURN_URL = 'http://127.0.0.1:3000/back';
/** Saved without a question, but its bank wants to see the payer at every charge. */
const ASKS_EVERY_TIME = 'pm_card_authenticationRequired';

let tokenkeep: Tokenkeep;
let finance: Api;
beforeAll(async () => {
  tokenkeep = await startTokenkeep();
  finance = await tokenkeep.as('finance');
});
afterAll(() => tokenkeep.stop());

/** A charge that somebody made while the payer was away, and whose bank wants to see the payer. */
async function waiting(): Promise<{ payer: Api; payment: Body; order: Body }> {
  const payer = await tokenkeep.as('payer');
  const card = await savedCard(tokenkeep, payer, ASKS_EVERY_TIME);
  const order = {
    payerId: payerIdOf(payer),
    paymentMethodId: card.id,
    amountMinor: 30_000,
    currency: 'USD',
    obligation: `instalment-${payer.subject}`,
  };
  return { payer, order, payment: (await finance.postOnce('/v1/payments', order)).body };
}

const read = async (api: Api, id: string): Promise<Body> => (await api.get(`/v1/payments/${id}`)).body;

/** The gateway's own object behind a payment. */
async function atGateway(paymentId: string): Promise<Body> {
  const [tried] = await tokenkeep.sandbox.paymentsOf(paymentId);
  return tried!;
}

/** As if the time in which the payer may come back had passed. */
async function timePasses(paymentId: string): Promise<void> {
  await queryUrl(
    tokenkeep.database.adminUrl,
    `UPDATE payments.payment_attempt SET due_at = clock_timestamp(), payer_until = clock_timestamp() WHERE payment_id = $1`,
    [paymentId],
  );
}

describe('a charge made while the payer is away, whose bank wants to see them', () => {
  itWhere('sendsToBank', 'waits for the payer instead of being declined', async () => {
    const { payment } = await waiting();

    expect(payment).toMatchObject({
      status: 'requires_action',
      nextAction: null,
      failure: null,
      capturedMinor: 0,
    });
  });

  itWhere('sendsToBank', 'goes on when the payer comes, and is charged once', async () => {
    const { payer, payment } = await waiting();
    const before = await atGateway(payment.id);

    const confirmed = await payer.postOnce(`/v1/payments/${payment.id}/confirmations`, {
      returnUrl: RETURN_URL,
    });
    expect(confirmed.status).toBe(201);
    expect(confirmed.body).toMatchObject({ status: 'requires_action', nextAction: { type: 'redirect' } });
    await seenByBank(tokenkeep, payer, payment, 'succeed');

    const paid = await eventually(
      () => read(payer, payment.id),
      (it) => it.status === 'succeeded',
    );
    expect(paid).toMatchObject({ capturedMinor: 30_000, nextAction: null });
    const entries = await tokenkeep.sandbox.ledgerOf(payment.id);
    expect(entries.filter(({ type }) => type === 'charge.succeeded')).toHaveLength(1);
    // Where an object was made for it, it is the same; else each try is one of its own.
    if (!theGateway.bringsBack) expect((await atGateway(payment.id)).id).toBe(before.id);
  });

  itWhere(
    'sendsToBank',
    'is confirmed once per key, by its own payer only, and only to an allowed address',
    async () => {
      const { payer, payment } = await waiting();
      const stranger = await tokenkeep.as('payer');
      const key = { idempotencyKey: `confirm-${payment.id}` };

      const foreign = await stranger.postOnce(`/v1/payments/${payment.id}/confirmations`, {
        returnUrl: RETURN_URL,
      });
      const elsewhere = await payer.postOnce(`/v1/payments/${payment.id}/confirmations`, {
        returnUrl: 'https://evil.example/',
      });
      const first = await payer.post(
        `/v1/payments/${payment.id}/confirmations`,
        { returnUrl: RETURN_URL },
        key,
      );
      const repeat = await payer.post(
        `/v1/payments/${payment.id}/confirmations`,
        { returnUrl: RETURN_URL },
        key,
      );

      expect(foreign.body.code).toBe('not_found');
      expect(elsewhere.body.code).toBe('validation_failed');
      expect(repeat.status).toBe(200);
      expect(repeat.body.nextAction).toEqual(first.body.nextAction);
    },
  );

  itWhere('sendsToBank', 'ends when the payer cancels it, and can be charged anew', async () => {
    const { payer, payment, order } = await waiting();

    const cancelled = await payer.postOnce(`/v1/payments/${payment.id}/cancellations`, {});
    const anew = await finance.postOnce('/v1/payments', order);

    expect(cancelled.body.status).toBe('cancelled');
    expect((await atGateway(payment.id)).status).toBe('canceled');
    expect(anew.status).toBe(201);
  });

  itWhere('sendsToBank', 'ends there and here when nobody comes, and then only', async () => {
    const { payer, payment } = await waiting();
    const looksAgain = `SELECT FROM payments.payment_attempt WHERE payment_id = $1 AND due_at >= payer_until`;
    expect(await tokenkeep.cli('payments', 'recover')).toMatchObject({ exitCode: 0 }); // of all, now
    await eventually(
      () => tokenkeep.sql(looksAgain, [payment.id]),
      (rows) => rows.length === 1,
    );
    expect((await read(payer, payment.id)).status).toBe('requires_action');

    await timePasses(payment.id);

    await eventually(
      () => read(payer, payment.id),
      (it) => it.status === 'failed' || it.status === 'cancelled',
    );
    expect((await atGateway(payment.id)).status).toBe('canceled');
    const late = await payer.postOnce(`/v1/payments/${payment.id}/confirmations`, { returnUrl: RETURN_URL });
    expect(late.body.code).toBe('payment_state_conflict');
  });

  itWhere('sendsToBank', 'blocks a second charge for the same thing until it has ended', async () => {
    const { order } = await waiting();

    const second = await finance.postOnce('/v1/payments', order);

    expect(second).toMatchObject({ status: 409, body: { code: 'obligation_has_open_payment' } });
  });
});
