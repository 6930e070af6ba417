import { api, type PaymentMethod, Problem } from './api.js';
import { addBankAccountButton, addCardButton } from './add-card.js';
import { autopayPart } from './autopay.js';
import { button } from './button.js';
import { describe } from './describe.js';
import { announce, focusOn, h, linkButton } from './dom.js';
import { methodName } from './format.js';
import { forgetThen, go, places, reload } from './places.js';
import type { Screen } from './screen.js';

/** The payer's saved cards and bank accounts. */
export async function walletScreen(): Promise<Screen> {
  const [{ data: methods }, autopay] = await Promise.all([api.methods(), api.autopay()]);
  forgetThen();
  return {
    title: 'Payment methods',
    section: 'wallet',
    content: [
      h('h1', { tabindex: -1 }, 'Payment methods'),
      methods.length > 0
        ? h('ul', { class: 'cards' }, ...methods.map(entry))
        : h('p', { class: 'empty' }, 'No card is saved yet. Add one to pay an invoice.'),
      h(
        'p',
        { class: 'actions' },
        addCardButton(places.wallet),
        addBankAccountButton(places.wallet, 'button second'),
      ),
      autopayPart(autopay, methods),
      h(
        'p',
        { class: 'quiet' },
        'Card and account numbers are kept by our payment provider. We keep the brand or bank, the last four digits and the expiry date.',
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
      method.attention?.action === 'replace' &&
        linkButton(
          method.type === 'card' ? 'Add this card again' : 'Add it again',
          places.replace(method.id),
        ),
      method.attention?.action === 'verify' && linkButton('Verify this account', places.verify(method.id)),
      removeButton(method),
    ),
  );
}

function defaultButton(method: PaymentMethod): HTMLButtonElement {
  return button(
    'Make default',
    async () => {
      await api.makeDefault(method.id);
      announce(`${methodName(method)} is now the default.`);
      reload();
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
        // Plans or autopay would be left without it: the payer says what they use instead.
        if (error instanceof Problem && error.code === 'payment_method_in_use')
          return go(places.replace(method.id));
        throw error;
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
