import { adyenFields } from './adyen-fields.js';
import { api, Problem } from './api.js';
import { braintreeFields } from './braintree-fields.js';
import { button } from './button.js';
import { focusOn, h, linkButton } from './dom.js';
import { loadGatewayScript, type OpenFields } from './gateway-fields.js';
import { go, places, replaces, returnAddress, thenPlace } from './places.js';
import type { Screen } from './screen.js';
import { stripeFields } from './stripe-fields.js';

/** By the gateway that the setup was begun with. */
const FIELDS: Record<string, OpenFields> = {
  stripe: stripeFields,
  adyen: adyenFields,
  braintree: braintreeFields,
};

/** The gateway's own fields in our page, and a button of ours below them. */
export async function fieldsScreen(type: 'card' | 'us_bank_account'): Promise<Screen> {
  await loadGatewayScript();
  const replaced = replaces();
  const setup = await api.startSetup({
    type,
    flow: 'embedded',
    returnUrl: returnAddress(),
    ...(replaced ? { replaces: replaced } : {}),
  });
  const what = type === 'card' ? 'card' : 'bank account';
  const open = FIELDS[setup.gateway];
  if (!open) throw new Error('The payment provider gave no fields to show. Nothing was saved.');
  const place = h('div', { class: 'gateway-fields' });
  const fields = open(setup, place);

  const problem = h('p', { class: 'problem', role: 'alert', tabindex: -1 });
  const notSaved = `The ${what} could not be saved. Check it and try again.`;
  const say = (text: string): void => {
    problem.textContent = text || notSaved;
    focusOn(problem);
  };
  const save = button(`Save ${what}`, async () => {
    problem.textContent = '';
    const given = await fields.save();
    if ('problem' in given) return say(given.problem);
    if (given.returned && !(await isSaved(setup.id, given.returned))) return say(notSaved);
    return go(places.setup(setup.id));
  });
  save.setAttribute('aria-disabled', 'true');
  return {
    title: `Add a ${what}`,
    section: 'wallet',
    content: [
      h('h1', { tabindex: -1 }, `Add a ${what}`),
      h('p', {}, 'The fields below belong to our payment provider. What you type goes to them, never to us.'),
      place,
      problem,
      h('p', { class: 'mandate' }, setup.mandate.text),
      h('p', { class: 'actions' }, save, linkButton('Cancel', thenPlace() ?? places.wallet, 'second')),
    ],
    // A frame loads only once it is in the page.
    shown: () =>
      void fields.draw().then(
        () => save.removeAttribute('aria-disabled'),
        () => say(''),
      ),
  };
}

/** False where the card's bank refuses it: the payer can type another one. */
async function isSaved(setupId: string, returned: string): Promise<boolean> {
  try {
    await api.completeSetup(setupId, returned);
    return true;
  } catch (error) {
    if (error instanceof Problem && error.code === 'setup_incomplete') return false;
    throw error;
  }
}
