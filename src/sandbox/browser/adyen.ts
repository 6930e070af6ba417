import type { Dom, Element, Frame, Message } from './dom.js';

// The part of Adyen's script that a page with its card fields needs, https://docs.adyen.com/online-payments/build-your-integration:
// the same names, arguments and results, served by the sandbox gateway. No digit ever reaches this script: each field lives in
// a frame from the sandbox's origin.
(() => {
  const { document, window, MessageChannel } = globalThis as unknown as Dom;
  const { origin } = new URL(document.currentScript?.src ?? '');

  interface Options {
    session: { id: string; sessionData?: string };
    clientKey: string;
    environment: string;
    onPaymentCompleted?: (result: object) => void;
    onPaymentFailed?: (result: object) => void;
    onError?: (error: Error) => void;
  }
  interface Answer {
    resultCode?: string;
    sessionData?: string;
    sessionResult?: string;
    action?: { url: string };
    problem?: string;
  }
  interface CardOptions {
    onConfigSuccess?: (details: object) => void;
  }

  /** https://docs.adyen.com/online-payments/build-your-integration/sessions-flow?platform=Web&integration=Components */
  const AdyenCheckout = (options: Options): Promise<Core> =>
    options.clientKey && options.session.sessionData
      ? Promise.resolve(new Core(options))
      : Promise.reject(new Error('A session with its data and a client key are required.'));

  class Core {
    constructor(readonly options: Options) {}
  }

  const FIELDS = { number: 'Card number', expirationDate: 'Expiry date', cvv: 'Security code' };

  /** https://docs.adyen.com/payment-methods/cards/web-component */
  class Card {
    private readonly filled = new Map<string, boolean>();
    private first: Frame | null = null;
    private isWaiting = false;

    constructor(
      private readonly core: Core,
      private readonly options: CardOptions = {},
    ) {}

    get isValid(): boolean {
      return Object.keys(FIELDS).every((name) => this.filled.get(name));
    }

    mount(target: string | Element): this {
      const place = typeof target === 'string' ? document.querySelector(target) : target;
      if (!place) throw new Error('There is no such element to mount into.');
      const loaded = Object.entries(FIELDS).map(([name, label]) => this.field(place, name, label));
      void Promise.all(loaded).then(() => this.options.onConfigSuccess?.({ iframesConfigured: true }));
      return this;
    }

    showValidation(): this {
      return this; // the real one marks what is missing
    }

    submit(): void {
      if (!this.isValid || this.isWaiting) return;
      this.isWaiting = true;
      void this.pay();
    }

    /** After a refusal nothing is sent any more until the page has said `ready`. */
    setStatus(status: string): this {
      this.isWaiting = status === 'loading';
      return this;
    }

    private field(place: Element, name: string, label: string): Promise<unknown> {
      const shown = document.createElement('p');
      shown.textContent = label;
      const frame = document.createElement('iframe');
      Object.assign(frame, { src: `${origin}/js/hosted-field?name=${name}`, title: label });
      Object.assign(frame.style, { border: '0', width: '100%', height: '3rem' });
      window.addEventListener('message', ({ source, data }: Message) => {
        if (source === frame.contentWindow && data?.['sandbox'] === 'typed')
          this.filled.set(name, data['isFilled'] === true);
      });
      const isLoaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
      place.append(shown);
      place.append(frame);
      this.first ??= frame;
      return isLoaded;
    }

    private async pay(): Promise<void> {
      const { session, clientKey, onPaymentCompleted, onPaymentFailed, onError } = this.core.options;
      const path = `/checkoutshopper/v1/sessions/${session.id}/payments?clientKey=${clientKey}`;
      const { port1, port2 } = new MessageChannel();
      const answered = new Promise<Answer>((resolve) => {
        port1.onmessage = (event: Message<Answer>) => resolve(event.data);
      });
      const { sessionData } = session;
      this.first?.contentWindow?.postMessage({ sandbox: 'pay', path, sessionData }, origin, [port2]);
      const { problem, action, ...result } = await answered;
      if (problem) return onError?.(new Error(problem));
      if (action) return window.location.assign(action.url);
      if (result.resultCode === 'Authorised') onPaymentCompleted?.(result);
      else onPaymentFailed?.(result);
    }
  }

  Object.assign(window, { AdyenWeb: { AdyenCheckout, Card } });
})();
