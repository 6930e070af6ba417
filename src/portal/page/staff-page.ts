import { send } from './api.js';
import { button } from './button.js';
import { focusOn, h, notice } from './dom.js';
import { textOf } from './failed.js';
import { goToIssuer } from './issuer.js';
import { reload } from './places.js';
import { beginSession, endSession, nameOf, takeNote, tokenOf } from './session.js';
import { loadSettings, settings } from './settings.js';

/** A page for people who work here: what it shows once they are signed in, and who they may be in development. */
export interface StaffPage {
  /** `an auditor`. */
  role: string;
  /** Where the issuer's answer leads back to, through the payer's page. */
  place: string;
  people: { subject: string; role: string; name: string }[];
  /** The same nodes as before are left where they are. */
  content: () => Node[];
}

export function startStaffPage(page: StaffPage): void {
  document.querySelector('#sign-out')!.addEventListener('click', () => {
    endSession('You are signed out.');
    reload();
  });
  document.querySelector('#skip')!.addEventListener('click', (event) => {
    event.preventDefault();
    focusOn(document.querySelector('main'));
  });
  addEventListener('hashchange', () => void show(page));
  void show(page);
}

async function show(page: StaffPage): Promise<void> {
  const main = document.querySelector('main')!;
  try {
    await loadSettings();
    const content = tokenOf() ? page.content() : signInScreen(page);
    if (main.firstChild !== content[0]) main.replaceChildren(...content);
  } catch (error) {
    main.replaceChildren(notice('bad', 'The page cannot show this', h('p', {}, textOf(error))));
  }
  main.removeAttribute('aria-busy');
  const token = tokenOf();
  document.querySelector<HTMLElement>('#who')!.hidden = token === null;
  document.querySelector('#name')!.textContent = token ? nameOf(token) : '';
}

function signInScreen({ role, place, people }: StaffPage): Node[] {
  const { signIn } = settings();
  const note = takeNote();
  const heading = [
    h('h1', { tabindex: -1 }, `Sign in as ${role}`),
    ...(note ? [h('p', { class: 'empty', role: 'status' }, note)] : []),
  ];
  if (signIn.kind === 'issuer') {
    const go = () => {
      history.replaceState(null, '', place);
      return goToIssuer(signIn);
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
  return [
    ...heading,
    h('p', {}, `This is a development installation: anybody may be ${role}.`),
    h(
      'p',
      { class: 'actions' },
      ...people.map((person) => button(`Sign in as ${person.name}`, () => signInAs(person))),
    ),
  ];
}

async function signInAs({ subject, role }: StaffPage['people'][number]): Promise<void> {
  const { token } = await send<{ token: string }>('/dev/tokens', { method: 'POST', body: { subject, role } });
  beginSession(token);
  reload();
}
