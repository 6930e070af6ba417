import { api } from './api.js';
import { addBankAccountButton } from './add-card.js';
import { describe } from './describe.js';
import { announce, h, linkButton, notice } from './dom.js';
import { failed } from './failed.js';
import { dayOf } from './format.js';
import { go, places } from './places.js';
import type { Screen } from './screen.js';

/** The payer tells what arrived on their bank account: two amounts, or the code in the text of one deposit. */
export async function verifyScreen(methodId: string): Promise<Screen> {
  const [method, { data: setups }] = await Promise.all([api.method(methodId), api.setupsOf(methodId)]);
  const setup = setups.find((it) => it.verification !== null);
  const heading = h('h1', { tabindex: -1 }, 'Verify your bank account');
  const content = setup?.verification
    ? [
        heading,
        h('div', { class: 'card method' }, describe(method)),
        h(
          'p',
          {},
          `Tell us by ${dayOf(setup.verification.verifyBy)}. Tries left: ${setup.verification.attemptsLeft}.`,
        ),
        form(setup.id, setup.verification.ask),
      ]
    : [heading, nothingToVerify()];
  return { title: 'Verify your bank account', section: 'wallet', content };
}

function form(setupId: string, ask: 'amounts' | 'descriptor_code'): HTMLElement {
  const fields =
    ask === 'amounts'
      ? [
          field('first', 'First deposit, in cents', 'numeric'),
          field('second', 'Second deposit, in cents', 'numeric'),
        ]
      : [field('code', 'Code in the text of the deposit, beginning with SM', 'text')];
  const element = h(
    'form',
    { class: 'stack' },
    ...fields.flat(),
    h(
      'p',
      { class: 'actions' },
      h('button', { type: 'submit', class: 'button' }, 'Verify'),
      linkButton('Back', places.wallet, 'second'),
    ),
  );
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = (name: string) => element.querySelector<HTMLInputElement>(`#${name}`)!.value.trim();
    void send(
      setupId,
      ask === 'amounts'
        ? { amountsMinor: [Number(text('first')), Number(text('second'))] }
        : { descriptorCode: text('code') },
    );
  });
  return element;
}

function field(id: string, label: string, mode: 'numeric' | 'text'): HTMLElement[] {
  return [
    h('label', { for: id }, label),
    h('input', { id, name: id, required: true, maxlength: 6, inputmode: mode, autocomplete: 'off' }),
  ];
}

async function send(
  setupId: string,
  proof: { amountsMinor: number[] } | { descriptorCode: string },
): Promise<void> {
  try {
    await api.verify(setupId, proof);
    announce('The account is verified.');
    go(places.wallet);
  } catch (error) {
    await failed(error);
  }
}

function nothingToVerify(): HTMLElement {
  return notice(
    'note',
    'There is nothing to verify',
    h('p', {}, 'The account is verified already, or the time for it is over.'),
    h(
      'p',
      { class: 'actions' },
      linkButton('Your payment methods', places.wallet),
      addBankAccountButton(places.wallet, 'button second'),
    ),
  );
}
