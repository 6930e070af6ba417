import { describe, expect, it } from '@jest/globals';
import { charge, openAccount, ORDER, refusal, savedCard } from './gateway.js';

const account = openAccount();
const { stripe, control } = account;

describe('charging a saved card', () => {
  it('takes the money once, in two steps, and knows what it cost', async () => {
    const saved = await savedCard(account);

    const prepared = await stripe.paymentIntents.create({ ...ORDER, ...saved, metadata: { payment: '7' } });
    const confirmed = await stripe.paymentIntents.confirm(prepared.id, {
      off_session: true,
      expand: ['latest_charge.balance_transaction'],
    });
    const again = await refusal(stripe.paymentIntents.confirm(prepared.id, { off_session: true }));

    expect(prepared.status).toBe('requires_confirmation');
    expect(confirmed).toMatchObject({
      status: 'succeeded',
      amount_received: 1999,
      latest_charge: {
        captured: true,
        metadata: { payment: '7' },
        balance_transaction: { amount: 1999, fee: 88, net: 1911 },
      },
    });
    expect(again).toMatchObject({ code: 'payment_intent_unexpected_state', statusCode: 400 });
  });

  it.each([
    ['pm_card_visa_chargeDeclined', 'card_declined', 'generic_decline'],
    ['pm_card_visa_chargeDeclinedInsufficientFunds', 'card_declined', 'insufficient_funds'],
    ['pm_card_visa_chargeDeclinedLostCard', 'card_declined', 'lost_card'],
    ['pm_card_visa_chargeDeclinedStolenCard', 'card_declined', 'stolen_card'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error', 'processing_error'],
    ['pm_card_visa_chargeDeclinedVelocityLimitExceeded', 'card_declined', 'card_velocity_exceeded'],
    ['pm_card_radarBlock', 'card_declined', 'fraudulent'],
  ])('declines %s', async (payment_method, code, declineCode) => {
    const error = await refusal(
      stripe.paymentIntents.create({
        ...ORDER,
        payment_method,
        confirm: true,
        allowed_payment_method_types: ['card'],
      }),
    );

    expect(error).toMatchObject({ type: 'StripeCardError', code, decline_code: declineCode });
    expect(error.payment_intent).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
      last_payment_error: { code, charge: error.charge },
    });
    expect(await stripe.charges.retrieve(error.charge)).toMatchObject({
      status: 'failed',
      paid: false,
      failure_code: code,
    });
  });

  it('saves a card whose charges are declined later', async () => {
    const saved = await savedCard(account, 'pm_card_chargeCustomerFail');

    expect((await refusal(charge(account, saved))).decline_code).toBe('generic_decline');
  });

  it('cannot ask a payer who is away', async () => {
    const saved = await savedCard(account, 'pm_card_authenticationRequired').catch(() => undefined);
    expect(saved).toBeUndefined(); // the page waits for authentication, so nothing is saved yet

    const error = await refusal(
      stripe.paymentIntents.create({
        ...ORDER,
        payment_method: 'pm_card_authenticationRequired',
        confirm: true,
        off_session: true,
      }),
    );

    expect(error).toMatchObject({ code: 'authentication_required', statusCode: 402 });
    expect(error.payment_intent.status).toBe('requires_payment_method');
  });

  it('asks a payer who is there, in the way the caller can show it', async () => {
    const order = { ...ORDER, payment_method: 'pm_card_authenticationRequired', confirm: true } as const;

    const redirected = await stripe.paymentIntents.create({ ...order, return_url: 'http://localhost/back' });
    const shown = await stripe.paymentIntents.create({
      ...order,
      use_stripe_sdk: true,
      return_url: 'http://localhost/back',
    });
    await control(`POST /_sandbox/authentications/${redirected.id}`, { outcome: 'succeed' });
    await control(`POST /_sandbox/authentications/${shown.id}`, { outcome: 'fail' });

    expect(redirected.next_action?.type).toBe('redirect_to_url');
    expect(shown.next_action?.type).toBe('use_stripe_sdk');
    expect((await stripe.paymentIntents.retrieve(redirected.id)).status).toBe('succeeded');
    expect(await stripe.paymentIntents.retrieve(shown.id)).toMatchObject({
      status: 'requires_payment_method',
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    });
  });

  it('declines after authentication when the card is one that does', async () => {
    const intent = await stripe.paymentIntents.create({
      ...ORDER,
      payment_method: 'pm_card_authenticationRequiredChargeDeclinedInsufficientFunds',
      confirm: true,
      return_url: 'http://localhost/back',
    });

    await control(`POST /_sandbox/authentications/${intent.id}`, { outcome: 'succeed' });

    const { last_payment_error } = await stripe.paymentIntents.retrieve(intent.id);
    expect(last_payment_error?.decline_code).toBe('insufficient_funds');
  });

  it('charges a card that was set up for later without asking again', async () => {
    const customer = await stripe.customers.create();
    const setup = await stripe.setupIntents.create({
      customer: customer.id,
      confirm: true,
      payment_method: 'pm_card_authenticationRequiredOnSetup',
      return_url: 'http://localhost/back',
    });
    await control(`POST /_sandbox/authentications/${setup.id}`, { outcome: 'succeed' });
    const saved = { customer: customer.id, payment_method: setup.payment_method as string };

    const away = await charge(account, saved);
    const there = await stripe.paymentIntents.create({
      ...ORDER,
      ...saved,
      confirm: true,
      return_url: 'http://localhost/back',
    });

    expect([away.status, there.status]).toEqual(['succeeded', 'requires_action']);
  });

  it('captures a part of what was authorised and lets the rest go', async () => {
    const saved = await savedCard(account);
    const held = await charge(account, saved, { capture_method: 'manual' });

    const tooMuch = await refusal(stripe.paymentIntents.capture(held.id, { amount_to_capture: 2000 }));
    const captured = await stripe.paymentIntents.capture(held.id, {
      amount_to_capture: 1500,
      expand: ['latest_charge'],
    });
    const again = await refusal(stripe.paymentIntents.capture(held.id));

    expect(held).toMatchObject({ status: 'requires_capture', amount_capturable: 1999, amount_received: 0 });
    expect(tooMuch.code).toBe('amount_too_large');
    expect(captured).toMatchObject({
      status: 'succeeded',
      amount_received: 1500,
      latest_charge: { amount_captured: 1500, amount_refunded: 499, refunded: false },
    });
    expect(again.code).toBe('payment_intent_unexpected_state');
  });

  it('lets an authorisation fall when nobody captures it for seven days', async () => {
    const own = openAccount();
    const held = await charge(own, await savedCard(own), { capture_method: 'manual' });

    await own.control('POST /_sandbox/clock', { advance: '6d' });
    const before = await own.stripe.paymentIntents.retrieve(held.id);
    await own.control('POST /_sandbox/clock', { advance: '2d' });
    const after = await own.stripe.paymentIntents.retrieve(held.id);

    expect([before.status, after.status]).toEqual(['requires_capture', 'canceled']);
    expect((await own.stripe.events.list({ type: 'charge.expired' })).data).toHaveLength(1);
  });

  it('cancels what has not been paid, and nothing else', async () => {
    const saved = await savedCard(account);
    const unpaid = await stripe.paymentIntents.create({ ...ORDER, ...saved });
    const paid = await charge(account, saved);

    const canceled = await stripe.paymentIntents.cancel(unpaid.id, { cancellation_reason: 'abandoned' });
    const confirmed = await refusal(stripe.paymentIntents.confirm(unpaid.id, { off_session: true }));
    const tooLate = await refusal(stripe.paymentIntents.cancel(paid.id));

    expect(canceled).toMatchObject({ status: 'canceled', cancellation_reason: 'abandoned' });
    expect([confirmed.code, tooLate.code]).toEqual(Array(2).fill('payment_intent_unexpected_state'));
  });

  it("uses a customer's card for that customer only", async () => {
    const mine = await savedCard(account);
    const theirs = await stripe.customers.create();

    const without = await refusal(
      stripe.paymentIntents.create({ ...ORDER, payment_method: mine.payment_method, confirm: true }),
    );
    const foreign = await refusal(
      stripe.paymentIntents.create({
        ...ORDER,
        customer: theirs.id,
        payment_method: mine.payment_method,
        confirm: true,
      }),
    );

    expect([without.param, foreign.param]).toEqual(['payment_method', 'payment_method']);
  });

  it('finds payments by their metadata, at once or after a lag', async () => {
    const saved = await savedCard(account);
    const paid = await charge(account, saved, { metadata: { invoice: "tuition 'A'" } });
    await stripe.paymentIntents.create({ ...ORDER, metadata: { invoice: 'other' } });
    const find = async (query: string) =>
      (await stripe.paymentIntents.search({ query })).data.map(({ id }) => id);

    expect(await find(`metadata["invoice"]:"tuition 'A'" AND status:"succeeded"`)).toEqual([paid.id]);
    expect(await find(`metadata["invoice"]:"nobody's"`)).toEqual([]);
    await control('POST /_sandbox/settings', { search_lag_seconds: 60 });
    expect(await find(`metadata["invoice"]:"tuition 'A'"`)).toEqual([]);
    await control('POST /_sandbox/settings', { search_lag_seconds: 0 });
  });

  it('pages through a list without missing or repeating', async () => {
    const own = openAccount();
    const made = [];
    for (let count = 0; count < 7; count++) made.push((await own.stripe.customers.create()).id);

    const listed = [];
    for await (const customer of own.stripe.customers.list({ limit: 3 })) listed.push(customer.id);
    const back = await own.stripe.customers.list({ limit: 2, ending_before: made[0] });

    expect(listed).toEqual(made.toReversed());
    expect(back.data.map(({ id }) => id)).toEqual([made[2], made[1]]);
    expect(back.has_more).toBe(true);
  });

  it('takes a payment on the hosted page', async () => {
    const session = await stripe.checkout.sessions.create({
      mode: 'payment',
      success_url: 'http://localhost/paid',
      line_items: [
        {
          price_data: { currency: 'usd', unit_amount: 2500, product_data: { name: 'Lab fee' } },
          quantity: 2,
        },
      ],
      payment_intent_data: { metadata: { payment: '9' } },
    });

    await control(`POST /_sandbox/checkout-sessions/${session.id}/complete`, {
      payment_method: 'pm_card_visa',
    });

    expect(await stripe.checkout.sessions.retrieve(session.id, { expand: ['payment_intent'] })).toMatchObject(
      {
        status: 'complete',
        payment_status: 'paid',
        amount_total: 5000,
        payment_intent: { status: 'succeeded', amount: 5000, metadata: { payment: '9' } },
      },
    );
  });
});
