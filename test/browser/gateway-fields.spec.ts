import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import type { GatewayName } from '../support/gateways.js';
import { launchBrowser } from './browser.js';
import { Payer } from './payer.js';
import { type Program, startProgram } from './program.js';

// https://docs.stripe.com/testing
const GOOD = '4242424242424242';
const REFUSED = '4000000000000002';
const WANTS_TO_SEE_THE_PAYER = '4000000000003220';
const ACCOUNT = '000123456789';

/** Gateways whose fields are frames in our page, one for each field. */
const GATEWAYS = [
  {
    gateway: 'braintree',
    environment: {},
    bankAccounts: false, // for which Braintree has no fields
  },
  {
    gateway: 'adyen',
    environment: { PAYMENT_FIELDS: 'embedded' },
    bankAccounts: true,
  },
] as const;

const TOO_MANY = {
  status: 429,
  headers: { 'retry-after': '1' },
  json: { code: 'rate_limited', detail: 'Too many tries.' },
};

let browser: Browser;
const programs = new Map<GatewayName, Program>();
beforeAll(async () => {
  const start = async ({ gateway, environment }: (typeof GATEWAYS)[number]): Promise<void> => {
    programs.set(gateway, await startProgram(environment, gateway));
  };
  [browser] = await Promise.all([launchBrowser(), ...GATEWAYS.map(start)]);
}, 60_000);
afterAll(async () => {
  await Promise.all([browser?.close(), ...[...programs.values()].map((it) => it.stop())]);
});

let payer: Payer;
afterEach(async () => {
  expect(payer.complaints).toEqual([]);
  await payer.leave();
});

async function arrives(gateway: GatewayName, subject: string): Promise<void> {
  payer = await Payer.arrive(browser, programs.get(gateway)!.url, 'fields', gateway);
  await payer.signIn(subject);
}

const main = () => payer.page.locator('main').innerText();

describe.each(GATEWAYS)('in the fields of $gateway', ({ gateway, bankAccounts }) => {
  it('a card is saved, whose digits only the gateway gets, and an invoice is paid with it', async () => {
    const program = programs.get(gateway)!;
    await program.invoiceFor('student-1', 'Library fee', 10_123);
    await arrives(gateway, 'student-1');
    await payer.press('Pay Library fee');
    await payer.press('Add a card');
    await payer.typesIntoFields(REFUSED);
    await payer.page.getByText('The card could not be saved. Check it and try again.').waitFor();

    await payer.page.route('**/completions', (route) => route.fulfill(TOO_MANY), { times: 1 });
    await payer.typesIntoFields(GOOD);
    await payer.sees('That did not work');
    await payer.page.getByText('Too many tries. Please wait 1 s first.').waitFor();
    await payer.press('Save card');
    await payer.sees('Card saved');
    await payer.press('Continue to payment');
    await payer.press('Pay $101.23');

    await payer.sees('Payment received');
    expect(await payer.page.locator('.receipt').innerText()).toMatch(/\$101\.23[^]*Visa ending in 4242/);
    const charges = (await program.sandbox.ledger()).filter((it) => it.type === 'charge.succeeded');
    expect(charges).toMatchObject([{ amount: 10_123 }]);
    expect(await payer.originsThatGot(GOOD)).toEqual([program.sandbox.address]);

    await payer.press('Payment methods');
    await payer.page.getByRole('button', { name: 'Remove Visa ending in 4242' }).waitFor();
    expect((await main()).includes('Add a bank account')).toBe(bankAccounts);
  }, 60_000);
});

describe('with Adyen', () => {
  it('a card is saved once its bank has seen the payer, who leaves our page for it and comes back', async () => {
    await arrives('adyen', 'student-2');
    await payer.press('Payment methods');
    await payer.press('Add a card');
    await payer.typesIntoFields(WANTS_TO_SEE_THE_PAYER);
    await payer.answersIssuer('Fail authentication');
    await payer.sees('No card was saved');

    await payer.press('Add a card');
    await payer.typesIntoFields(WANTS_TO_SEE_THE_PAYER);
    await payer.answersIssuer('Complete authentication');

    await payer.sees('Card saved');
    expect(await main()).toContain('3220');
  }, 60_000);

  it('a bank account is given on its own page, once the payer has agreed to be debited', async () => {
    const program = programs.get('adyen')!;
    await arrives('adyen', 'student-3');
    await payer.press('Payment methods');
    await payer.press('Add a bank account');
    await payer.sees('Before you go on');
    expect(await payer.page.locator('dialog').innerText()).toContain(
      'You authorise us to debit this bank account',
    );
    await payer.judge('60 mandate');
    await payer.press('Cancel');
    await payer.press('Add a bank account');
    await payer.press('Agree and go on');

    await payer.page.getByLabel('Account holder').fill('Ada Okafor');
    await payer.page.getByLabel('Routing number').fill('110000000');
    await payer.page.getByLabel('Account number').fill(ACCOUNT);
    await payer.press('Save bank account');

    await payer.sees('Bank account saved');
    expect(await main()).toContain('6789');
    expect(await payer.originsThatGot(ACCOUNT)).toEqual([program.sandbox.address]);
  }, 60_000);
});
