import type { StripeConstructor } from '@stripe/stripe-js';
import { api } from './api.js';
import { button, focusOn, h, linkButton } from './dom.js';
import { go, places, replaces, returnAddress, thenPlace } from './places.js';
import type { Screen } from './screen.js';
import { settings } from './settings.js';

/** The gateway's own fields in our page: they live in a frame of the gateway, and what is typed goes to it alone. */
export async function fieldsScreen(type: 'card' | 'us_bank_account'): Promise<Screen> {
  const Stripe = await loadGatewayScript();
  const replaced = replaces();
  const setup = await api.startSetup({
    type,
    flow: 'embedded',
    returnUrl: returnAddress(),
    ...(replaced ? { replaces: replaced } : {}),
  });
  const what = type === 'card' ? 'card' : 'bank account';
  const { clientSecret, publishableKey } = setup;
  if (!clientSecret || !publishableKey)
    throw new Error('The payment provider gave no fields to show. Nothing was saved.');

  const stripe = Stripe(publishableKey);
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
  const elements = stripe.elements({ clientSecret, appearance: { theme: isDark ? 'night' : 'stripe' } });
  const element = elements.create('payment', {
    layout: 'tabs',
    wallets: { applePay: 'never', googlePay: 'never' },
  });
  const fields = h('div', { class: 'gateway-fields' });

  const problem = h('p', { class: 'problem', role: 'alert', tabindex: -1 });
  const save = button(`Save ${what}`, async () => {
    problem.textContent = '';
    const { error } = await stripe.confirmSetup({
      elements,
      confirmParams: { return_url: returnAddress({ setup: setup.id }) },
      redirect: 'if_required',
    });
    if (!error) return go(places.setup(setup.id));
    problem.textContent = error.message ?? `The ${what} could not be saved. Check it and try again.`;
    focusOn(problem);
  });
  save.setAttribute('aria-disabled', 'true');
  element.on('ready', () => save.removeAttribute('aria-disabled'));
  return {
    title: `Add a ${what}`,
    section: 'wallet',
    content: [
      h('h1', { tabindex: -1 }, `Add a ${what}`),
      h('p', {}, 'The fields below belong to our payment provider. What you type goes to them, never to us.'),
      fields,
      problem,
      h('p', { class: 'mandate' }, setup.mandate.text),
      h('p', { class: 'actions' }, save, linkButton('Cancel', thenPlace() ?? places.wallet, 'second')),
    ],
    shown: () => element.mount(fields), // a frame loads only once it is in the page
  };
}

const LOAD_TIMEOUT_MS = 20_000;
let script: Promise<StripeConstructor> | null = null;

/** The gateway's script, from the gateway's own address, when it is first needed. */
function loadGatewayScript(): Promise<StripeConstructor> {
  const { gatewayScript } = settings();
  if (!gatewayScript) throw new Error('There is nothing at this address.');
  script ??= new Promise<StripeConstructor>((resolve, reject) => {
    const fail = () => {
      script = null;
      element.remove();
      reject(
        new Error('The payment provider’s fields could not be loaded. Check your connection and try again.'),
      );
    };
    const element = h('script', { src: gatewayScript, async: true, onerror: fail });
    const timer = setTimeout(fail, LOAD_TIMEOUT_MS);
    element.addEventListener('load', () => {
      clearTimeout(timer);
      if (window.Stripe) resolve(window.Stripe);
      else fail();
    });
    document.head.append(element);
  });
  return script;
}
