import { api, type PaymentMethod } from './api.js';
import { addMethodButton } from './add-card.js';
import { button } from './button.js';
import { describe } from './describe.js';
import { announce, h, linkButton } from './dom.js';
import { methodSelect } from './method-select.js';
import { go, places } from './places.js';
import type { Screen } from './screen.js';
import { settings } from './settings.js';

/** The way out of a method that expires, has died, or is to go while plans use it: a new one, or another saved one. */
export async function replaceScreen(methodId: string): Promise<Screen> {
  const [method, { data: methods }] = await Promise.all([api.method(methodId), api.methods()]);
  const isCard = method.type === 'card' || !settings().bankAccounts; // else a card takes its place
  const others = methodSelect(
    methods.filter((it) => it.id !== method.id),
    'replacement',
    null,
  );
  return {
    title: 'Replace a payment method',
    section: 'wallet',
    content: [
      h('h1', { tabindex: -1 }, 'Replace a payment method'),
      h('div', { class: 'card method' }, describe(method)),
      h(
        'p',
        {},
        'Add the new one: plans and autopay that use the old one go on with it, and what is overdue is charged.',
      ),
      h(
        'p',
        { class: 'actions' },
        addMethodButton(
          { type: isCard ? 'card' : 'us_bank_account', then: places.wallet, replaces: method.id },
          isCard ? 'Add the new card' : 'Add the bank account again',
        ),
        linkButton('Back', places.wallet, 'second'),
      ),
      others && useAnother(method, others),
    ],
  };
}

function useAnother(method: PaymentMethod, others: HTMLSelectElement): HTMLElement {
  return h(
    'section',
    { class: 'stack', 'aria-labelledby': 'another-heading' },
    h('h2', { id: 'another-heading' }, 'Or use another one instead'),
    h('label', { for: 'replacement' }, 'Use from now on'),
    others,
    h(
      'p',
      { class: 'actions' },
      button(
        'Use it, and remove the old one',
        async () => {
          await api.removeMethod(method.id, others.value);
          announce('It was replaced.');
          go(places.wallet);
        },
        { class: 'button second' },
      ),
    ),
  );
}
