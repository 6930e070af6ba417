import { mkdir } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Browser, BrowserContext, Locator, Page, Request } from 'playwright-core';
import type { GatewayName } from '../support/gateways.js';
import { FIELDS } from './fields.js';

const SCREENSHOTS = join(import.meta.dirname, 'screenshots');
const AXE = readFileSync(join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8');

/** The looks that a screen is judged in: both widths and both colour schemes, as what depends on one does not on the other. */
const LOOKS = [
  { name: 'desktop light', width: 1100, colorScheme: 'light' },
  { name: 'phone dark', width: 320, colorScheme: 'dark' },
] as const;

/** More than any screen has. */
const TABS_MAX = 30;

interface Sent {
  url: string;
  origin: string;
  everything: string;
}

interface AxeResult {
  id: string;
  impact: string | null;
  help: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** A payer before a browser. What the browser sends and complains of is recorded from the first moment on. */
export class Payer {
  readonly sent: Sent[] = [];
  readonly complaints: string[] = [];
  private readonly reading: Promise<void>[] = [];

  private constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    private readonly url: string,
    private readonly profile: string,
    private readonly gateway: GatewayName,
  ) {
    context.on('request', (request) => this.reading.push(this.record(request)));
    page.on('pageerror', (error) => this.complaints.push(`error: ${error.message}`));
    page.on('console', (message) => {
      // A decline or a conflict is an answer with an error status, of which the browser tells by itself.
      if (/Content Security Policy|policyviolation|Trusted/i.test(message.text()))
        this.complaints.push(`console: ${message.text()}`);
    });
  }

  static async arrive(
    browser: Browser,
    url: string,
    profile: string,
    gateway: GatewayName = 'stripe',
  ): Promise<Payer> {
    const context = await browser.newContext({
      locale: 'en-US',
      timezoneId: 'America/New_York', // where midnight in UTC is the day before
      viewport: { width: 1100, height: 900 },
    });
    context.setDefaultTimeout(8_000);
    await context.addInitScript(
      `addEventListener('securitypolicyviolation', (event) =>
        console.error('policyviolation ' + event.violatedDirective + ' ' + event.blockedURI))`,
    );
    return new Payer(await context.newPage(), context, url, profile, gateway);
  }

  async leave(): Promise<void> {
    await this.context.close();
  }

  // ── what a payer does ─────────────────────────────────────────────────────────────────────────────────────────────

  async signIn(subject: string): Promise<void> {
    await this.page.goto(this.url);
    await this.page.getByLabel('Somebody else').fill(subject);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.sees('Invoices');
  }

  /** Presses a button or follows a link by its name. */
  async press(name: string | RegExp): Promise<void> {
    await this.control(name).click();
  }

  control(name: string | RegExp): Locator {
    const { page } = this;
    const exact = typeof name === 'string';
    return page.getByRole('button', { name, exact }).or(page.getByRole('link', { name, exact }));
  }

  async sees(heading: string | RegExp): Promise<void> {
    const exact = typeof heading === 'string';
    await this.page.getByRole('heading', { name: heading, exact }).waitFor();
  }

  /** Opens an invoice from the list and presses Pay in it. */
  async paysInvoice(description: string): Promise<void> {
    await this.opens(description);
    await this.press(/^Pay \$/);
  }

  async opens(description: string): Promise<void> {
    await this.press('Invoices');
    await this.press(`Pay ${description}`);
    await this.sees(description);
  }

  /** Types a card into the gateway's own page. */
  async typesAtGateway(number: string): Promise<void> {
    const { page } = this;
    await page.getByLabel('Card number').fill(number);
    await page.getByLabel('Expiry').fill('12 / 34');
    await page.getByLabel('Security code').fill('737');
    await page.getByRole('button', { name: 'Save card' }).click();
  }

  /** Types a card into the gateway's fields in our page. */
  async typesIntoFields(number: string): Promise<void> {
    const typed = [number, '12 / 34', '737'];
    for (const [index, field] of FIELDS[this.gateway].in(this.page).entries())
      await field.fill(typed[index]!);
    await this.press('Save card');
  }

  async fieldsAreThere(): Promise<void> {
    for (const field of FIELDS[this.gateway].in(this.page)) await field.waitFor();
  }

  /** Answers the page of the card's bank: in the window, or in a frame that the gateway's script lays over ours. */
  async answersIssuer(
    answer: 'Complete authentication' | 'Fail authentication',
    { inFrame = false } = {},
  ): Promise<void> {
    const { page } = this;
    const where = inFrame ? page.frameLocator('iframe[src*="/authentications/"]') : page;
    await where.getByRole('button', { name: answer }).click();
  }

  /** Moves by the Tab key alone until the focus is on this, visibly. */
  async tabsTo(name: string): Promise<void> {
    for (let pressed = 0; pressed < TABS_MAX; pressed++) {
      await this.page.keyboard.press('Tab');
      const focus = await this.focus();
      if (focus.text !== name) continue;
      expect(focus.outline).not.toBe('none');
      return;
    }
    throw new Error(`The Tab key does not get to '${name}'`);
  }

  async focus(): Promise<{ text: string; outline: string }> {
    return this.page.evaluate(`(() => {
      const at = document.activeElement;
      const text = at.getAttribute('aria-label') ?? (at.innerText || at.value || '');
      return { text: text.replace(/\\s+/g, ' ').trim(), outline: getComputedStyle(at).outlineStyle };
    })()`);
  }

  // ── what is judged ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Looks at the screen in every look: a screenshot, nothing that sticks out, no serious finding of axe-core. */
  async judge(name: string): Promise<void> {
    const { page } = this;
    await mkdir(SCREENSHOTS, { recursive: true });
    const before = page.viewportSize();
    for (const { name: look, width, colorScheme } of LOOKS) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({
        path: join(SCREENSHOTS, `${this.profile} ${name} ${look}.png`),
        fullPage: true,
      });
      const overflow = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect({ name, look, overflow, findings: await this.findings() }).toEqual({
        name,
        look,
        overflow: 0,
        findings: [],
      });
    }
    await page.emulateMedia({ colorScheme: null, reducedMotion: null });
    if (before) await page.setViewportSize(before);
  }

  private async findings(): Promise<string[]> {
    if (!(await this.page.evaluate<boolean>(`'axe' in window`))) await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate<{ violations: AxeResult[] }>(
      `axe.run(document, { resultTypes: ['violations'] })`,
    );
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  /** Requests whose address, headers or body hold these digits, however they are spaced, as origins. */
  async originsThatGot(digits: string): Promise<string[]> {
    await Promise.all(this.reading);
    const spaced = new RegExp([...digits].join('[^0-9A-Za-z]{0,3}'));
    return [
      ...new Set(this.sent.filter(({ everything }) => spaced.test(everything)).map(({ origin }) => origin)),
    ];
  }

  private async record(request: Request): Promise<void> {
    const url = request.url();
    const headers = await request.allHeaders().catch(() => request.headers());
    const body = request.postDataBuffer()?.toString('utf8') ?? '';
    const everything = [decoded(url), decoded(body), JSON.stringify(headers)].join('\n');
    this.sent.push({ url, origin: new URL(url).origin, everything });
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
