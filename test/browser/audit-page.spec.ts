import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { Api } from '../support/api.js';
import { launchBrowser } from './browser.js';
import { type Program, startProgram } from './program.js';

const AXE = join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js');

let program: Program;
let browser: Browser;
beforeAll(async () => {
  [program, browser] = await Promise.all([startProgram({}), launchBrowser()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await program?.stop();
});

async function auditorsPage(): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(`${program.url}/audit`);
  await page.getByRole('button', { name: 'Sign in as Olga, auditor' }).click();
  await page.getByRole('heading', { name: 'Audit log' }).waitFor();
  await page.getByText('the newest first').first().waitFor();
  return { page, complaints };
}

describe("the auditor's page", () => {
  it('lists, narrows and tells more about entries, and can be read by everybody', async () => {
    const finance = await Api.signIn(program.url, 'finance', 'fay');
    await finance.get('/v1/payments');
    await finance.get('/v1/disputes');
    const { page, complaints } = await auditorsPage();

    await page.getByLabel('Action', { exact: true }).fill('dispute.listed');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByText('1 entry, the newest first').first().waitFor();

    const row = page.getByRole('row').nth(1);
    expect(await row.innerText()).toContain('urn:tokenkeep:development|fay');
    await row.getByText('Details').click();
    expect(await row.innerText()).toContain('requestId');

    await page.screenshot({ path: join(import.meta.dirname, 'screenshots/audit-page.png'), fullPage: true });
    await page.evaluate(await readFile(AXE, 'utf8'));
    const wrong = await page.evaluate('axe.run().then(({ violations }) => violations.map(({ id }) => id))');
    expect(wrong).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('downloads what is shown', async () => {
    const { page } = await auditorsPage();

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);

    expect(download.suggestedFilename()).toBe('audit-entries.csv');
    expect(await readFile(await download.path(), 'utf8')).toMatch(/^position,id,occurredAt,kind,actor/);
    await page.close();
  });

  it('tells somebody who is no auditor that they may not', async () => {
    const page = await browser.newPage();
    await page.goto(`${program.url}/audit`);
    const { token } = await Api.signIn(program.url, 'finance', 'fay');
    await page.evaluate(`sessionStorage.setItem('tokenkeep.token', ${JSON.stringify(token)})`);
    await page.reload();

    await page.getByText('Your role does not allow this call.').waitFor();

    await page.close();
  });
});
