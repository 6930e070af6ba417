import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { Api, type Body } from '../support/api.js';
import { savedCardAt } from '../support/given.js';
import { launchBrowser } from './browser.js';
import { type Program, startProgram } from './program.js';

const AXE = join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js');
const SUMMARY = '**/v1/operations/summary*';
/** A little more than the page waits between two looks. */
const A_LOOK_MS = 16_000;

let program: Program;
let browser: Browser;
beforeAll(async () => {
  [program, browser] = await Promise.all([
    startProgram({ RETURN_URL_ORIGINS: 'http://127.0.0.1:3000' }),
    launchBrowser(),
  ]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await program?.stop();
});

async function operationsPage(person = 'Otto, operator'): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.clock.install();
  await page.goto(`${program.url}/operations`);
  await page.getByRole('button', { name: `Sign in as ${person}` }).click();
  await page.getByText('looked at again every 15 s').waitFor();
  return { page, complaints };
}

/** Clicks nobody makes here: the payer pays over the API. */
async function pays(amountMinor: number, card?: string): Promise<Body> {
  const payer = await Api.signIn(program.url, 'payer', 'ada-of-operations');
  const { id: paymentMethodId } = await savedCardAt(program.sandbox, payer, card);
  await program.invoiceFor(payer.subject, 'A fee', amountMinor);
  const { data } = (await payer.get('/v1/invoices')).body;
  const { id } = data.find((it: Body) => it.status === 'open' && it.amountMinor === amountMinor);
  const { status, body } = await payer.postOnce(`/v1/invoices/${id}/payments`, { paymentMethodId });
  expect(status).toBe(201);
  return body;
}

/** Leaves a payment whose outcome the gateway does not tell. */
async function paysIntoTheUnknown(): Promise<Body> {
  const on = 'POST /v1/payment_intents/*/confirm';
  await program.sandbox.breaks({ does: 'answer_500', on, times: 9 });
  const payment = await pays(9_900, 'pm_card_mastercard');
  await program.sandbox.worksAgain();
  return payment;
}

/** A day goes by, and nobody has said how it ended. */
async function isADayOld({ id }: Body): Promise<void> {
  await program.sql(
    `UPDATE payments.payment SET created_at = created_at - interval '25 hours' WHERE id = $1`,
    [id],
  );
}

const judged = async (page: Page, name: string): Promise<void> => {
  await page.screenshot({
    path: join(import.meta.dirname, `screenshots/operations-${name}.png`),
    fullPage: true,
  });
  await page.evaluate(await readFile(AXE, 'utf8'));
  const wrong = await page.evaluate(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + " " + nodes[0].html))',
  );
  expect([name, wrong]).toEqual([name, []]);
  const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
  expect([name, overflow]).toEqual([name, 0]);
};

const chartOf = (page: Page) => page.locator('svg.chart');

describe("the operators' page", () => {
  it('says that there is nothing yet, draws each payment as it comes, and goes on when the service was away', async () => {
    const { page, complaints } = await operationsPage();
    await page.getByText('No payment was begun in this time.').waitFor();
    await page.getByText('Nothing needs a person.').waitFor();
    await judged(page, 'empty');
    expect(complaints).toEqual([]);

    await pays(5_000);
    await page.clock.fastForward(A_LOOK_MS);
    await page.locator('svg.chart .part.succeeded').waitFor();
    await page.getByText('Show the numbers as a table').click();
    await chartOf(page).evaluate((chart: { id: string }) => (chart.id = 'the-same'));

    await page.route(SUMMARY, (route) => route.abort());
    await page.clock.fastForward(A_LOOK_MS);
    await page.getByRole('heading', { name: /^What is shown is from/ }).waitFor();
    expect(await chartOf(page).getAttribute('aria-label')).toContain('1 succeeded');
    await judged(page, 'away');

    await pays(5_100);
    await page.unroute(SUMMARY);
    await page.getByRole('button', { name: 'Ask now' }).click();
    await page.getByRole('heading', { name: /^What is shown is from/ }).waitFor({ state: 'detached' });
    expect(await chartOf(page).getAttribute('aria-label')).toContain('2 succeeded');
    expect(await chartOf(page).getAttribute('id')).toBe('the-same'); // nothing that somebody reads is moved
    expect(await page.getByRole('table', { name: /^Payments of the last/ }).isVisible()).toBe(true);
    await page.context().close();
  });

  it('leads from a number to what it counts and the command for it, in light and dark, on a phone and a desktop', async () => {
    await pays(5_200, 'pm_card_chargeCustomerFail');
    const unknown = await paysIntoTheUnknown();
    const { page, complaints } = await operationsPage('Fay, finance');

    expect(await chartOf(page).getAttribute('aria-label')).toContain(
      '2 succeeded, 1 failed, 1 not known yet',
    );
    await isADayOld(unknown);
    await page.clock.fastForward(A_LOOK_MS);
    await page.getByRole('link', { name: 'Unknown payments: 1' }).waitFor();
    expect(await page.getByRole('row', { name: /^Declined by the bank 1/ }).count()).toBe(1);
    expect(await page.getByRole('row', { name: 'USD charged $101.00' }).count()).toBe(1);
    for (const colorScheme of ['light', 'dark'] as const)
      for (const [size, width] of Object.entries({ desktop: 1280, phone: 320 })) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        await judged(page, `${size}-${colorScheme}`);
      }

    await page.getByRole('link', { name: 'Unknown payments: 1' }).press('Enter');
    const focused = 'document.activeElement.textContent';
    expect(await page.evaluate(focused)).toBe('Payments whose outcome is unknown (1)');
    const command = `npm run cli -- payments recover ${unknown.id}`;
    await page.getByRole('button', { name: `Copy ${command}` }).press('Enter');
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(command);

    await page.getByRole('link', { name: `Payment ${unknown.id}` }).press('Enter');
    await page.getByRole('row', { name: /payment\.created/ }).waitFor();
    await judged(page, 'timeline');
    await page.getByRole('link', { name: 'Back to all payments' }).click();
    await page.getByRole('link', { name: '30 days' }).click();
    await page.getByRole('img', { name: /last 30 days/ }).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('tells somebody who is neither ops nor finance that they may not, and asks no more', async () => {
    const page = await browser.newPage();
    await page.goto(`${program.url}/operations`);
    const { token } = await Api.signIn(program.url, 'auditor', 'olga');
    await page.evaluate(`sessionStorage.setItem('tokenkeep.token', ${JSON.stringify(token)})`);
    await page.reload();

    await page.getByText('Your role does not allow this call.').waitFor();

    await page.close();
  });
});
