import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.js';
import { startIssuer, type TestIssuer } from './issuer.js';
import { Payer } from './payer.js';
import { type Program, startProgram } from './program.js';

describe("signing in to the payer's page by an OpenID Connect issuer", () => {
  let issuer: TestIssuer;
  let program: Program;
  let browser: Browser;

  beforeAll(async () => {
    issuer = await startIssuer();
    [browser, program] = await Promise.all([
      launchBrowser(),
      startProgram({
        AUTH_ISSUER: issuer.url,
        AUTH_AUDIENCE: issuer.audience,
        AUTH_CLIENT_ID: issuer.clientId,
      }),
    ]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await program?.stop();
    await issuer?.stop();
  });

  it('sends the payer to the issuer and back to where they were going, with a token that the API takes', async () => {
    const payer = await Payer.arrive(browser, program.url, 'issuer');
    await payer.page.goto(`${program.url}/#/wallet`);
    await payer.sees('Sign in');
    await payer.judge('1 sign in');

    await payer.press('Sign in');

    await payer.sees('Payment methods');
    await payer.page.getByText('Grace Hopper').waitFor();
    expect(payer.page.url()).toBe(`${program.url}/#/wallet`); // neither code nor state is left in the address
    expect(payer.complaints).toEqual([]);
    await payer.leave();
  });

  it('takes no answer that was not asked for in this tab', async () => {
    const payer = await Payer.arrive(browser, program.url, 'issuer');

    await payer.page.goto(`${program.url}/?code=stolen&state=made-up`);

    await payer.page.getByText('This sign-in was not begun in this tab').waitFor();
    expect(payer.page.url()).toBe(`${program.url}/`);
    await payer.leave();
  });
});
