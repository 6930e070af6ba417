import { button } from './button.js';
import { fieldsScreen } from './card-fields.js';
import { focusOn, h, notice } from './dom.js';
import { isSignedOut, textOf } from './failed.js';
import { invoiceScreen } from './invoice.js';
import { invoicesScreen } from './invoices.js';
import { currentPlace, places, reload } from './places.js';
import { newPlanScreen } from './plan-form.js';
import { planScreen, plansScreen } from './plans.js';
import { receiptScreen } from './receipt.js';
import { replaceScreen } from './replace.js';
import { takeReturn } from './returning.js';
import type { Screen, Show } from './screen.js';
import { endSession, expireSession, nameOf, tokenOf } from './session.js';
import { loadSettings } from './settings.js';
import { cancelledSetupScreen, setupScreen } from './setup-return.js';
import { signInScreen } from './sign-in.js';
import { verifyScreen } from './verify.js';
import { walletScreen } from './wallet.js';

const SITE = 'Tokenkeep';

let leave = new AbortController();
let isFirst = true;

/** Shows the place that the address names. Whatever was going on in the place before ends. */
async function show(): Promise<void> {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const main = document.querySelector('main')!;
  main.setAttribute('aria-busy', 'true');
  const screen = await screenAt(signal);
  if (signal.aborted) return;

  main.replaceChildren(...screen.content.filter((it) => it !== null));
  main.removeAttribute('aria-busy');
  screen.shown?.();
  document.title = `${screen.title} – ${SITE}`;
  showWho(screen.section);
  // Where the place begins; but not over what the page itself has moved the focus to, nor when it is first opened.
  if (!isFirst || currentPlace().length > 0)
    focusOn(main.querySelector('.notice h2') ?? main.querySelector('h1'));
  isFirst = false;
}

async function screenAt(signal: AbortSignal): Promise<Screen> {
  try {
    await loadSettings();
    await takeReturn();
    return await showOf(currentPlace())(signal);
  } catch (error) {
    if (!isSignedOut(error)) return troubleScreen(error);
    expireSession();
    return signInScreen();
  }
}

function showOf([first, second, third]: string[]): Show {
  if (!tokenOf()) return signInScreen;
  if (first === 'audit' || first === 'operations') return () => openPage(`/${first}`);
  if (first === undefined) return invoicesScreen;
  if (first === 'invoices' && second)
    return third === 'plan' ? () => newPlanScreen(second) : (signal) => invoiceScreen(second, signal);
  if (first === 'plans') return second ? () => planScreen(second) : plansScreen;
  if (first === 'receipts' && second) return () => receiptScreen(second);
  if (first === 'wallet' && second === 'add')
    return () => fieldsScreen(third === 'bank-account' ? 'us_bank_account' : 'card');
  if (first === 'wallet' && second && third === 'replace') return () => replaceScreen(second);
  if (first === 'wallet' && second && third === 'verify') return () => verifyScreen(second);
  if (first === 'wallet') return walletScreen;
  if (first === 'setups' && second)
    return third === 'cancelled' ? cancelledSetupScreen : () => setupScreen(second);
  return async () => troubleScreen(new Error('There is nothing at this address.'));
}

/** Back from the issuer, which knows one return address: the auditors' and the operators' pages are pages of their own. */
function openPage(address: string): Promise<Screen> {
  location.replace(address);
  return new Promise(() => undefined);
}

function troubleScreen(error: unknown): Screen {
  return {
    title: 'That did not work',
    section: null,
    content: [
      h('h1', { tabindex: -1 }, 'That did not work'),
      notice('bad', 'The page cannot show this', h('p', {}, textOf(error))),
      h(
        'p',
        { class: 'actions' },
        button('Try again', reload),
        h('a', { class: 'button second', href: places.invoices }, 'Your invoices'),
      ),
    ],
  };
}

/** The navigation and the name, once somebody is signed in. */
function showWho(section: Screen['section']): void {
  const token = tokenOf();
  document.querySelector<HTMLElement>('#who')!.hidden = token === null;
  document.querySelector('#name')!.textContent = token ? nameOf(token) : '';
  for (const link of document.querySelectorAll('nav a')) {
    if (link.getAttribute('data-section') === section) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

document.querySelector('#sign-out')!.addEventListener('click', () => {
  endSession('You are signed out.');
  reload();
});
document.querySelector('#skip')!.addEventListener('click', (event) => {
  event.preventDefault(); // the part after `#` is a place, not an anchor
  focusOn(document.querySelector('main'));
});
addEventListener('hashchange', () => void show());
// Back from the gateway by the browser's own button: what was kept of the page may be hours old.
addEventListener('pageshow', (event) => event.persisted && reload());

void show();
