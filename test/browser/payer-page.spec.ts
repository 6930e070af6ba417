import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { itWhere, theGateway } from '../support/gateways.js';
import { launchBrowser } from './browser.js';
import { FIELDS } from './fields.js';
import { Payer } from './payer.js';
import { type Program, startProgram } from './program.js';

// https://docs.stripe.com/testing
const GOOD = '4242424242424242';
const GOOD_TOO = '5555555555554444';
const DECLINED_WHEN_CHARGED = '4000000000000341';
const ASKS_FOR_AUTHENTICATION = '4000002760003184';
const TYPED = [GOOD, GOOD_TOO, DECLINED_WHEN_CHARGED, ASKS_FOR_AUTHENTICATION];

const { gateway, flows } = theGateway;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 60_000);
afterAll(() => browser?.close());

describe.each(flows)("the payer's page with PAYMENT_FIELDS=%s", (fields) => {
  let program: Program;
  let payer: Payer;
  let subject: string;
  let people = 0;
  const profile = gateway === 'stripe' ? fields : `${gateway} ${fields}`; // as pictures are called

  beforeAll(async () => {
    program = await startProgram({ PAYMENT_FIELDS: fields }, gateway);
  }, 60_000);
  afterAll(() => program?.stop());

  beforeEach(async () => {
    subject = `student-${(people += 1)}`;
    payer = await Payer.arrive(browser, program.url, profile, gateway);
  });
  afterEach(async () => {
    try {
      expect(payer.complaints).toEqual([]);
      for (const digits of TYPED)
        expect(await payer.originsThatGot(digits)).not.toContain(new URL(program.url).origin);
    } finally {
      await payer.leave();
    }
  });

  async function typesCard(number: string): Promise<void> {
    if (fields === 'embedded') return payer.typesIntoFields(number);
    await agrees();
    await payer.typesAtGateway(number);
  }

  /** Before the gateway's page, where that page does not show what the payer agrees to. */
  async function agrees(): Promise<void> {
    if (!theGateway.showsMandate) await payer.press('Agree and go on');
  }

  async function savesCard(number: string, from = 'Add a card'): Promise<void> {
    await payer.press(from);
    await typesCard(number);
    const inFrame = fields === 'embedded' && FIELDS[gateway].laysBankOver;
    if (number === ASKS_FOR_AUTHENTICATION) await payer.answersIssuer('Complete authentication', { inFrame });
    await payer.sees('Card saved');
  }

  /** Has a card in the wallet, and an invoice that nobody else has the amount of. */
  async function hasCardAndInvoice(number: string, amountMinor: number): Promise<void> {
    await program.invoiceFor(subject, 'Library fee', amountMinor);
    await payer.signIn(subject);
    await payer.press('Payment methods');
    await savesCard(number);
  }

  /** All but the fields themselves are the same files in every profile: judged once. */
  const judge = async (screen: string) => (fields === flows[0] ? payer.judge(screen) : undefined);

  async function charges(amountMinor: number): Promise<unknown[]> {
    const ledger = await program.sandbox.ledger();
    return ledger.filter((it) => it.type === 'charge.succeeded' && it.amount === amountMinor);
  }

  it('takes a payer from the first visit to a paid invoice', async () => {
    await program.invoiceFor(subject, 'Library fee', 10_123);
    await payer.page.goto(program.url);
    await payer.sees('Sign in');
    await judge('1 sign in');
    await payer.signIn(subject);
    await judge('2 invoices');

    await payer.press('Pay Library fee');
    await payer.sees('Pay this invoice');
    await judge('3 invoice without a card');
    await payer.press('Add a card');
    if (fields === 'embedded') {
      await payer.fieldsAreThere();
      await payer.judge('4 fields');
    }
    await typesCard(GOOD);
    await payer.sees('Card saved');
    await judge('5 card saved');
    await payer.press('Continue to payment');
    await payer.control('Pay $101.23').waitFor();
    await judge('6 invoice');
    await payer.press('Pay $101.23');

    await payer.sees('Payment received');
    await judge('7 receipt');
    expect(await payer.page.locator('.receipt').innerText()).toMatch(/\$101\.23[^]*Visa ending in 4242/);
    expect(await charges(10_123)).toHaveLength(1);
    expect(await payer.originsThatGot(GOOD)).toEqual([program.sandbox.address]); // the recorder does see digits

    await payer.press('Your invoices');
    await payer.control('Receipt Library fee').waitFor();
    await judge('8 invoices paid');
  }, 60_000);

  it('says what to do about a declined card, and takes another one', async () => {
    await hasCardAndInvoice(DECLINED_WHEN_CHARGED, 10_201);

    await payer.paysInvoice('Library fee');
    await payer.sees('The payment did not go through');
    await judge('9 declined');
    await savesCard(GOOD_TOO, 'Add another card');
    await payer.press('Continue to payment');
    await payer.press('Pay $102.01');

    await payer.sees('Payment received');
    expect(await payer.page.locator('.receipt').innerText()).toContain('Mastercard ending in 4444');
  });

  itWhere(
    'sendsToBank',
    "goes to the bank's page where the bank wants to see the payer, and comes back to the receipt",
    async () => {
      await hasCardAndInvoice(ASKS_FOR_AUTHENTICATION, 10_301);

      await payer.paysInvoice('Library fee');
      await payer.answersIssuer('Complete authentication');

      await payer.sees('Payment received');
      expect(new URL(payer.page.url()).search).toBe(''); // what the bank put into the address is gone
      expect(await charges(10_301)).toHaveLength(1);
    },
  );

  itWhere('sendsToBank', 'charges nothing when the bank does not recognise the payer', async () => {
    await hasCardAndInvoice(ASKS_FOR_AUTHENTICATION, 10_401);

    await payer.paysInvoice('Library fee');
    await payer.answersIssuer('Fail authentication');

    await payer.sees('The payment did not go through');
    expect(await charges(10_401)).toEqual([]);
  });

  it('pays once, however fast Pay is pressed', async () => {
    await hasCardAndInvoice(GOOD, 10_501);
    await payer.opens('Library fee');

    await payer.control(/^Pay \$/).dblclick();

    await payer.sees('Payment received');
    expect(await charges(10_501)).toHaveLength(1);
  });

  it('pays once when the page is loaded again in the middle of it', async () => {
    await hasCardAndInvoice(GOOD, 10_601);
    await program.sandbox.breaks({ does: 'delay', on: theGateway.charges, delay_ms: 60_000 });

    await payer.paysInvoice('Library fee');
    await payer.sees(/^Paying/);
    await payer.page.reload();
    await program.sandbox.worksAgain();

    await payer.sees('Payment received');
    expect(await charges(10_601)).toHaveLength(1);
  });

  it('saves nothing when the payer turns back, and says so', async () => {
    await payer.signIn(subject);
    await payer.press('Payment methods');
    await payer.press('Add a card');
    await payer.page.getByText('You allow us to charge this card').waitFor(); // what saving it agrees to
    if (fields === 'redirect') {
      await agrees();
      await payer.page.getByLabel('Card number').waitFor();
      await payer.press('Cancel');
      await payer.sees('No card was saved');
      await judge('11 cancelled');
      await payer.press('Back');
    } else {
      await payer.fieldsAreThere();
      await payer.press('Cancel');
    }

    await payer.sees('Payment methods');
    await payer.page.getByText('No card is saved yet').waitFor();
  });

  it('changes the default, and removes a card after asking', async () => {
    await payer.signIn(subject);
    await payer.press('Payment methods');
    await savesCard(GOOD);
    await payer.press('Your payment methods');
    await savesCard(GOOD_TOO);
    await payer.press('Your payment methods');
    await payer.sees('Payment methods');
    await judge('12 wallet');

    await payer.press('Make default: Mastercard ending in 4444');
    await payer.control('Make default: Visa ending in 4242').waitFor();
    await payer.press('Remove Visa ending in 4242');
    await payer.sees('Remove Visa ending in 4242?');
    await judge('13 remove');
    await payer.press('Remove');

    await payer.control('Remove Visa ending in 4242').waitFor({ state: 'detached' });
    expect(await payer.page.locator('main').innerText()).toMatch(/Mastercard[^]*•••• 4444 Default/);
  });
});
