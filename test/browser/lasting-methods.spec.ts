import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Route } from 'playwright-core';
import { Api, type Body } from '../support/api.js';
import { eventually } from '../support/given.js';
import { launchBrowser } from './browser.js';
import { Payer } from './payer.js';
import { type Program, startProgram } from './program.js';

// https://docs.stripe.com/testing
const VISA = '4242424242424242';
const MASTERCARD = '5555555555554444';

let browser: Browser;
let program: Program;
let payer: Payer;
let api: Api;
let subject: string;
let people = 0;
beforeAll(async () => {
  browser = await launchBrowser();
  program = await startProgram({ PAYMENT_FIELDS: 'redirect' });
}, 90_000);
afterAll(async () => {
  await program?.stop();
  await browser?.close();
});
beforeEach(async () => {
  subject = `student-${(people += 1)}`;
  api = await Api.signIn(program.url, 'payer', subject);
  payer = await Payer.arrive(browser, program.url, 'lasting');
});
afterEach(async () => {
  expect(payer.complaints).toEqual([]);
  await payer.leave();
});

async function savesCard(number: string, from = 'Add a card'): Promise<void> {
  await payer.press(from);
  await payer.typesAtGateway(number);
  await payer.sees('Card saved');
}

async function hasCard(number = VISA): Promise<Body> {
  await payer.signIn(subject);
  await payer.press('Payment methods');
  await savesCard(number);
  await payer.press('Your payment methods');
  return (await api.get('/v1/payment-methods')).body.data[0];
}

/** A bank account, proved at once by its owner's bank. */
async function hasAccount(account: string): Promise<void> {
  const { body: setup } = await api.post('/v1/setup-intents', {
    type: 'us_bank_account',
    flow: 'redirect',
    returnUrl: `${program.url}/`,
  });
  await program.sandbox.completeSetup(setup, account, { verification: 'instant' });
  expect((await api.post(`/v1/setup-intents/${setup.id}/completions`)).body.status).toBe('active');
}

const daysPass = (days: number) => program.sandbox.call('POST', '/_sandbox/clock', { advance: `${days}d` });
const untilInvoice = (status: string): Promise<Body> =>
  eventually(
    async () => (await api.get('/v1/invoices')).body.data[0],
    (it) => it.status === status,
  );

/** First four, then two, whose schedule comes sooner than that of four. */
async function changesTheirMindAboutInstalments(): Promise<void> {
  const answer = Promise.withResolvers<void>();
  const isSlow = async (route: Route) => answer.promise.then(() => route.continue());
  await payer.page.route('**/plan-schedule?instalments=4', isSlow, { times: 1 });
  const instalments = payer.page.getByLabel('Instalments');
  const agree = payer.control('Agree to this plan');

  await instalments.selectOption('4');
  expect(await agree.getAttribute('aria-disabled')).toBe('true');
  await instalments.selectOption('2');
  await payer.page
    .getByRole('status')
    .getByText(/^2 instalments: the first of \$150\.02 on .+, the last of \$150\.01 on/)
    .waitFor();
  const late = payer.page.waitForEvent('requestfinished');
  answer.resolve();
  await late;

  await payer.page.waitForTimeout(100);
  expect(await payer.page.getByRole('list', { name: 'What is charged when' }).innerText()).toMatch(
    /\$150\.02[^]*\$150\.01/,
  );
  expect(await agree.getAttribute('aria-disabled')).toBeNull();
}

/** From now on the bank says that the card saved last was stolen. */
async function isStolen(): Promise<void> {
  const { data } = await program.sandbox.call('GET', '/v1/setup_intents');
  await program.sandbox.call('POST', `/_sandbox/payment-methods/${data[0].payment_method}/close`, {
    decline: 'stolen_card',
  });
}

const wallet = () => payer.page.locator('main').innerText();

describe('a saved method, for as long as it lives', () => {
  it('is a bank account that its owner proves to be theirs by small deposits', async () => {
    await payer.signIn(subject);
    await payer.press('Payment methods');
    await payer.press('Add a bank account');
    await payer.page.getByLabel('Account holder').fill('Ada Okafor');
    await payer.page.getByLabel('Routing number').fill('110000000');
    await payer.page.getByLabel('Account number').fill('000123456789');
    await payer.page.getByLabel('In a few days').check();
    await payer.press('Save bank account');

    await payer.sees('Verify your bank account');
    await payer.judge('20 bank account saved');
    await payer.press('Your payment methods');
    expect(await wallet()).toContain('Tell us which small deposits arrived');
    await payer.press('Verify this account');
    await payer.page.getByLabel('Code in the text').fill('SM22BB');
    await payer.press('Verify');
    await payer.sees('That did not work');
    await payer.judge('21 verify');
    await payer.page.getByLabel('Code in the text').fill('SM11AA');
    await payer.press('Verify');

    await payer.sees('Payment methods');
    await payer.page.getByText('Default', { exact: true }).waitFor();
    expect(await wallet()).not.toContain('Tell us');
  }, 60_000);

  it('is debited, and when its bank takes the money back, the invoice is due again', async () => {
    await program.invoiceFor(subject, 'Library fee', 12_001);
    await hasAccount('pm_usBankAccount_dispute');
    await payer.signIn(subject);
    await payer.paysInvoice('Library fee');
    await payer.sees('Your bank is being asked for the money');
    await daysPass(5);
    const paid = await untilInvoice('paid');
    await daysPass(12);
    await untilInvoice('open');

    await payer.opens('Library fee');
    await payer.sees('Your payment was returned');
    await payer.judge('28 returned invoice');
    await payer.press('See the returned payment');
    await payer.sees('Payment returned');
    await payer.judge('29 returned receipt');
    expect(await wallet()).toMatch(/The invoice is due again\.[^]*Taken back by your bank\s+\$120\.01/);
    await payer.press('Pay again');
    await savesCard(VISA);
    await payer.press('Continue to payment');
    await payer.press('Pay $120.01');
    await payer.sees('Payment received');

    expect((await untilInvoice('paid')).paymentId).not.toBe(paid.paymentId);
    await payer.page.goto(`${program.url}/#/receipts/${paid.paymentId}`);
    await payer.sees('Payment returned');
    expect(await wallet()).not.toContain('due again');
  }, 60_000);

  it('needs replacement once the bank says so, and the same card given again is good again', async () => {
    await program.invoiceFor(subject, 'Library fee', 11_001);
    const card = await hasCard();
    await isStolen();
    const [invoice] = (await api.get('/v1/invoices')).body.data;
    await api.postOnce(`/v1/invoices/${invoice.id}/payments`, { paymentMethodId: card.id });

    await payer.page.reload();
    await payer.page.getByText('can no longer be charged').waitFor();
    await payer.judge('22 needs replacement');
    await payer.press('Add this card again');
    await payer.sees('Replace a payment method');
    await payer.judge('23 replace');
    await savesCard(VISA, 'Add the new card');
    await payer.press('Your payment methods');

    await payer.sees('Payment methods');
    const { data } = (await api.get('/v1/payment-methods')).body;
    expect(data.map((it: Body) => [it.id, it.status, it.attention])).toEqual([[card.id, 'active', null]]);
  }, 60_000);

  it('is used by a plan, which tells what is wrong and goes on with another card', async () => {
    await program.invoiceFor(subject, 'Tuition', 30_003);
    const card = await hasCard();
    await payer.opens('Tuition');
    await payer.press('Pay in instalments instead');
    await payer.sees('Pay in instalments');
    await changesTheirMindAboutInstalments();
    await payer.judge('24 new plan');
    await payer.press('Back');

    // The first of two instalments is due today, and the card turns out to be stolen.
    await isStolen();
    const [invoice] = (await api.get('/v1/invoices')).body.data;
    const { body: plan } = await api.postOnce('/v1/plans', {
      invoiceId: invoice.id,
      paymentMethodId: card.id,
      instalments: 2,
      firstDueOn: new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York' }).format(await now()),
    });
    await clockIs(new Date((await now()).getTime() + 86_400_000));
    await eventually(
      async () => (await api.get(`/v1/plans/${plan.id}`)).body.instalments[0].status,
      (status) => status === 'action_needed',
    );

    await payer.press('Plans');
    await payer.press('See plan Tuition');
    await payer.sees('$150.02 is not paid');
    await payer.judge('25 plan needs the payer');
    await savesCard(MASTERCARD, 'Add a card');
    await payer.press('Plans');
    await payer.press('See plan Tuition');
    await payer.page.getByLabel('Charge instead').selectOption('Mastercard ending in 4444');
    await payer.press('Use this one');
    await payer.page.getByText('Mastercard ending in 4444', { exact: true }).first().waitFor();
    await eventually(
      async () => (await api.get(`/v1/plans/${plan.id}`)).body.instalments[0].status,
      (status) => status === 'paid',
    );
    await payer.page.reload();
    await payer.page.getByText('Paid', { exact: true }).waitFor();
  }, 60_000);

  it('pays by itself when its owner switches autopay on, and not any more when they switch it off', async () => {
    await hasCard();

    await payer.press('Switch autopay on');
    await payer.control('Switch autopay off').waitFor();
    await payer.judge('26 autopay');
    expect(await wallet()).toContain('Invoices are paid on the day they are due, with Visa ending in 4242.');
    await payer.press('Switch autopay off');
    await payer.control('Switch autopay on').waitFor();

    expect((await api.get('/v1/autopay')).body.paymentMethodId).toBeNull();
  }, 60_000);

  it('says that it expires soon, then that it has expired, and makes way for the new card', async () => {
    await hasCard();
    await expires(20);
    await payer.page.reload();
    await payer.page.getByText('expires soon').waitFor();
    await expires(-20);
    await payer.page.reload();
    await payer.page.getByText('This card has expired').waitFor();
    await payer.judge('27 expired');

    await payer.press('Add this card again');
    await savesCard(MASTERCARD, 'Add the new card');
    await payer.press('Your payment methods');

    await payer.control('Remove Mastercard ending in 4444').waitFor();
    expect(await wallet()).not.toContain('Visa');
  }, 60_000);
});

async function now(): Promise<Date> {
  return new Date((await api.get('/dev/clock')).body.now);
}

async function clockIs(moment: Date): Promise<void> {
  expect((await api.put('/dev/clock', { now: moment.toISOString() })).status).toBe(200);
}

/** The card is good until the end of 2034; today is so many days before that, or after. */
async function expires(inDays: number): Promise<void> {
  await clockIs(new Date(Date.UTC(2035, 0, 1) - inDays * 86_400_000));
}
