import { createHmac, createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Bench } from './bench.js';
import { BRAINTREE } from './braintree-under-test.js';

/** What only Braintree does, as its documents or its library's source say. */
describe('Braintree', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await Bench.open(BRAINTREE);
  });
  afterAll(() => bench.close());

  // https://developer.paypal.com/braintree/docs/reference/general/testing/node#transaction-amounts
  it.each([
    ['200000', { code: 'declined', declineCode: '2000', retry: 'later' }],
    ['200100', { code: 'insufficient_funds', declineCode: '2001' }],
    ['209900', { code: 'authentication_failed', declineCode: '2099' }],
    ['210800', { code: 'method_unusable', declineCode: '2108', methodReason: 'account_closed' }],
    ['300000', { code: 'declined', declineCode: '3000', action: 'retry_later' }],
    ['500100', { code: 'declined', declineCode: 'application_incomplete' }],
  ])('answers a charge of %s with the response of that amount', async (amountMinor, failure) => {
    const outcome = await bench.charged({ amountMinor: Number(amountMinor) });

    expect(outcome).toMatchObject({ status: 'cancelled', failure });
  });

  it('charges in the currency of the merchant account, and refuses one that has none', async () => {
    const card = await bench.saved();

    expect(await bench.charge(bench.attempt(card, { currency: 'EUR' }))).toMatchObject({
      ...{ status: 'succeeded', currency: 'EUR', amountMinor: 1999 },
    });
    expect(await bench.gateway.prepare(bench.attempt(card, { currency: 'SEK' }))).toMatchObject({
      status: 'refused',
    });
  });

  it('charges once, also when a search does not find the first try yet', async () => {
    const attempt = bench.attempt(await bench.saved(), { begunAt: new Date(Date.now() - 60_000) });
    const charged = await bench.charge(attempt);
    await bench.account.call('POST', '/_sandbox/settings', { search_lag_seconds: '600' });

    const unseen = await bench.gateway.readPayment(charged.providerPayment);
    const again = await bench.gateway.confirm(attempt, charged.providerPayment, `${attempt.id}:confirm`);
    const ended = await bench.gateway.abandon(charged.providerPayment, `${attempt.id}:abandon`);

    await bench.account.call('POST', '/_sandbox/settings', { search_lag_seconds: '0' });
    expect(unseen).toMatchObject({ status: 'unconfirmed' });
    expect(again).toMatchObject({ status: 'succeeded' });
    expect(ended).toMatchObject({ status: 'unknown' }); // never "ended", as long as the search may be behind
    expect(await bench.taken(attempt.paymentId)).toHaveLength(1);
  });

  it('ends what was never sent, once a search would have found it', async () => {
    const begunAt = new Date(Date.now() - 3_600_000);
    const attempt = bench.attempt(await bench.saved(), { begunAt });
    const providerPayment = await bench.prepared(attempt);

    expect(await bench.gateway.abandon(providerPayment, 'never-sent')).toMatchObject({
      ...{ status: 'cancelled', failure: null, paymentId: attempt.paymentId },
    });
  });

  it('saves a card once, also when its nonce is brought twice', async () => {
    const setup = await bench.startSetup();
    const bring = () =>
      bench.gateway.setupReturned(setup.started.providerSetup, 'embedded', {
        payment_method_nonce: 'fake-valid-mastercard-nonce',
      });

    const [first, again] = [await bring(), await bring()];

    expect(first).toMatchObject({ status: 'succeeded', method: { cardBrand: 'mastercard' } });
    expect(again).toEqual(first);
  });

  it('is answered when it asks whether an address is ours', () => {
    const challenge = '20f9f8ed05f77439fe955c977e4c8a53';
    const { publicKey, privateKey } = BRAINTREE.keysOf(bench.account);
    const key = createHash('sha1').update(privateKey).digest();
    const digest = createHmac('sha1', key).update(challenge).digest('hex');

    expect(bench.gateway.answerChallenge({ bt_challenge: challenge })).toBe(`${publicKey}|${digest}`);
    expect(bench.gateway.answerChallenge({ bt_challenge: 'something else' })).toBeNull();
    expect(bench.gateway.answerChallenge({})).toBeNull();
  });
});
