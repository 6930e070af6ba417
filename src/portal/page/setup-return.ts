import { api, type PaymentMethod, Problem } from './api.js';
import { addCardButton } from './add-card.js';
import { chooseMethod } from './chosen.js';
import { h, linkButton } from './dom.js';
import { forgetThen, places, rememberReplaces, thenPlace } from './places.js';
import type { Screen } from './screen.js';
import { describe } from './describe.js';

/** The payer is back from the gateway, having given a card: it is saved, or it is said that nothing was. */
export async function setupScreen(setupId: string): Promise<Screen> {
  const then = thenPlace() ?? places.wallet;
  try {
    const method = await api.completeSetup(setupId);
    const paysNext = then.startsWith('#/invoices/') && method.status === 'active';
    if (paysNext) chooseMethod(method.id);
    forgetThen();
    rememberReplaces(undefined);
    if (method.status === 'pending_verification') return toVerifyScreen(method);
    const what = method.type === 'card' ? 'Card' : 'Bank account';
    return {
      title: `${what} saved`,
      section: 'wallet',
      content: [
        h('h1', { tabindex: -1 }, `${what} saved`),
        h('p', {}, 'You can pay with it from now on, without typing it again.'),
        h('div', { class: 'card method' }, describe(method)),
        h(
          'p',
          { class: 'actions' },
          paysNext
            ? linkButton('Continue to payment', then)
            : linkButton('Your payment methods', places.wallet),
          paysNext
            ? linkButton('Your payment methods', places.wallet, 'second')
            : linkButton('Your invoices', places.invoices, 'second'),
        ),
      ],
    };
  } catch (error) {
    if (error instanceof Problem && error.code === 'setup_incomplete')
      return nothingSaved(
        'The card was not saved: it was not finished on the payment provider’s page.',
        then,
      );
    throw error;
  }
}

/** Saved, and not to be charged before its owner has proved that it is theirs. */
function toVerifyScreen(method: PaymentMethod): Screen {
  return {
    title: 'Bank account to be verified',
    section: 'wallet',
    content: [
      h('h1', { tabindex: -1 }, 'Verify your bank account'),
      h(
        'p',
        {},
        'Small deposits arrive on it within two days. Then tell us what arrived, and you can pay with it.',
      ),
      h('div', { class: 'card method' }, describe(method)),
      h(
        'p',
        { class: 'actions' },
        linkButton('Your payment methods', places.wallet),
        linkButton('They have arrived', places.verify(method.id), 'second'),
      ),
    ],
  };
}

/** The payer turned back on the gateway's page. */
export async function cancelledSetupScreen(): Promise<Screen> {
  return nothingSaved(
    'You left the payment provider’s page before a card was saved.',
    thenPlace() ?? places.wallet,
  );
}

function nothingSaved(why: string, then: string): Screen {
  return {
    title: 'No card was saved',
    section: 'wallet',
    content: [
      h('h1', { tabindex: -1 }, 'No card was saved'),
      h('p', {}, `${why} Nothing was kept and nothing was charged.`),
      h('p', { class: 'actions' }, addCardButton(then), linkButton('Back', then, 'second')),
    ],
  };
}
