import { send } from './api.js';
import { auditScreen } from './audit-entries.js';
import { button, focusOn, h, notice } from './dom.js';
import { failed, textOf } from './failed.js';
import { goToIssuer } from './issuer.js';
import { reload } from './places.js';
import { beginSession, endSession, nameOf, takeNote, tokenOf } from './session.js';
import { loadSettings, settings } from './settings.js';

/** The auditor's page: the list, or the way to sign in. */
async function show(): Promise<void> {
  const main = document.querySelector('main')!;
  try {
    await loadSettings();
    main.replaceChildren(...(tokenOf() ? auditScreen() : signInScreen()));
  } catch (error) {
    main.replaceChildren(notice('bad', 'The page cannot show this', h('p', {}, textOf(error))));
  }
  main.removeAttribute('aria-busy');
  const token = tokenOf();
  document.querySelector<HTMLElement>('#who')!.hidden = token === null;
  document.querySelector('#name')!.textContent = token ? nameOf(token) : '';
}

function signInScreen(): Node[] {
  const { signIn } = settings();
  const note = takeNote();
  const heading = [
    h('h1', { tabindex: -1 }, 'Sign in as an auditor'),
    ...(note ? [h('p', { class: 'empty', role: 'status' }, note)] : []),
  ];
  if (signIn.kind === 'issuer') {
    const go = () => {
      history.replaceState(null, '', '#/audit'); // where the issuer's answer leads back to
      return goToIssuer(signIn).catch(failed);
    };
    return [...heading, h('p', { class: 'actions' }, button('Sign in', go))];
  }
  if (signIn.kind === 'none')
    return [
      ...heading,
      notice(
        'note',
        'Nobody can sign in here yet',
        h('p', {}, 'The operator has to set AUTH_ISSUER, AUTH_AUDIENCE and AUTH_CLIENT_ID.'),
      ),
    ];
  const begin = async () => {
    const body = { subject: 'olga', role: 'auditor' };
    const { token } = await send<{ token: string }>('/dev/tokens', { method: 'POST', body });
    beginSession(token);
    reload();
  };
  return [
    ...heading,
    h('p', {}, 'This is a development installation: anybody may be an auditor.'),
    h(
      'p',
      { class: 'actions' },
      button('Sign in as Olga, auditor', () => begin().catch(failed)),
    ),
  ];
}

document.querySelector('#sign-out')!.addEventListener('click', () => {
  endSession('You are signed out.');
  reload();
});
document.querySelector('#skip')!.addEventListener('click', (event) => {
  event.preventDefault();
  focusOn(document.querySelector('main'));
});
addEventListener('hashchange', () => void show());

void show();
