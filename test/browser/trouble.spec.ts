import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Route } from 'playwright-core';
import { launchBrowser } from './browser.js';
import { Payer } from './payer.js';
import { type Program, startProgram } from './program.js';

const GOOD = '4242424242424242';
const PAY_CALL = '**/v1/invoices/*/payments';
const CONFIRM = 'POST /v1/payment_intents/*/confirm';

describe("the payer's page when something is in the way", () => {
  let browser: Browser;
  let program: Program;
  let payer: Payer;
  let subject: string;
  let people = 0;

  beforeAll(async () => {
    [browser, program] = await Promise.all([
      launchBrowser(),
      startProgram({ PAYMENT_FIELDS: 'redirect', PLAN_INSTALMENTS_MAX: '2' }),
    ]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await program?.stop();
  });
  beforeEach(async () => {
    subject = `student-${(people += 1)}`;
    payer = await Payer.arrive(browser, program.url, 'trouble');
  });
  afterEach(async () => {
    await worksAgain();
    try {
      expect(payer.complaints).toEqual([]);
    } finally {
      await payer.leave();
    }
  });

  async function hasCardAndInvoice(amountMinor: number): Promise<void> {
    await program.invoiceFor(subject, 'Library fee', amountMinor);
    await payer.signIn(subject);
    await payer.press('Payment methods');
    await payer.press('Add a card');
    await payer.typesAtGateway(GOOD);
    await payer.sees('Card saved');
  }

  async function charges(amountMinor: number): Promise<unknown[]> {
    const ledger = await program.sandbox.ledger();
    return ledger.filter((it) => it.type === 'charge.succeeded' && it.amount === amountMinor);
  }

  const worksAgain = () => program.sandbox.worksAgain();
  const fault = (does: string, on: string, more: Record<string, string> = {}) =>
    program.sandbox.call('POST', '/_sandbox/faults', { does, on, ...more });

  it('does not know whether it was paid when the answer is lost, and finds out without paying again', async () => {
    await hasCardAndInvoice(20_101);
    const losesTheAnswer = async (route: Route) => {
      await route.fetch(); // it arrived
      await payer.judge('1 paying');
      await route.abort();
    };
    await payer.page.route(PAY_CALL, losesTheAnswer, { times: 1 });

    await payer.paysInvoice('Library fee');
    await payer.sees('We do not know yet whether you have paid');
    await payer.judge('2 not known');
    await payer.press('Check again');

    await payer.sees('Payment received');
    expect(await charges(20_101)).toHaveLength(1);
  });

  it('waits for a payment that is being confirmed, and asks the payer not to pay again', async () => {
    await hasCardAndInvoice(20_201);
    await fault('reset_answer', CONFIRM, { times: '2' });
    await fault('delay_webhook', '*', { times: '9', delay_ms: '60000' });

    await payer.paysInvoice('Library fee');
    await payer.sees('Your payment is being confirmed');
    await payer.judge('3 being confirmed');
    await worksAgain();

    await payer.sees('Payment received');
    expect(await charges(20_201)).toHaveLength(1);
  });

  it('shows in another tab what one tab is paying', async () => {
    await hasCardAndInvoice(20_301);
    await fault('reset_answer', CONFIRM, { times: '2' });
    await fault('delay_webhook', '*', { times: '9', delay_ms: '60000' });
    const other = await Payer.arrive(browser, program.url, 'trouble');
    await other.signIn(subject);
    await other.opens('Library fee');

    await payer.paysInvoice('Library fee');
    await payer.sees('Your payment is being confirmed');
    await other.press(/^Pay \$/);
    await other.sees('A payment is under way already');
    await other.judge('4 under way already');
    await other.press('Show how it stands');
    await worksAgain();

    await other.sees('Payment received');
    await other.leave();
    expect(await charges(20_301)).toHaveLength(1);
  });

  it('lets the payer cancel a payment that waits for their bank', async () => {
    await program.invoiceFor(subject, 'Library fee', 20_401);
    await payer.signIn(subject);
    await payer.press('Payment methods');
    await payer.press('Add a card');
    await payer.typesAtGateway('4000002760003184');
    await payer.answersIssuer('Complete authentication');
    await payer.sees('Card saved');

    await payer.paysInvoice('Library fee');
    await payer.page.getByRole('button', { name: 'Complete authentication' }).waitFor();
    await payer.page.goto(`${program.url}/`);
    await payer.press('Continue Library fee');
    await payer.sees('Your bank wants to see that it is you');
    await payer.judge('5 waits for the bank');
    await payer.press('Cancel the payment');

    await payer.sees('The payment was cancelled');
    expect(await charges(20_401)).toEqual([]);
  });

  it('says that the gateway does not answer, and that nothing was saved', async () => {
    await payer.signIn(subject);
    await payer.press('Payment methods');
    await fault('answer_503', 'POST /v1/*', { times: '4' });

    await payer.press('Add a card');

    await payer.sees('That did not work');
    await payer.page
      .getByText(/does not answer\. Nothing was saved; try again\. Please wait \d+ s first/)
      .waitFor();
    await payer.judge('6 gateway does not answer');
  });

  it('offers no more instalments than the school allows', async () => {
    await program.invoiceFor(subject, 'Library fee', 20_501);
    await payer.signIn(subject);
    await payer.opens('Library fee');

    await payer.press('Pay in instalments instead');

    await payer.sees('Pay in instalments');
    expect(await payer.page.getByLabel('Instalments').locator('option').allInnerTexts()).toEqual(['2']);
    await payer.page.getByText('$102.51').waitFor();
  });

  it('asks to sign in again when the session has ended, and goes on where the payer was', async () => {
    await payer.signIn(subject);
    await payer.press('Payment methods');
    await payer.sees('Payment methods');
    await payer.page.evaluate(`sessionStorage.setItem('tokenkeep.token', 'not a token')`);

    await payer.page.reload();
    await payer.sees('Sign in');
    await payer.page.getByText('Your session has ended').waitFor();
    await payer.page.getByLabel('Somebody else').fill(subject);
    await payer.press('Sign in');

    await payer.sees('Payment methods');
  });

  it('loads nothing from elsewhere, and these tests would notice', async () => {
    await payer.signIn(subject);

    await payer.page.evaluate(`document.body.append(
      Object.assign(document.createElement('img'), { src: 'https://elsewhere.invalid/picture.png', alt: '' }))`);
    await payer.page.waitForTimeout(200);

    expect(payer.complaints.splice(0).join('\n')).toContain('policyviolation img-src');
  });

  it('can be used by the keyboard alone', async () => {
    await hasCardAndInvoice(20_701);
    const { keyboard } = payer.page;

    await payer.page.goto(`${program.url}/`);
    await payer.sees('Invoices');
    await payer.tabsTo('Skip to content');
    await payer.tabsTo('Pay Library fee');
    await keyboard.press('Enter');
    await payer.sees('Pay this invoice');
    await payer.tabsTo('Pay $207.01');
    await keyboard.press('Enter');
    await payer.sees('Payment received');

    expect((await payer.focus()).text).toBe('Payment received'); // a screen reader reads on from the outcome
  });
});
