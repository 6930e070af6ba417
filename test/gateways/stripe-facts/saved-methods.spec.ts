import { describe, expect, it } from '@jest/globals';
import { ORDER, refusal, savedCard, stripe } from './facts.js';

describe('https://docs.stripe.com/api/payment_methods/detach', () => {
  it('a detached method can never be attached or charged again', async () => {
    const saved = await savedCard();

    const detached = await stripe.paymentMethods.detach(saved.payment_method);
    const attached = await refusal(
      stripe.paymentMethods.attach(saved.payment_method, { customer: saved.customer }),
    );
    const charged = await refusal(
      stripe.paymentIntents.create({ ...ORDER, payment_method: saved.payment_method, confirm: true }),
    );

    expect(detached.customer).toBeNull();
    expect([attached.statusCode, charged.statusCode]).toEqual([400, 400]);
  });

  it('a method that is not attached cannot be detached', async () => {
    const method = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });

    expect((await refusal(stripe.paymentMethods.detach(method.id))).statusCode).toBe(400);
  });
});

describe('https://docs.stripe.com/api/payment_methods/attach', () => {
  it('attaching again to the same customer changes nothing', async () => {
    const { customer, payment_method } = await savedCard();

    const again = await stripe.paymentMethods.attach(payment_method, { customer });

    expect(again.customer).toBe(customer);
  });

  it('a card that would be declined is refused when it is attached', async () => {
    const customer = await stripe.customers.create();

    const error = await refusal(
      stripe.paymentMethods.attach('pm_card_visa_chargeDeclined', { customer: customer.id }),
    );

    expect(error).toMatchObject({ type: 'StripeCardError', code: 'card_declined' });
  });

  it('a card may be attached and declined later', async () => {
    const { id: customer } = await stripe.customers.create();
    const method = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer });

    const error = await refusal(
      stripe.paymentIntents.create({
        ...ORDER,
        customer,
        payment_method: method.id,
        confirm: true,
        off_session: true,
      }),
    );

    expect(error.code).toBe('card_declined');
  });
});

describe('https://docs.stripe.com/api/payment_intents/confirm', () => {
  it("another customer's method is refused", async () => {
    const saved = await savedCard();
    const other = await stripe.customers.create();

    const error = await refusal(
      stripe.paymentIntents.create({
        ...ORDER,
        customer: other.id,
        payment_method: saved.payment_method,
        confirm: true,
      }),
    );

    expect(error).toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 400 });
  });

  it('a method used once without a customer is used up', async () => {
    const method = await stripe.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } });
    await stripe.paymentIntents.create({ ...ORDER, payment_method: method.id, confirm: true });

    const again = await refusal(
      stripe.paymentIntents.create({ ...ORDER, payment_method: method.id, confirm: true }),
    );

    expect(again.statusCode).toBe(400);
  });
});

describe('https://docs.stripe.com/api/payment_methods/object#payment_method_object-card-fingerprint', () => {
  it('the same card has the same fingerprint, another one has another', async () => {
    const [first, second, other] = await Promise.all([
      stripe.paymentMethods.retrieve('pm_card_visa'),
      stripe.paymentMethods.retrieve('pm_card_visa'),
      stripe.paymentMethods.retrieve('pm_card_mastercard'),
    ]);

    expect(first.card?.fingerprint).toBe(second.card?.fingerprint);
    expect(first.card?.fingerprint).not.toBe(other.card?.fingerprint);
    expect(first.id).not.toBe(second.id);
  });
});

describe('https://docs.stripe.com/testing#test-code', () => {
  it('digits from a server are refused', async () => {
    const card = { number: '4242424242424242', exp_month: 12, exp_year: 2040, cvc: '123' };

    const error = await refusal(stripe.paymentMethods.create({ type: 'card', card }));

    expect(error.message).toContain('Sending credit card numbers directly');
  });
});

describe('https://docs.stripe.com/api/customers/delete', () => {
  it('a deleted customer can be read as deleted, and not used', async () => {
    const { customer } = await savedCard();

    await stripe.customers.del(customer);
    const read = await stripe.customers.retrieve(customer);
    const used = await refusal(stripe.paymentIntents.create({ ...ORDER, customer }));

    expect(read).toMatchObject({ id: customer, deleted: true });
    expect(used.code).toBe('resource_missing');
  });
});

describe('https://docs.stripe.com/api/checkout/sessions', () => {
  it('a setup session has its SetupIntent from the start, and expires with it', async () => {
    const customer = await stripe.customers.create();
    const session = await stripe.checkout.sessions.create({
      mode: 'setup',
      customer: customer.id,
      currency: 'usd',
      success_url: 'https://example.com/saved',
    });

    const expired = await stripe.checkout.sessions.expire(session.id);
    const setup = await stripe.setupIntents.retrieve(session.setup_intent as string);

    expect(session).toMatchObject({ status: 'open', payment_status: 'no_payment_required' });
    expect(session.url).toContain('http');
    expect(expired).toMatchObject({ status: 'expired', url: null });
    expect(setup.status).toBe('canceled');
  });
});
