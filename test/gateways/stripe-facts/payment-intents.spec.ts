import { describe, expect, it } from '@jest/globals';
import { BACK, CARD_ONLY, ORDER, refusal, savedCard, stripe, unique } from './facts.js';

describe('https://docs.stripe.com/payments/paymentintents/lifecycle', () => {
  it('a new PaymentIntent has no payment method, and one with a method waits for confirmation', async () => {
    const empty = await stripe.paymentIntents.create(ORDER);
    const prepared = await stripe.paymentIntents.create({ ...ORDER, payment_method: 'pm_card_visa' });

    expect([empty.status, prepared.status]).toEqual(['requires_payment_method', 'requires_confirmation']);
  });

  it('a declined PaymentIntent is requires_payment_method and can be confirmed again', async () => {
    const intent = await stripe.paymentIntents.create(ORDER);

    const declined = await refusal(
      stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa_chargeDeclined' }),
    );
    const after = await stripe.paymentIntents.retrieve(intent.id);
    const confirmed = await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });

    expect(declined).toMatchObject({ type: 'StripeCardError', statusCode: 402, code: 'card_declined' });
    expect(after).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
      last_payment_error: { code: 'card_declined' },
    });
    expect(confirmed).toMatchObject({ id: intent.id, status: 'succeeded', last_payment_error: null });
  });

  it('a PaymentIntent succeeds once only', async () => {
    const intent = await stripe.paymentIntents.create({
      ...ORDER,
      payment_method: 'pm_card_visa',
      confirm: true,
    });

    const again = await refusal(stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' }));

    expect(again).toMatchObject({ code: 'payment_intent_unexpected_state', statusCode: 400 });
    expect((await stripe.charges.list({ payment_intent: intent.id })).data).toHaveLength(1);
  });

  it('each declined attempt leaves a failed charge of the same PaymentIntent', async () => {
    const intent = await stripe.paymentIntents.create(ORDER);

    await refusal(
      stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa_chargeDeclined' }),
    );
    await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });

    const { data } = await stripe.charges.list({ payment_intent: intent.id });
    expect(data.map(({ status }) => status)).toEqual(['succeeded', 'failed']);
  });
});

describe('https://docs.stripe.com/api/payment_intents/create', () => {
  it.each([
    ['off_session', { off_session: true }],
    ['return_url', { return_url: BACK }],
    ['error_on_requires_action', { error_on_requires_action: true }],
    ['mandate_data', { mandate_data: { customer_acceptance: { type: 'offline' as const, offline: {} } } }],
  ])('%s is taken only together with confirm', async (name, parameter) => {
    const error = await refusal(stripe.paymentIntents.create({ ...ORDER, ...parameter }));

    expect(error).toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 400 });
    expect(error.message).toContain(name);
  });

  it('the client secret begins with the id', async () => {
    const intent = await stripe.paymentIntents.create(ORDER);

    expect(intent.client_secret).toMatch(new RegExp(`^${intent.id}_secret_`));
  });

  it('metadata is kept, changed key by key, and given to the charge', async () => {
    const intent = await stripe.paymentIntents.create({ ...ORDER, metadata: { kept: '1', removed: '2' } });

    await stripe.paymentIntents.update(intent.id, { metadata: { removed: '', added: '3' } });
    const { latest_charge } = await stripe.paymentIntents.confirm(intent.id, {
      payment_method: 'pm_card_visa',
      expand: ['latest_charge'],
    });

    expect(latest_charge).toMatchObject({ metadata: { kept: '1', added: '3' } });
    expect(latest_charge).not.toHaveProperty('metadata.removed');
  });
});

describe('https://docs.stripe.com/api/payment_intents/cancel', () => {
  it('a cancelled PaymentIntent can take no money any more, also with its client secret', async () => {
    const intent = await stripe.paymentIntents.create(ORDER);

    const canceled = await stripe.paymentIntents.cancel(intent.id, { cancellation_reason: 'abandoned' });
    const confirmed = await refusal(
      stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' }),
    );

    expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' });
    expect(confirmed.code).toBe('payment_intent_unexpected_state');
  });

  it('a succeeded PaymentIntent cannot be cancelled', async () => {
    const intent = await stripe.paymentIntents.create({
      ...ORDER,
      payment_method: 'pm_card_visa',
      confirm: true,
    });

    expect((await refusal(stripe.paymentIntents.cancel(intent.id))).code).toBe(
      'payment_intent_unexpected_state',
    );
  });

  it('cancelling an authorisation gives it back', async () => {
    const held = await stripe.paymentIntents.create({
      ...ORDER,
      payment_method: 'pm_card_visa',
      capture_method: 'manual',
      confirm: true,
    });

    await stripe.paymentIntents.cancel(held.id);

    const charge = await stripe.charges.retrieve(held.latest_charge as string);
    expect(charge).toMatchObject({ captured: false, refunded: true, amount_refunded: 1999 });
  });
});

describe('https://docs.stripe.com/payments/place-a-hold-on-a-payment-method', () => {
  it('a capture of less than was authorised is final', async () => {
    const held = await stripe.paymentIntents.create({
      ...ORDER,
      payment_method: 'pm_card_visa',
      capture_method: 'manual',
      confirm: true,
    });

    const captured = await stripe.paymentIntents.capture(held.id, { amount_to_capture: 1000 });
    const again = await refusal(stripe.paymentIntents.capture(held.id, { amount_to_capture: 500 }));

    expect(held).toMatchObject({ status: 'requires_capture', amount_capturable: 1999 });
    expect(captured).toMatchObject({ status: 'succeeded', amount: 1999, amount_received: 1000 });
    expect(again.code).toBe('payment_intent_unexpected_state');
  });

  it('no more can be captured than was authorised', async () => {
    const held = await stripe.paymentIntents.create({
      ...ORDER,
      payment_method: 'pm_card_visa',
      capture_method: 'manual',
      confirm: true,
    });

    const error = await refusal(stripe.paymentIntents.capture(held.id, { amount_to_capture: 2000 }));

    expect(error.statusCode).toBe(400);
  });
});

describe('https://docs.stripe.com/payments/save-and-reuse#charge-saved-payment-method', () => {
  it('an off-session confirm that needs the payer fails with authentication_required', async () => {
    const saved = await savedCard().then(({ customer }) => customer);
    const method = await stripe.paymentMethods.attach('pm_card_authenticationRequired', { customer: saved });

    const error = await refusal(
      stripe.paymentIntents.create({
        ...ORDER,
        customer: saved,
        payment_method: method.id,
        confirm: true,
        off_session: true,
      }),
    );

    expect(error).toMatchObject({ type: 'StripeCardError', code: 'authentication_required' });
    expect(error.payment_intent).toMatchObject({ status: 'requires_payment_method' });
  });

  it('the same PaymentIntent goes on when the payer is there', async () => {
    const intent = await stripe.paymentIntents.create(ORDER);
    const away = { payment_method: 'pm_card_authenticationRequired', off_session: true };
    await refusal(stripe.paymentIntents.confirm(intent.id, away));

    const there = await stripe.paymentIntents.confirm(intent.id, {
      payment_method: 'pm_card_authenticationRequired',
      return_url: BACK,
    });

    expect(there).toMatchObject({
      status: 'requires_action',
      next_action: { type: 'redirect_to_url', redirect_to_url: { return_url: BACK } },
    });
  });
});

describe('https://docs.stripe.com/payments/3d-secure/authentication-flow', () => {
  it('with use_stripe_sdk the next action is for Stripe.js', async () => {
    const intent = await stripe.paymentIntents.create({
      ...ORDER,
      payment_method: 'pm_card_threeDSecure2Required',
      confirm: true,
      use_stripe_sdk: true,
      return_url: BACK,
    });

    expect(intent).toMatchObject({ status: 'requires_action', next_action: { type: 'use_stripe_sdk' } });
  });

  it('a card that supports 3-D Secure is not asked unless that is requested', async () => {
    const order = { ...ORDER, payment_method: 'pm_card_threeDSecureOptional', confirm: true };

    const plain = await stripe.paymentIntents.create({ ...order, return_url: BACK });
    const requested = await stripe.paymentIntents.create({
      ...order,
      return_url: BACK,
      payment_method_options: { card: { request_three_d_secure: 'any' } },
    });

    expect([plain.status, requested.status]).toEqual(['succeeded', 'requires_action']);
  });

  it('error_on_requires_action makes a decline of the question', async () => {
    const error = await refusal(
      stripe.paymentIntents.create({
        ...ORDER,
        payment_method: 'pm_card_authenticationRequired',
        confirm: true,
        error_on_requires_action: true,
      }),
    );

    expect(error).toMatchObject({ type: 'StripeCardError', code: 'authentication_required' });
  });
});

describe('https://docs.stripe.com/upgrades/manage-payment-methods-dashboard', () => {
  it('an intent open to all payment methods needs a return_url to be confirmed', async () => {
    const order = { amount: 1999, currency: 'usd', payment_method: 'pm_card_visa', confirm: true };

    const without = await refusal(stripe.paymentIntents.create(order));
    const never = await stripe.paymentIntents.create({
      ...order,
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
    });

    expect(without.message).toContain('return_url');
    expect(never.status).toBe('succeeded');
  });
});

describe('https://docs.stripe.com/search', () => {
  it('finds a PaymentIntent by metadata, sooner or later', async () => {
    const word = unique('search');
    await stripe.paymentIntents.create({ ...ORDER, metadata: { word } });

    const found = await stripe.paymentIntents.search({ query: `metadata["word"]:"${word}"` });

    expect(found.object).toBe('search_result');
    expect(found.data.length).toBeLessThanOrEqual(1);
  });
});

describe('https://docs.stripe.com/api/setup_intents', () => {
  it('a failed setup leaves the SetupIntent open and carries it in the error', async () => {
    const setup = await stripe.setupIntents.create(CARD_ONLY);

    const error = await refusal(
      stripe.setupIntents.confirm(setup.id, { payment_method: 'pm_card_visa_chargeDeclined' }),
    );

    expect(error).toMatchObject({ type: 'StripeCardError', code: 'card_declined' });
    expect(error.setup_intent).toMatchObject({ id: setup.id, status: 'requires_payment_method' });
  });

  it('a succeeded SetupIntent cannot be cancelled, an open one can', async () => {
    const open = await stripe.setupIntents.create(CARD_ONLY);
    const done = await stripe.setupIntents.create({
      ...CARD_ONLY,
      payment_method: 'pm_card_visa',
      confirm: true,
    });

    expect((await stripe.setupIntents.cancel(open.id)).status).toBe('canceled');
    expect((await refusal(stripe.setupIntents.cancel(done.id))).code).toBe('setup_intent_unexpected_state');
  });
});
