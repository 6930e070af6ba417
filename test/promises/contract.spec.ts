import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ChargeRequest,
  type PaymentMethodUse,
  PaymentsError,
} from '../../src/payments/payments.contract.js';
import type { Api, Body } from '../support/api.js';
import { callerOf, onBehalfOf, payerIdOf, savedCard } from '../support/given.js';
import { type Shape, startTokenkeep, type Tokenkeep } from '../support/tokenkeep.js';

// The contract's callers must not notice where payments run: the same sentences hold for both.
describe.each<Shape>(['shared', 'process'])('the contract of payments, in the shape %s', (shape) => {
  let tokenkeep: Tokenkeep;
  let ada: Api;
  let card: Body;
  beforeAll(async () => {
    tokenkeep = await startTokenkeep({ shape, environment: { WORKERS: 'off' } });
    ada = await tokenkeep.as('payer');
    card = await savedCard(tokenkeep, ada);
  });
  afterAll(() => tokenkeep.stop());

  it('charges a saved method without the payer', async () => {
    const { payment, replayed } = await tokenkeep.payments.charge(due());

    expect(payment).toMatchObject({ status: 'succeeded', amountMinor: 5_000, payerId: payerIdOf(ada) });
    expect(replayed).toBe(false);
  });

  it('charges a saved method with the payer there', async () => {
    const { payment } = await onBehalfOf(ada, () => tokenkeep.payments.charge(clicked()));

    expect(payment).toMatchObject({ status: 'succeeded', failure: null, nextAction: null });
  });

  it('answers a repeat with the payment that the first call made', async () => {
    const request = due();
    const first = await tokenkeep.payments.charge(request);

    const second = await tokenkeep.payments.charge(request);
    const asked = await tokenkeep.payments.repeatOf(request);

    expect(second).toEqual({ payment: first.payment, replayed: true });
    expect(asked).toEqual(first.payment);
  });

  it('says that a key was never used', async () => {
    expect(await tokenkeep.payments.repeatOf(due())).toBeNull();
  });

  it('answers a decline as a result, not as an error', async () => {
    const broke = await tokenkeep.as('payer');
    const bad = await savedCard(tokenkeep, broke, 'pm_card_chargeCustomerFail');

    const { payment } = await tokenkeep.payments.charge(
      due({ payerId: payerIdOf(broke), paymentMethodId: bad.id }),
    );

    expect(payment).toMatchObject({ status: 'failed', failure: { code: expect.any(String) } });
  });

  it('reserves an amount, and lets go of it', async () => {
    const { payment } = await tokenkeep.payments.charge(due({ capture: 'manual' }));
    const { caller } = due();
    const requester = { caller, idempotencyKey: randomUUID(), input: { paymentId: payment.id } };

    const { payment: ended } = await tokenkeep.payments.cancel(payment.id, requester);

    expect([payment.status, ended.status]).toEqual(['requires_capture', 'cancelled']);
    expect(await tokenkeep.payments.read(payment.id, payerIdOf(ada))).toEqual(ended);
  });

  it('charges what is named in the place of a method that cannot be charged', async () => {
    const ben = await tokenkeep.as('payer');
    const old = await savedCard(tokenkeep, ben);
    const next = await savedCard(tokenkeep, ben, 'pm_card_mastercard');
    await ben.delete(`/v1/payment-methods/${old.id}`);
    const owed = due({ payerId: payerIdOf(ben), paymentMethodId: old.id });

    const { payment } = await tokenkeep.payments.charge({ ...owed, fallback: { paymentMethodId: next.id } });

    expect(payment).toMatchObject({ status: 'succeeded', paymentMethodId: next.id });
  });

  it('shows the saved methods of a payer', async () => {
    const methods = await tokenkeep.payments.paymentMethods(payerIdOf(ada));

    expect(methods.map(({ id }) => id)).toEqual([card.id]);
    expect(await tokenkeep.payments.paymentMethod(card.id, payerIdOf(ada))).toEqual(methods[0]);
    expect(Object.keys(methods[0]!).sort()).toEqual(Object.keys(card).sort());
  });

  it('keeps a method that something will charge', async () => {
    const name = `plan:${randomUUID()}`;
    const use: PaymentMethodUse = {
      name,
      payerId: payerIdOf(ada),
      paymentMethodId: card.id,
      description: 'Tuition 2027, 10 instalments',
      nextChargeOn: null,
    };

    await tokenkeep.payments.declareUse(use);
    const removal = await ada.delete(`/v1/payment-methods/${card.id}`);
    await tokenkeep.payments.endUse(name);
    await tokenkeep.payments.endUse(name);

    expect([removal.status, removal.body.code]).toEqual([409, 'payment_method_in_use']);
    expect(removal.body.details.uses).toEqual([expect.objectContaining({ name })]);
  });

  it.each<[string, string, () => Promise<unknown>]>([
    [
      'a method that nobody has',
      'not_found',
      () => tokenkeep.payments.charge(due({ paymentMethodId: randomUUID() })),
    ],
    ['somebody else’s method', 'not_found', () => tokenkeep.payments.paymentMethod(card.id, 'somebody-else')],
    ['an unknown payment', 'not_found', () => tokenkeep.payments.read(randomUUID())],
    [
      'an amount that is none',
      'validation_failed',
      () => tokenkeep.payments.charge(due({ amountMinor: 0.5 })),
    ],
    [
      'a currency that is none',
      'validation_failed',
      () => tokenkeep.payments.charge(due({ currency: 'usd' })),
    ],
    ['an obligation that is paid', 'obligation_already_paid', () => twice({ idempotencyKey: randomUUID() })],
    ['a key used for something else', 'idempotency_key_reused', () => twice({ input: { other: true } })],
    [
      'a return address that is not ours',
      'validation_failed',
      () =>
        onBehalfOf(ada, () =>
          tokenkeep.payments.charge({
            ...clicked(),
            presence: { session: 'on', returnUrl: 'https://evil.example' },
          }),
        ),
    ],
  ])('refuses %s, as an error of the contract with its code', async (_, code, call) => {
    const error = await call().catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(PaymentsError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(/\w+ \w+.*\.$/) });
  });

  it('refuses to charge without the payer where no consent of theirs is stored', async () => {
    const ben = await tokenkeep.as('payer');
    const imported = await savedCard(tokenkeep, ben);
    await tokenkeep.sql('UPDATE payments.mandate SET revoked_at = now() WHERE payment_method_id = $1', [
      imported.id,
    ]);
    const about = { payerId: payerIdOf(ben), paymentMethodId: imported.id };

    const alone = await tokenkeep.payments.charge(due(about)).catch((thrown: unknown) => thrown);
    const there = await onBehalfOf(ben, () =>
      tokenkeep.payments.charge({ ...clicked(), ...about, caller: callerOf(ben) }),
    );

    expect(alone).toMatchObject({ code: 'mandate_missing' });
    expect(there.payment.status).toBe('succeeded');
  });

  it('hands out its methods and nothing behind them', () => {
    expect(Object.isFrozen(tokenkeep.payments)).toBe(true);
    expect(Object.getPrototypeOf(tokenkeep.payments)).toBeNull();
  });

  /** What a plan charges on its day. */
  function due(over: Partial<ChargeRequest> = {}): ChargeRequest {
    const obligation = randomUUID();
    return {
      caller: 'billing',
      idempotencyKey: randomUUID(),
      input: { obligation },
      payerId: payerIdOf(ada),
      paymentMethodId: card.id,
      amountMinor: 5_000,
      currency: 'USD',
      obligation,
      presence: { session: 'off' },
      ...over,
    };
  }

  /** What the payer pays by a click. */
  function clicked(): ChargeRequest {
    return { ...due(), caller: callerOf(ada), presence: { session: 'on' } };
  }

  async function twice(otherwise: Partial<ChargeRequest>): Promise<unknown> {
    const request = due();
    await tokenkeep.payments.charge(request);
    return tokenkeep.payments.charge({ ...request, ...otherwise });
  }
});
