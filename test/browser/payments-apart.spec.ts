import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { Api } from '../support/api.js';
import { payerIdOf } from '../support/given.js';
import { startTwoPrograms, type TwoPrograms } from '../support/two-programs.js';
import { launchBrowser } from './browser.js';
import { Payer } from './payer.js';

// https://docs.stripe.com/testing
const GOOD = '4242424242424242';

let programs: TwoPrograms;
let browser: Browser;
beforeAll(async () => {
  [programs, browser] = await Promise.all([startTwoPrograms(), launchBrowser()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await programs?.stop();
});

it('takes a payer to a paid invoice where payments are a program of their own', async () => {
  const { application, sandbox } = programs;
  const finance = await Api.signIn(application.url, 'finance', 'bursar');
  const payerId = payerIdOf(await Api.signIn(application.url, 'payer', 'student-apart'));
  await finance.postOnce('/v1/invoices', {
    payerId,
    kind: 'fee',
    description: 'Library fee',
    amountMinor: 10_123,
    currency: 'USD',
    dueOn: '2099-09-01',
  });
  const payer = await Payer.arrive(browser, application.url, 'process');

  await payer.signIn('student-apart');
  await payer.press('Pay Library fee');
  await payer.press('Add a card');
  await payer.typesAtGateway(GOOD);
  await payer.sees('Card saved');
  await payer.press('Continue to payment');
  await payer.press('Pay $101.23');
  await payer.sees('Payment received');
  await payer.press('Your invoices');
  await payer.control('Receipt Library fee').waitFor();

  const charges = (await sandbox.ledger()).filter(({ type }) => type === 'charge.succeeded');
  expect(charges).toEqual([expect.objectContaining({ amount: 10_123 })]);
  expect(await payer.originsThatGot(GOOD)).toEqual([sandbox.address]);
  expect(payer.complaints).toEqual([]);
}, 60_000);
