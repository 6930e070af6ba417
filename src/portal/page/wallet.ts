import { api, type PaymentMethod } from './api.js';
import { addCardButton } from './add-card.js';
import { cardPicture } from './card-pictures.js';
import { announce, button, focusOn, h } from './dom.js';
import { brandName, expiry, methodName } from './format.js';
import { forgetThen, places, reload } from './places.js';
import { failed } from './failed.js';
import type { Screen } from './screen.js';

/** The payer's saved cards and bank accounts. */
export async function walletScreen(): Promise<Screen> {
  const { data: methods } = await api.methods();
  forgetThen();
  return {
    title: 'Payment methods',
    section: 'wallet',
    content: [
      h('h1', { tabindex: -1 }, 'Payment methods'),
      methods.length > 0
        ? h('ul', { class: 'cards' }, ...methods.map(entry))
        : h('p', { class: 'empty' }, 'No card is saved yet. Add one to pay an invoice.'),
      h('p', { class: 'actions' }, addCardButton(places.wallet)),
      h(
        'p',
        { class: 'quiet' },
        'Card numbers are kept by our payment provider. We keep the brand, the last four digits and the expiry date.',
      ),
    ],
  };
}

function entry(method: PaymentMethod): HTMLElement {
  const isUsable = method.status === 'active';
  return h(
    'li',
    { class: 'card method' },
    describe(method),
    h(
      'div',
      { class: 'actions' },
      isUsable && !method.isDefault && defaultButton(method),
      method.attention?.action === 'replace' && addCardButton(places.wallet, 'Add this card again'),
      removeButton(method),
    ),
  );
}

/** The picture, name and expiry of a method, as it also stands beside a choice. */
export function describe(method: PaymentMethod): HTMLElement {
  const until = expiry(method);
  return h(
    'div',
    { class: 'method-description grow' },
    cardPicture(method),
    h(
      'div',
      {},
      h(
        'span',
        { class: 'method-name' },
        `${brandName(method)} `,
        h('span', { class: 'visually-hidden' }, 'ending in '),
        h('span', { class: 'dots', 'aria-hidden': 'true' }, '•••• '),
        method.lastFour,
      ),
      ' ',
      method.isDefault && h('span', { class: 'badge' }, 'Default'),
      until && h('span', { class: until.startsWith('expired') ? 'expiry wrong' : 'expiry' }, until),
      statusText(method),
    ),
  );
}

function statusText(method: PaymentMethod): HTMLElement | null {
  if (method.attention) return h('span', { class: 'expiry wrong' }, method.attention.message);
  if (method.status === 'requires_replacement')
    return h('span', { class: 'expiry wrong' }, 'can no longer be charged; add it again');
  if (method.status === 'pending_verification')
    return h('span', { class: 'expiry' }, 'is waiting to be verified');
  return null;
}

function defaultButton(method: PaymentMethod): HTMLButtonElement {
  return button(
    'Make default',
    async () => {
      try {
        await api.makeDefault(method.id);
        announce(`${methodName(method)} is now the default.`);
        reload();
      } catch (error) {
        await failed(error);
      }
    },
    { class: 'button second', 'aria-label': `Make default: ${methodName(method)}` },
  );
}

function removeButton(method: PaymentMethod): HTMLButtonElement {
  return button('Remove', () => askToRemove(method), {
    class: 'button quiet-button',
    'aria-label': `Remove ${methodName(method)}`,
  });
}

function askToRemove(method: PaymentMethod): void {
  const close = (): void => dialog.close();
  const remove = button(
    'Remove',
    async () => {
      try {
        await api.removeMethod(method.id);
        close();
        announce(`${methodName(method)} was removed.`);
        reload();
      } catch (error) {
        close();
        await failed(error);
      }
    },
    { class: 'button danger' },
  );
  const dialog: HTMLDialogElement = h(
    'dialog',
    { 'aria-labelledby': 'remove-heading', onclose: () => dialog.remove() },
    h('h2', { id: 'remove-heading' }, `Remove ${methodName(method)}?`),
    h(
      'p',
      {},
      'It can no longer be used to pay. Payments that were made with it stay. You can add it again later.',
    ),
    h('div', { class: 'actions' }, remove, button('Keep it', close, { class: 'button second' })),
  );
  document.body.append(dialog);
  dialog.showModal();
  focusOn(dialog.querySelector('.second'));
}
