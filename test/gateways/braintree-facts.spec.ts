import { createHmac, createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { all, Bench } from './bench.js';
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
      status: 'succeeded',
      currency: 'EUR',
      amountMinor: 1999,
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
      status: 'cancelled',
      failure: null,
      paymentId: attempt.paymentId,
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

  // https://developer.paypal.com/braintree/docs/guides/ach/testing-go-live
  it('keeps no bank account that the network knows as wrong, and takes another one for the same setup', async () => {
    const setup = await bench.startSetup('us_bank_account');

    await setup.complete('pm_usBankAccount_noAccount');
    const refused = await setup.read();
    await setup.complete('pm_usBankAccount_success', { verification: 'instant' });

    expect(refused).toMatchObject({ status: 'incomplete', reason: 'refused', refusal: '2061' });
    expect(await setup.read()).toMatchObject({ status: 'succeeded', method: { lastFour: '6789' } });
  });

  it('asks the owner of a bank account once, also when its nonce is brought twice', async () => {
    const setup = await bench.startSetup('us_bank_account');
    const returned = await bench.account.completeSetup(setup.started, 'pm_usBankAccount_success');
    const brought = Object.fromEntries(new URLSearchParams(returned));
    const bring = () => bench.gateway.setupReturned(setup.started.providerSetup, 'embedded', brought);

    const [first, again] = [await bring(), await bring()];

    expect(first).toMatchObject({ status: 'verifying', ask: 'amounts' });
    expect(again).toEqual(first);
  });

  // https://developer.paypal.com/braintree/docs/reference/general/webhooks/transaction/node
  it('lists a debit that came back after it had settled, also when no news of it arrived', async () => {
    const account = await bench.saved('pm_usBankAccount_success', 'us_bank_account');
    const { providerPayment, paymentId } = await bench.charge(bench.attempt(account));
    await bench.account.call('POST', '/_sandbox/clock', { advance: '5d' });
    await bench.told();
    expect(bench.latest('payment')).toBe(providerPayment); // it tells of bank debits
    const [{ charge }] = await bench.taken(paymentId!);
    await bench.account.keepsWebhooksBack();
    await bench.atBank(`charges/${charge}/return`, { code: 'insufficient_funds' });
    await bench.account.worksAgain();

    const listed = await all(bench.gateway.listMovements(new Date(Date.now() - 60_000)));

    const found = listed.filter(({ kind }) => kind === 'dispute');
    expect(found).toMatchObject([{ status: 'lost', amountMinor: 1999, currency: 'USD' }]);
    expect(await bench.gateway.readDispute(found[0]!.providerId)).toMatchObject({
      providerPayment,
      reason: 'insufficient_funds',
      methodReason: null,
      isContestable: false,
    });
    expect(await bench.gateway.readPayment(providerPayment)).toMatchObject({ status: 'succeeded' });
  });

  it.each([
    ['both in the time asked about', -60],
    ['one before the time asked about', 3_600],
  ])('lists one payment of all that was taken under one order id: %s', async (_, sinceSeconds) => {
    const own = await Bench.open(BRAINTREE); // whose clock nobody has moved
    const attempt = own.attempt(await own.saved());
    const providerPayment = await own.prepared(attempt);
    const since = new Date(Date.now() + sinceSeconds * 1000);
    await own.gateway.confirm(attempt, providerPayment, `${attempt.id}:confirm`);
    await own.account.call('POST', '/_sandbox/clock', { advance: '2h' });
    await own.gateway.confirm(attempt, providerPayment, 'a second time, under another key');

    const listed = await all(own.gateway.listMovements(since));
    own.close();

    const ours = listed.filter(({ paymentId }) => paymentId === attempt.paymentId);
    expect(ours).toMatchObject([
      { kind: 'payment', providerId: providerPayment, amountMinor: 3998, status: 'captured' },
    ]);
  });

  // https://developer.paypal.com/braintree/docs/reference/request/transaction/void/node: as long as it has not settled
  it('says that a refund failed which somebody voided in the Control Panel', async () => {
    const { providerPayment } = await bench.settled();
    const refund = { refundId: randomUUID(), providerPayment, amountMinor: 500, currency: 'USD' };
    const given = await bench.gateway.refund({ ...refund, reason: null, key: 'a-refund' });
    const { data } = await bench.account.call('GET', '/v1/refunds');
    await bench.atBank(`refunds/${data[0].id}/fail`, { reason: 'voided' });

    const found = await bench.gateway.findRefund(refund.refundId, providerPayment);

    expect(given).toMatchObject({ status: 'succeeded' });
    expect(found).toMatchObject({ status: 'failed', failureCode: 'voided' });
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
