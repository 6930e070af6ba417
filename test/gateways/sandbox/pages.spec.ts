import { describe, expect, it } from '@jest/globals';
import { openAccount } from './gateway.js';

const account = openAccount();
const { stripe } = account;

const send = (url: string, form: Record<string, string>) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
const follow = (url: string | null) => fetch(url!, { redirect: 'manual' });

const openPage = async (more: object = {}) =>
  stripe.checkout.sessions.create({
    mode: 'setup',
    customer: (await stripe.customers.create()).id,
    allowed_payment_method_types: ['card', 'us_bank_account'],
    success_url: 'http://localhost/saved?session={CHECKOUT_SESSION_ID}',
    cancel_url: 'http://localhost/wallet?a=1&b=2',
    ...more,
  });
const CARD = { number: '4242 4242 4242 4242', expiry: '12 / 40', cvc: '123' };

describe('the hosted page', () => {
  it('is a form that needs no script, with a way out', async () => {
    const session = await openPage();

    const html = await (await fetch(session.url!)).text();

    expect(html).toContain('autocomplete="cc-number"');
    expect(html).toContain('href="http://localhost/wallet?a=1&amp;b=2"');
    expect(html).not.toContain('<script');
  });

  it('saves the card and sends the payer back', async () => {
    const session = await openPage();

    const sent = await send(session.url!, CARD);
    const reopened = await follow(session.url);

    const success = `http://localhost/saved?session=${session.id}`;
    expect([sent.status, sent.headers.get('location')]).toEqual([303, success]);
    expect(reopened.headers.get('location')).toBe(success);
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('complete');
  });

  it('says why a card was declined, and takes another', async () => {
    const session = await openPage();

    const declined = await send(session.url!, { ...CARD, number: '4000000000009995' });
    const taken = await send(session.url!, CARD);

    expect(await declined.text()).toMatch(/role="alert"[^>]*>Your card has insufficient funds\./);
    expect(taken.status).toBe(303);
  });

  it.each([
    ['succeed', 303],
    ['fail', 402],
  ])('goes by the issuer and comes back when authentication does %s', async (outcome, status) => {
    const session = await openPage();

    const sent = await send(session.url!, { ...CARD, number: '4000002500003155' });
    const issuer = sent.headers.get('location')!;
    expect(await (await fetch(issuer)).text()).toContain('Complete authentication');
    const answered = await send(issuer, { outcome });
    const back = await follow(answered.headers.get('location'));

    expect(back.status).toBe(status);
    const { setup_intent } = await stripe.checkout.sessions.retrieve(session.id, {
      expand: ['setup_intent'],
    });
    expect(setup_intent).toMatchObject({
      status: outcome === 'succeed' ? 'succeeded' : 'requires_payment_method',
    });
  });

  it('takes a bank account, proved at once or by small deposits later', async () => {
    const bank = {
      method: 'us_bank_account',
      account_number: '000123456789',
      routing_number: '110000000',
      name: 'Ada Payer',
    };
    const instant = await openPage();
    const later = await openPage();

    await send(instant.url!, { ...bank, verification: 'instant' });
    await send(later.url!, { ...bank, verification: 'microdeposits' });

    const intentOf = async (id: string) =>
      (await stripe.checkout.sessions.retrieve(id, { expand: ['setup_intent'] })).setup_intent as {
        status: string;
        next_action: { verify_with_microdeposits: { hosted_verification_url: string } } | null;
      };
    const [done, waiting] = [await intentOf(instant.id), await intentOf(later.id)];
    expect([done.status, waiting.status]).toEqual(['succeeded', 'requires_action']);
    const page = waiting.next_action!.verify_with_microdeposits.hosted_verification_url;
    expect(await (await fetch(page)).text()).toContain('name="descriptor_code"');
    const proved = await send(page, { descriptor_code: 'SM11AA' });
    expect(await proved.text()).toContain('Bank account verified');
    expect((await intentOf(later.id)).status).toBe('succeeded');
  });

  it('is gone after a day, and when nobody knows its id', async () => {
    const own = openAccount();
    const session = await own.stripe.checkout.sessions.create({
      mode: 'setup',
      currency: 'usd',
      success_url: 'http://localhost/saved',
    });

    await own.control('POST /_sandbox/clock', { advance: '25h' });
    const expired = await fetch(session.url!);
    const unknown = await fetch(`${own.address}/c/pay/cs_test_unknown`);

    expect([expired.status, unknown.status]).toEqual([404, 404]);
    expect(await own.stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'expired',
      url: null,
    });
    expect((await own.stripe.events.list({ type: 'checkout.session.expired' })).data).toHaveLength(1);
  });

  it('shows what people wrote as text', async () => {
    const session = await openPage({ cancel_url: 'http://localhost/"><script>alert(1)</script>' });

    expect(await (await fetch(session.url!)).text()).not.toContain('<script>');
  });
});
