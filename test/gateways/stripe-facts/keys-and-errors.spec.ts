import { describe, expect, it } from '@jest/globals';
import { CARD_ONLY, ORDER, refusal, stripe, unique } from './facts.js';

describe('https://docs.stripe.com/api/idempotent_requests', () => {
  it('the first answer is given again, marked as such', async () => {
    const idempotencyKey = unique('facts');

    const first = await stripe.paymentIntents.create(ORDER, { idempotencyKey });
    const second = await stripe.paymentIntents.create(ORDER, { idempotencyKey });

    expect(second.id).toBe(first.id);
    expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
  });

  it('other parameters with the same key are refused', async () => {
    const idempotencyKey = unique('facts');
    await stripe.paymentIntents.create(ORDER, { idempotencyKey });

    const error = await refusal(stripe.paymentIntents.create({ ...ORDER, amount: 2000 }, { idempotencyKey }));

    expect(error).toMatchObject({ type: 'StripeIdempotencyError', statusCode: 400 });
  });

  it('a request that fails validation does not use its key up', async () => {
    const idempotencyKey = unique('facts');
    const wrong = { ...ORDER, nonsense: '1' };

    await refusal(stripe.paymentIntents.create(wrong, { idempotencyKey }));
    const made = await stripe.paymentIntents.create(ORDER, { idempotencyKey });

    expect(made.status).toBe('requires_payment_method');
  });

  it('a decline is stored like a success', async () => {
    const idempotencyKey = unique('facts');
    const order = { ...ORDER, payment_method: 'pm_card_visa_chargeDeclined', confirm: true };

    const first = await refusal(stripe.paymentIntents.create(order, { idempotencyKey }));
    const second = await refusal(stripe.paymentIntents.create(order, { idempotencyKey }));

    expect(second.payment_intent?.id).toBe(first.payment_intent?.id);
  });
});

describe('https://docs.stripe.com/api/errors', () => {
  it('an unknown parameter is refused by name', async () => {
    const error = await refusal(stripe.customers.create({ nonsense: '1' } as object));

    expect(error).toMatchObject({
      type: 'StripeInvalidRequestError',
      code: 'parameter_unknown',
      param: 'nonsense',
    });
  });

  it('an unknown id is 404 resource_missing', async () => {
    const error = await refusal(stripe.paymentIntents.retrieve('pi_unknown'));

    expect(error).toMatchObject({ statusCode: 404, code: 'resource_missing', param: 'intent' });
  });

  it('a missing parameter is named', async () => {
    const error = await refusal(stripe.paymentIntents.create({ amount: 500 } as never));

    expect(error).toMatchObject({ code: 'parameter_missing', param: 'currency' });
  });
});

describe('https://docs.stripe.com/currencies', () => {
  it('JPY has no decimals: 500 is 500 yen', async () => {
    const intent = await stripe.paymentIntents.create({ ...CARD_ONLY, amount: 500, currency: 'jpy' });

    expect(intent).toMatchObject({ amount: 500, currency: 'jpy' });
  });

  it('an amount below the minimum of its currency is refused', async () => {
    const error = await refusal(stripe.paymentIntents.create({ ...ORDER, amount: 49 }));

    expect(error).toMatchObject({ code: 'amount_too_small', statusCode: 400 });
  });

  it('an amount of more than eight digits is refused', async () => {
    const error = await refusal(stripe.paymentIntents.create({ ...ORDER, amount: 100_000_000 }));

    expect(error).toMatchObject({ code: 'amount_too_large', statusCode: 400 });
  });

  it('the smallest unit of a three-decimal currency is not used', async () => {
    const error = await refusal(
      stripe.paymentIntents.create({
        ...CARD_ONLY,
        amount: 5_125,
        currency: 'kwd',
        payment_method: 'pm_card_visa',
        confirm: true,
      }),
    );

    expect(error.statusCode).toBe(400);
  });
});

describe('https://docs.stripe.com/api/pagination', () => {
  it('lists come newest first and go on after a cursor', async () => {
    const { id: customer } = await stripe.customers.create();
    const made = [];
    for (let count = 0; count < 3; count++) {
      made.push((await stripe.paymentIntents.create({ ...ORDER, customer })).id);
    }

    const first = await stripe.paymentIntents.list({ customer, limit: 2 });
    const rest = await stripe.paymentIntents.list({ customer, starting_after: first.data[1]!.id });

    expect(first.data.map(({ id }) => id)).toEqual([made[2], made[1]]);
    expect(first.has_more).toBe(true);
    expect(rest.data.map(({ id }) => id)).toEqual([made[0]]);
  });
});

describe('https://docs.stripe.com/api/expanding_objects', () => {
  it('an id becomes its object, several levels deep', async () => {
    const intent = await stripe.paymentIntents.create({
      ...ORDER,
      payment_method: 'pm_card_visa',
      confirm: true,
      capture_method: 'automatic',
      expand: ['latest_charge.balance_transaction', 'payment_method'],
    });

    expect(intent).toMatchObject({
      payment_method: { card: { last4: '4242' } },
      latest_charge: { balance_transaction: { type: 'charge', amount: 1999 } },
    });
  });
});
