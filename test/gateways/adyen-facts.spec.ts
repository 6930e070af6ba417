import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Body } from '../support/api.js';
import type { SandboxAccount } from '../support/sandbox-account.js';
import { AdyenDescription, type Exchange, isDescriptionHere } from './adyen-description.js';
import { ADYEN } from './adyen-under-test.js';
import { Bench, ON_SESSION } from './bench.js';

/** What goes over the wire between Adyen's library and the sandbox. */
const exchanges: Exchange[] = [];
let wire: Server;
let bench: Bench;
beforeAll(async () => {
  let sandbox: SandboxAccount;
  wire = createServer((request, response) => {
    void (async () => {
      const { method = '', url: path = '' } = request;
      const asked = Buffer.concat(await request.toArray()).toString();
      const headers = request.headers as Record<string, string>;
      const answer = await fetch(sandbox.address + path, { method, headers, ...(asked && { body: asked }) });
      const answered = await answer.text();
      const { status } = answer;
      exchanges.push({ method, path, asked: parsed(asked), status, answered: parsed(answered) });
      response.writeHead(status, { 'content-type': 'application/json' }).end(answered);
    })();
  }).listen(0, '127.0.0.1');
  await once(wire, 'listening');
  const address = `http://127.0.0.1:${(wire.address() as AddressInfo).port}`;
  bench = await Bench.open({
    ...ADYEN,
    open: (account, heard) => {
      sandbox = account;
      const { secretKey, publishableKey } = account;
      return ADYEN.open({ address, secretKey, publishableKey } as SandboxAccount, heard);
    },
  });
});
afterAll(() => {
  bench.close();
  wire.closeAllConnections();
  wire.close();
});

const parsed = (text: string): unknown => (text === '' ? undefined : JSON.parse(text));

/** A setup in fields of our page, and what these ask of Adyen when the payer has typed a card. */
async function typedInto(setupIntentId: string, number = '4242424242424242') {
  const started = await bench.gateway.startSetup({
    setupIntentId,
    payerId: 'a-payer',
    providerCustomer: 'a-payer',
    type: 'card',
    flow: 'embedded',
    returnUrl: null,
    mandateText: 'You allow us to charge this.',
    key: `${setupIntentId}:setup`,
  });
  const session = JSON.parse(started.clientSecret!) as { id: string; sessionData: string };
  const path = `/checkoutshopper/v1/sessions/${session.id}/payments?clientKey=${started.publishableKey}`;
  const paymentMethod = { type: 'scheme', number, expiryDate: '12/34', securityCode: '737' };
  const answer = await fetch(bench.account.address + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sessionData: session.sessionData, paymentMethod }),
  });
  const given: Body = await answer.json();
  const brought = { sessionId: session.id, sessionResult: given.sessionResult as string };
  return { given, brought, returned: () => returned(started.providerSetup, brought) };
}

const returned = (providerSetup: string, brought: Record<string, string>) =>
  bench.gateway.setupReturned(providerSetup, 'embedded', brought);

/** What only Adyen does, as its documents say. */
describe('Adyen', () => {
  // https://docs.adyen.com/api-explorer/Checkout/72/get/sessions/(sessionId)
  it('says what was saved by what it gave to the payer, also where its webhook never comes', async () => {
    await bench.account.keepsWebhooksBack();
    const setup = await typedInto(randomUUID());

    const outcome = await setup.returned();

    await bench.account.worksAgain();
    expect(setup.given).toMatchObject({ resultCode: 'Authorised' });
    expect(outcome).toMatchObject({ status: 'succeeded', method: { cardBrand: 'visa', lastFour: '4242' } });
  });

  it('is not believed of another setup than that which it was asked for', async () => {
    const { brought } = await typedInto(randomUUID());

    const foreign = await returned(`a-payer/${randomUUID()}`, brought);

    expect(foreign).toMatchObject({ status: 'incomplete', reason: 'open' });
  });

  // https://docs.adyen.com/api-explorer/Webhooks/1/post/DIRECT_DEBIT_NOTICE_OF_CHANGE_NOTIFICATION
  it('has no whole account number taken in, however well a notice of change is signed', async () => {
    const notificationOfChange = { reasonCode: 'C01', newBankAccountNumber: '012345678901' };
    const data = { merchantAccount: 'SandboxECOM', shopperReference: 'a-payer', notificationOfChange };
    const notice = { type: 'ach.notificationOfChange', environment: 'test', version: '1', data };
    const body = Buffer.from(JSON.stringify(notice));
    const { username, password } = ADYEN.credentials;

    const heard = await bench.gateway.verifyWebhook(body, {
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      hmacsignature: createHmac('sha256', Buffer.from(ADYEN.hmacKey, 'hex')).update(body).digest('base64'),
    });

    expect(heard).toBeNull();
  });

  // https://docs.adyen.com/api-explorer/Webhooks/1/post/AUTHORISATION: additionalData, by how an account is set up
  it('has none kept either of what it may send along with news', async () => {
    await bench.charged();
    const { body, headers } = bench.deliveries.findLast((it) => it.body.includes('AUTHORISATION'))!;
    const notice = JSON.parse(body.toString());
    notice.notificationItems[0].NotificationRequestItem.additionalData.bankAccountNumber = '012345678901';

    const [heard] = (await bench.gateway.verifyWebhook(Buffer.from(JSON.stringify(notice)), headers))!;

    expect(heard!.event.type).toBe('AUTHORISATION');
    expect(heard!.body.toString()).not.toContain('012345678901');
  });

  // https://docs.adyen.com/risk-management/chargeback-guidelines/ach-chargebacks
  it('announces a returned debit, then takes the money, and nobody can contest it', async () => {
    const account = await bench.saved('pm_usBankAccount_success', 'us_bank_account');
    const { paymentId } = await bench.charge(bench.attempt(account));
    const [{ charge }] = await bench.taken(paymentId!);
    await bench.atBank(`charges/${charge}/return`, { code: 'debit_not_authorized' });
    await bench.told();
    const news = bench.heard.filter(({ event }) => event.subject?.providerId === bench.latest('dispute'));

    const stages: unknown[] = [];
    for (let told = 1; told <= news.length; told++) {
      const gateway = ADYEN.open(bench.account, news.slice(0, told));
      const { status, withdrawnMinor, isContestable } = (await gateway.readDispute(
        bench.latest('dispute'),
      )) as Body;
      stages.push([news[told - 1]!.event.type, status, withdrawnMinor, isContestable]);
      gateway.close();
    }

    expect(stages).toEqual([
      ['NOTIFICATION_OF_CHARGEBACK', 'under_review', 0, false],
      ['CHARGEBACK', 'lost', 1999, false],
    ]);
  });
});

(isDescriptionHere ? describe : describe.skip)("Adyen's descriptions of its API and its webhooks", () => {
  it('agree with all that was asked, answered and told', async () => {
    const held = await bench.charged({ capture: 'manual' });
    const charge = { providerPayment: held.providerPayment, currency: 'USD' };
    await bench.gateway.capture(charge, 1000, 'capture');
    await bench.told();
    const refund = { ...charge, refundId: randomUUID(), amountMinor: 500, reason: null, key: 'refund' };
    await bench.gateway.refund(refund);
    await bench.charged({}, 'pm_card_chargeCustomerFail');
    const waiting = await bench.charged(ON_SESSION, 'pm_card_threeDSecure2Required');
    await bench.answersBank(waiting.providerPayment, 'succeed');
    const released = await bench.charged({ capture: 'manual' });
    await bench.gateway.abandon(released.providerPayment, 'cancel');
    await bench.gateway.abandon(await bench.prepared(bench.attempt(await bench.saved())), 'never-sent');
    await bench.disputed();
    await bench.told();
    await bench.gateway.sendEvidence(
      bench.latest('dispute'),
      { text: { product_description: 'A term' }, files: [], submit: true },
      'evidence',
    );
    await bench.gateway.detach((await bench.saved()).providerToken);
    await bench.told();

    const description = new AdyenDescription();
    const calls = new Set(
      exchanges.map(({ method, path }) => `${method} ${path.replace(/[A-Z0-9]{16}/, ':id').split('?')[0]}`),
    );
    expect(calls.size).toBeGreaterThan(11);
    expect(new Set(exchanges.flatMap((it) => description.faultsOf(it)))).toEqual(new Set());
    const told = bench.deliveries.map(({ body }) => JSON.parse(body.toString()) as Record<string, unknown>);
    expect(new Set(told.flatMap((it) => description.faultsOfWebhook(it)))).toEqual(new Set());
  });
});
