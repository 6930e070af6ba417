import { describe, expect, it } from '@jest/globals';
import { openAccount, ORDER, refusal, savedCard } from './gateway.js';

const account = openAccount();
const { stripe, control } = account;
const key = (idempotencyKey: string) => ({ idempotencyKey });

describe('an idempotency key', () => {
  it('gives the first answer again, whole, and does nothing twice', async () => {
    const saved = await savedCard(account);
    const order = { ...ORDER, ...saved, confirm: true, off_session: true };

    const first = await stripe.paymentIntents.create(order, key('twice'));
    const second = await stripe.paymentIntents.create(order, key('twice'));

    expect(second).toEqual(first);
    expect(second.lastResponse.headers['idempotent-replayed']).toBe('true');
    expect(second.lastResponse.headers['original-request']).toBe(first.lastResponse.requestId);
    expect((await stripe.charges.list({ customer: saved.customer })).data).toHaveLength(1);
  });

  it('also gives a decline again', async () => {
    const order = { ...ORDER, payment_method: 'pm_card_visa_chargeDeclined', confirm: true } as const;
    const declined = { ...order, allowed_payment_method_types: ['card'] } as const;

    const ids = [];
    for (let count = 0; count < 2; count++) {
      const error = await refusal(
        stripe.paymentIntents.create(
          { ...declined, allowed_payment_method_types: ['card'] },
          key('declined-twice'),
        ),
      );
      ids.push(error.payment_intent.id);
    }

    expect(ids[1]).toBe(ids[0]);
  });

  it('refuses other parameters and other endpoints', async () => {
    await stripe.paymentIntents.create({ ...ORDER }, key('reused'));

    const other = await refusal(stripe.paymentIntents.create({ ...ORDER, amount: 2000 }, key('reused')));
    const elsewhere = await refusal(stripe.customers.create({}, key('reused')));

    expect([other.type, elsewhere.type]).toEqual(['StripeIdempotencyError', 'StripeIdempotencyError']);
  });

  it('is not used up by a request that was refused before it began', async () => {
    const body = { amount: 500, currency: 'usd', nonsense: '1' };

    const refused = await refusal(stripe.paymentIntents.create(body, key('validated')));
    const made = await stripe.paymentIntents.create({ amount: 500, currency: 'usd' }, key('validated'));

    expect(refused.code).toBe('parameter_unknown');
    expect(made.status).toBe('requires_payment_method');
  });

  it('answers 409 while the first request is still at work', async () => {
    await control('POST /_sandbox/faults', { does: 'delay', on: 'POST /v1/customers', delay_ms: 200 });

    const both = await Promise.allSettled([
      stripe.customers.create({ name: 'both' }, key('race')),
      stripe.customers.create({ name: 'both' }, key('race')),
    ]);

    const refused = both.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    expect(refused.map(({ reason }) => [reason.statusCode, reason.code])).toEqual([
      [409, 'idempotency_key_in_use'],
    ]);
    expect(
      (await stripe.customers.list({ limit: 100 })).data.filter(({ name }) => name === 'both'),
    ).toHaveLength(1);
  });

  it('is forgotten after a day, and then makes a second charge', async () => {
    const own = openAccount();
    const first = await own.stripe.customers.create({}, key('old'));

    await own.control('POST /_sandbox/clock', { advance: '25h' });
    const second = await own.stripe.customers.create({}, key('old'));

    expect(second.id).not.toBe(first.id);
  });

  it('belongs to its account', async () => {
    const first = await stripe.customers.create({}, key('same-word'));
    const second = await openAccount().stripe.customers.create({}, key('same-word'));

    expect(second.id).not.toBe(first.id);
  });
});
