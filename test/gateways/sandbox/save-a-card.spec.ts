import { describe, expect, it } from '@jest/globals';
import { openAccount, refusal, savedCard } from './gateway.js';

const account = openAccount();
const { stripe, control } = account;

describe('saving a card', () => {
  it('attaches the card that was typed into the hosted page', async () => {
    const customer = await stripe.customers.create({ name: 'Ada', metadata: { payer: 'p1' } });
    const session = await stripe.checkout.sessions.create({
      mode: 'setup',
      customer: customer.id,
      allowed_payment_method_types: ['card'],
      success_url: 'http://localhost/saved?session={CHECKOUT_SESSION_ID}',
    });

    const typed = { number: '5555 5555 5555 4444', exp_month: 4, exp_year: 2040, cvc: '123' };
    await control(`POST /_sandbox/checkout-sessions/${session.id}/complete`, typed);

    const { status, setup_intent } = await stripe.checkout.sessions.retrieve(session.id, {
      expand: ['setup_intent.payment_method'],
    });
    expect(status).toBe('complete');
    expect(setup_intent).toMatchObject({
      status: 'succeeded',
      payment_method: {
        customer: customer.id,
        card: { brand: 'mastercard', last4: '4444', exp_month: 4, exp_year: 2040 },
      },
    });
  });

  it('tells the same card saved twice by its fingerprint, and another account nothing', async () => {
    const first = await savedCard(account);
    const second = await savedCard(account);
    const elsewhere = openAccount();
    const third = await savedCard(elsewhere);

    const fingerprint = async (of: typeof account, id: string) =>
      (await of.stripe.paymentMethods.retrieve(id)).card?.fingerprint;
    const known = await fingerprint(account, first.payment_method);
    expect(await fingerprint(account, second.payment_method)).toBe(known);
    expect(await fingerprint(elsewhere, third.payment_method)).not.toBe(known);
  });

  it('refuses a declined card and leaves the setup open for another', async () => {
    const intent = await stripe.setupIntents.create({ allowed_payment_method_types: ['card'] });

    const error = await refusal(
      stripe.setupIntents.confirm(intent.id, { payment_method: 'pm_card_visa_chargeDeclined' }),
    );
    const confirmed = await stripe.setupIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });

    expect(error).toMatchObject({
      type: 'StripeCardError',
      code: 'card_declined',
      decline_code: 'generic_decline',
    });
    expect(error.setup_intent).toMatchObject({ id: intent.id, status: 'requires_payment_method' });
    expect(confirmed).toMatchObject({ status: 'succeeded', last_setup_error: null });
  });

  it('asks for authentication when the card wants it, and goes on with the answer', async () => {
    const confirm = async (outcome: string) => {
      const intent = await stripe.setupIntents.create({ allowed_payment_method_types: ['card'] });
      const waiting = await stripe.setupIntents.confirm(intent.id, {
        payment_method: 'pm_card_authenticationRequiredOnSetup',
        return_url: 'http://localhost/back',
      });
      await control(`POST /_sandbox/authentications/${intent.id}`, { outcome });
      return { waiting, after: await stripe.setupIntents.retrieve(intent.id) };
    };

    const answered = await confirm('succeed');
    const failed = await confirm('fail');

    expect(answered.waiting).toMatchObject({
      status: 'requires_action',
      next_action: { type: 'redirect_to_url', redirect_to_url: { return_url: 'http://localhost/back' } },
    });
    expect(answered.after.status).toBe('succeeded');
    expect(failed.after).toMatchObject({
      status: 'requires_payment_method',
      last_setup_error: { code: 'setup_intent_authentication_failure' },
    });
  });

  it('takes digits from browsers only', async () => {
    const card = { number: '4242424242424242', exp_month: 12, exp_year: 2040, cvc: '123' };

    const fromServer = await refusal(stripe.paymentMethods.create({ type: 'card', card }));
    const body = new URLSearchParams({ type: 'card' });
    for (const [name, value] of Object.entries(card)) body.set(`card[${name}]`, String(value));
    const fromBrowser = await fetch(`${account.address}/v1/payment_methods`, {
      method: 'POST',
      headers: { authorization: `Bearer ${account.publishableKey}` },
      body,
    });

    expect(fromServer.statusCode).toBe(402);
    expect(fromServer.message).toContain('Sending credit card numbers directly');
    expect(fromBrowser.status).toBe(200);
    expect(await fromBrowser.text()).not.toContain('4242424242424242');
  });

  it('tells what is wrong with a card that was mistyped', async () => {
    const session = await stripe.checkout.sessions.create({
      mode: 'setup',
      currency: 'usd',
      success_url: 'http://localhost/saved',
    });
    const complete = (typed: object) =>
      control(`POST /_sandbox/checkout-sessions/${session.id}/complete`, typed);

    const codes = [];
    for (const typed of [
      { number: '4242424242424241' },
      { number: '4242424242424242', exp_year: 2020 },
      { number: '4242424242424242', exp_month: 13 },
      { number: '4242424242424242', cvc: '12' },
      { number: '4111111111111111' },
    ]) {
      const { error } = await complete(typed);
      codes.push(error.decline_code ?? error.code);
    }

    expect(codes).toEqual([
      'incorrect_number',
      'invalid_expiry_year',
      'invalid_expiry_month',
      'invalid_cvc',
      'test_mode_live_card',
    ]);
  });

  it('detaches for good', async () => {
    const saved = await savedCard(account);

    const detached = await stripe.paymentMethods.detach(saved.payment_method);
    const again = await refusal(
      stripe.paymentMethods.attach(saved.payment_method, { customer: saved.customer }),
    );

    expect(detached.customer).toBeNull();
    expect(again.message).toContain('may not be used again');
    expect((await stripe.customers.listPaymentMethods(saved.customer)).data).toEqual([]);
  });

  it('deletes a customer with its methods', async () => {
    const saved = await savedCard(account);

    const deleted = await stripe.customers.del(saved.customer);
    const read = await stripe.customers.retrieve(saved.customer);
    const used = await refusal(stripe.paymentIntents.create({ amount: 500, currency: 'usd', ...saved }));

    expect([deleted.deleted, read.deleted]).toEqual([true, true]);
    expect(used).toMatchObject({ code: 'resource_missing', param: 'customer' });
  });

  it('changes a saved card as the account updater, the issuer and the gateway would', async () => {
    const saved = await savedCard(account);
    const id = saved.payment_method;
    const since = await stripe.events.list({ limit: 1 });

    await control(`POST /_sandbox/payment-methods/${id}/update`, { exp_year: 2044, last4: '1881' });
    const updated = await stripe.paymentMethods.retrieve(id);
    await control(`POST /_sandbox/payment-methods/${id}/close`, { decline: 'lost_card' });
    const { customer } = saved;
    const declined = await refusal(
      stripe.paymentIntents.create({
        amount: 500,
        currency: 'usd',
        customer,
        payment_method: id,
        confirm: true,
        off_session: true,
      }),
    );
    await control(`POST /_sandbox/payment-methods/${id}/detach`, {});

    const { data } = await stripe.events.list({
      ending_before: since.data[0]!.id,
      types: ['payment_method.automatically_updated', 'payment_method.detached'],
    });
    expect(updated.card).toMatchObject({ exp_year: 2044, last4: '1881' });
    expect(declined.decline_code).toBe('lost_card');
    expect(data.map(({ type }) => type)).toEqual([
      'payment_method.detached',
      'payment_method.automatically_updated',
    ]);
  });
});
