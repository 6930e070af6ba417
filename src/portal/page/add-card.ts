import { api, type StartedSetup } from './api.js';
import { button } from './button.js';
import { focusOn, h, linkButton } from './dom.js';
import { leaveFor, places, rememberReplaces, rememberThen, returnAddress } from './places.js';
import { settings } from './settings.js';

/** What is to be saved, and what becomes of it. */
interface Saving {
  type: 'card' | 'us_bank_account';
  /** Where the payer goes on after it. */
  then: string;
  /** The saved method whose place it takes. */
  replaces?: string;
}

/** Begins to save a card: at the gateway's own page, or in its fields in ours. `then` is where the payer goes on after it. */
export function addCardButton(then: string, label = 'Add a card', kind = 'button'): HTMLElement {
  return addMethodButton({ type: 'card', then }, label, kind);
}

/** Begins to save a bank account; nothing where none can be added. */
export function addBankAccountButton(then: string, kind = 'button'): HTMLElement | false {
  if (!settings().bankAccounts) return false;
  return addMethodButton({ type: 'us_bank_account', then }, 'Add a bank account', kind);
}

/** Begins to save a card or a bank account. */
export function addMethodButton(saving: Saving, label: string, kind = 'button'): HTMLElement {
  const { fields, bankAccounts } = settings();
  if ((saving.type === 'card' ? fields : bankAccounts) === 'redirect')
    return button(label, () => startAtGateway(saving), { class: kind });
  const link = linkButton(label, saving.type === 'card' ? places.addCard : places.addBankAccount);
  link.className = kind;
  link.addEventListener('click', () => {
    rememberThen(saving.then);
    rememberReplaces(saving.replaces);
  });
  return link;
}

async function startAtGateway({ type, then, replaces }: Saving): Promise<void> {
  const setup = await api.startSetup({
    type,
    flow: 'redirect',
    returnUrl: returnAddress(),
    ...(replaces ? { replaces } : {}),
  });
  if (!setup.redirectUrl) throw new Error('The gateway gave no page to go on to. Nothing was saved.');
  if (!setup.mandate.isShownByGateway && !(await agrees(setup))) return;
  rememberThen(then);
  leaveFor(setup.redirectUrl);
  await new Promise(() => undefined); // the button stays pressed until the page has gone
}

/** Shows what saving means, where the gateway's page will not; whether the payer wants to go on. */
function agrees({ mandate }: StartedSetup): Promise<boolean> {
  return new Promise((resolve) => {
    let isAgreed = false;
    const agree = (): void => {
      isAgreed = true;
      dialog.close();
    };
    const ended = (): void => {
      dialog.remove();
      resolve(isAgreed);
    };
    const dialog: HTMLDialogElement = h(
      'dialog',
      { 'aria-labelledby': 'mandate-heading', onclose: ended },
      h('h2', { id: 'mandate-heading', tabindex: -1 }, 'Before you go on'),
      h('p', { class: 'mandate' }, mandate.text),
      h(
        'div',
        { class: 'actions' },
        button('Agree and go on', agree),
        button('Cancel', () => dialog.close(), { class: 'button second' }),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
    focusOn(dialog.querySelector('h2'));
  });
}
