import { api } from './api.js';
import { button } from './button.js';
import { h, notice } from './dom.js';
import { failed } from './failed.js';
import { goToIssuer } from './issuer.js';
import { reload } from './places.js';
import type { Screen } from './screen.js';
import { beginSession, takeNote } from './session.js';
import { settings } from './settings.js';

/** Who exists from the start wherever development tokens are allowed; any other name becomes somebody new. */
const STUDENTS = [
  { subject: 'ada', name: 'Ada Okafor' },
  { subject: 'ben', name: 'Ben Lindqvist' },
  { subject: 'chiara', name: 'Chiara Russo' },
];

export async function signInScreen(): Promise<Screen> {
  const note = takeNote();
  return {
    title: 'Sign in',
    section: null,
    content: [
      h('h1', { tabindex: -1 }, 'Sign in'),
      note === null ? null : h('p', { class: 'empty', role: 'status' }, note),
      ...ways(),
    ],
  };
}

function ways(): HTMLElement[] {
  const { signIn } = settings();
  if (signIn.kind === 'development') return development();
  if (signIn.kind === 'issuer')
    return [h('p', {}, 'You sign in with your school account.'), issuerButton(signIn)];
  return [
    notice(
      'note',
      'Nobody can sign in here yet',
      h('p', {}, 'The operator has to set AUTH_ISSUER, AUTH_AUDIENCE and AUTH_CLIENT_ID for this page.'),
    ),
  ];
}

function issuerButton(issuer: Parameters<typeof goToIssuer>[0]): HTMLElement {
  return h(
    'p',
    { class: 'actions' },
    button('Sign in', () => goToIssuer(issuer)),
  );
}

function development(): HTMLElement[] {
  const input = h('input', {
    id: 'subject',
    name: 'subject',
    pattern: '[a-z][a-z0-9\\-]*',
    maxlength: 63,
    required: true,
    autocomplete: 'off',
    autocapitalize: 'none',
    spellcheck: 'false',
    'aria-describedby': 'subject-hint',
  });
  const form = h(
    'form',
    { class: 'inline-form' },
    h('label', { for: 'subject' }, 'Somebody else'),
    h('p', { class: 'quiet', id: 'subject-hint' }, 'A name in lower-case letters, digits and hyphens.'),
    h('div', { class: 'row' }, input, h('button', { type: 'submit', class: 'button second' }, 'Sign in')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void signInAs(input.value);
  });
  return [
    h('p', {}, 'This is a development installation: choose who you want to be.'),
    h(
      'ul',
      { class: 'cards people' },
      ...STUDENTS.map(({ subject, name }) =>
        h(
          'li',
          {},
          button(name, () => signInAs(subject), { class: 'button person' }),
        ),
      ),
    ),
    form,
  ];
}

async function signInAs(subject: string): Promise<void> {
  try {
    const { token } = await api.developmentToken(subject);
    beginSession(token);
    reload();
  } catch (error) {
    await failed(error);
  }
}
