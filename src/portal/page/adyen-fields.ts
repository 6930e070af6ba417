import { h } from './dom.js';
import { type OpenFields, unavailable } from './gateway-fields.js';
import { settings } from './settings.js';

/** What we use of Adyen's script. https://docs.adyen.com/online-payments/build-your-integration/sessions-flow?platform=Web&integration=Components */
interface Core {
  options: object;
}
interface Card {
  readonly isValid: boolean;
  mount(place: HTMLElement): unknown;
  setStatus(status: 'ready'): unknown;
  showValidation(): unknown;
  submit(): void;
}
interface CheckoutOptions {
  session: { id: string; sessionData: string };
  clientKey: string;
  environment: string;
  locale: string;
  showPayButton: boolean;
  analytics: { enabled: boolean };
  onPaymentCompleted(result: { resultCode: string; sessionResult?: string }): void;
  onPaymentFailed(): void;
  onError(error: Error): void;
}
declare global {
  interface Window {
    AdyenWeb?: {
      AdyenCheckout(options: CheckoutOptions): Promise<Core>;
      Card: new (checkout: Core, options: { onConfigSuccess(): void }) => Card;
    };
  }
}

type Given = { problem: string } | { returned: string | null };

/**
 * A frame for each field of a card. What they give has the card saved at Adyen at once; a bank that wants to see the payer gets
 * the whole window.
 */
export const adyenFields: OpenFields = ({ clientSecret, publishableKey }, place) => {
  const { AdyenWeb } = window;
  if (!AdyenWeb || !clientSecret || !publishableKey) throw unavailable();
  const session = JSON.parse(clientSecret) as CheckoutOptions['session'];
  let end: (given: Given) => void = () => undefined;
  let card: Card | null = null;
  let returned: string | null = null;
  const tryAgain = (problem: string): void => {
    card?.setStatus('ready'); // it waits for good, unless told that another one may be typed
    end({ problem });
  };
  return {
    draw: async () => {
      await loadLooks();
      const checkout = await AdyenWeb.AdyenCheckout({
        session,
        clientKey: publishableKey,
        environment: environment(),
        locale: 'en-US',
        showPayButton: false,
        analytics: { enabled: false }, // the button is ours
        onPaymentCompleted: ({ sessionResult = '' }) => {
          returned = new URLSearchParams({ sessionId: session.id, sessionResult }).toString();
          end({ returned });
        },
        onPaymentFailed: () => tryAgain(''),
        onError: ({ message }) => tryAgain(message),
      });
      await new Promise<void>((resolve) => {
        card = new AdyenWeb.Card(checkout, { onConfigSuccess: resolve });
        card.mount(place);
      });
    },
    save: () =>
      new Promise((resolve) => {
        if (returned) return resolve({ returned }); // the session takes one card: it could not be brought to us yet
        end = resolve;
        if (card?.isValid) return card.submit();
        card?.showValidation();
        resolve({ problem: 'Fill in all fields of the card.' });
      }),
  };
};

/** What is drawn around the frames has its looks from where the script is. */
function loadLooks(): Promise<void> {
  const href = new URL('adyen.css', settings().gatewayScript ?? location.href).href;
  if (document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const onload = (): void => resolve();
    const onerror = (): void => reject(unavailable());
    document.head.append(h('link', { rel: 'stylesheet', href, onload, onerror }));
  });
}

/** Which of Adyen's environments the script is of: that of its address; a sandbox is for tests. */
function environment(): string {
  const { hostname } = new URL(settings().gatewayScript ?? location.href);
  return /^checkoutshopper-([a-z-]+)\.adyen\.com$/.exec(hostname)?.[1] ?? 'test';
}
