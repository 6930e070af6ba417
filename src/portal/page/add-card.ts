import { api } from './api.js';
import { button, linkButton } from './dom.js';
import { failed } from './failed.js';
import { leaveFor, places, rememberThen, returnAddress } from './places.js';
import { settings } from './settings.js';

/** Begins to save a card: at the gateway's own page, or in its fields in ours. `then` is where the payer goes on after it. */
export function addCardButton(then: string, label = 'Add a card', kind = 'button'): HTMLElement {
  if (settings().fields === 'redirect') return button(label, () => startAtGateway(then), { class: kind });
  const link = linkButton(label, places.addCard);
  link.className = kind;
  link.addEventListener('click', () => rememberThen(then));
  return link;
}

async function startAtGateway(then: string): Promise<void> {
  try {
    const setup = await api.startSetup('redirect', returnAddress());
    if (!setup.redirectUrl) throw new Error('The gateway gave no page to go on to. Nothing was saved.');
    rememberThen(then);
    leaveFor(setup.redirectUrl);
    await new Promise(() => undefined); // the button stays pressed until the page has gone
  } catch (error) {
    await failed(error);
  }
}
