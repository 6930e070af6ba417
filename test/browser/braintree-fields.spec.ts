import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.js';
import { Payer } from './payer.js';
import { type Program, startProgram } from './program.js';

// https://docs.stripe.com/testing
const GOOD = '4242424242424242';
const REFUSED = '4000000000000002';

let browser: Browser;
let program: Program;
let payer: Payer;
beforeAll(async () => {
  [browser, program] = await Promise.all([launchBrowser(), startProgram({}, 'braintree')]);
  payer = await Payer.arrive(browser, program.url, 'braintree');
}, 60_000);
afterAll(async () => {
  await payer?.leave();
  await Promise.all([browser?.close(), program?.stop()]);
});

async function types(number: string): Promise<void> {
  const field = (name: string) =>
    payer.page.frameLocator(`iframe[title="Secure field: ${name}"]`).locator('input');
  await field('number').fill(number);
  await field('expirationDate').fill('12 / 34');
  await field('cvv').fill('737');
  await payer.press('Save card');
}

it("saves a card in Braintree's fields, whose digits only Braintree gets, and pays an invoice with it", async () => {
  await program.invoiceFor('student-1', 'Library fee', 10_123);
  await payer.signIn('student-1');
  await payer.press('Pay Library fee');
  await payer.press('Add a card');
  await types(REFUSED);
  await payer.page.getByText('The card could not be saved. Check it and try again.').waitFor();

  await types(GOOD);
  await payer.sees('Card saved');
  await payer.press('Continue to payment');
  await payer.press('Pay $101.23');

  await payer.sees('Payment received');
  expect(await payer.page.locator('.receipt').innerText()).toMatch(/\$101\.23[^]*Visa ending in 4242/);
  const charges = (await program.sandbox.ledger()).filter((it) => it.type === 'charge.succeeded');
  expect(charges).toMatchObject([{ amount: 10_123 }]);
  expect(await payer.originsThatGot(GOOD)).toEqual([program.sandbox.address]);
  expect(payer.complaints).toEqual([]);

  await payer.press('Payment methods');
  const wallet = await payer.page.locator('main').innerText();
  expect(wallet).toContain('Visa ending in 4242');
  expect(wallet).not.toContain('Add a bank account'); // for which Braintree has no fields
}, 60_000);
