import type { Dom, Element, Message, Port } from './dom.js';

// The part of Stripe.js that a page with saved methods needs, https://docs.stripe.com/js: the same names, arguments and
// results, served by the sandbox gateway. A page works unchanged with the real one. No digit ever reaches this script:
// the fields live in a frame from the sandbox's origin, which sends them there itself.
(() => {
  const { document, window, MessageChannel } = globalThis as unknown as Dom;
  const { origin } = new URL(document.currentScript?.src ?? '');

  interface Intent {
    id: string;
    object: 'setup_intent' | 'payment_intent';
    status: string;
    client_secret: string;
    payment_method_types?: string[];
    next_action?: { use_stripe_sdk?: { stripe_js: string }; redirect_to_url?: { url: string } } | null;
    last_setup_error?: object | null;
    last_payment_error?: object | null;
    error?: undefined;
  }
  type Answer = Intent | { error: object };
  type Result = { setupIntent: Intent } | { paymentIntent: Intent } | { error: object };
  type Listener = (details: Record<string, unknown>) => void;
  interface Confirmation {
    elements?: Elements;
    clientSecret?: string;
    confirmParams?: { return_url?: string; payment_method?: string };
    redirect?: 'always' | 'if_required';
  }
  interface Options {
    clientSecret?: string;
    paymentMethodTypes?: string[];
  }

  /** A frame of the sandbox, and a private line to it. */
  class Frame {
    readonly element = document.createElement('iframe');
    private readonly waiting = new Map<string, (result: unknown) => void>();
    private readonly listeners = new Map<string, Listener[]>();
    private readonly loaded: Promise<unknown>;
    private started: Promise<void> = new Promise(() => {});
    private port?: Port;

    constructor(path: string, title: string) {
      this.loaded = new Promise((resolve) => this.element.addEventListener('load', resolve, { once: true }));
      Object.assign(this.element, { src: origin + path, title });
      Object.assign(this.element.style, { border: '0', width: '100%', display: 'block' });
    }

    /** Resolves when the frame is ready for calls; it loads once it is in the page. */
    start(message: object): Promise<void> {
      this.started = new Promise((resolve) => this.on('ready', () => resolve()));
      void this.loaded.then(() => {
        const { port1, port2 } = new MessageChannel();
        this.port = port1;
        port1.onmessage = (event: Message<Record<string, unknown>>) => this.receive(event.data);
        this.element.contentWindow?.postMessage({ sandbox: 'start', ...message }, origin, [port2]);
      });
      return this.started;
    }

    async call(call: string, args: object = {}): Promise<unknown> {
      await this.started;
      const id = crypto.randomUUID();
      this.port?.postMessage({ id, call, args });
      return new Promise((resolve) => this.waiting.set(id, resolve));
    }

    on(event: string, listener: Listener): void {
      this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
    }

    off(event: string, listener?: Listener): void {
      const left = (this.listeners.get(event) ?? []).filter((each) => listener && each !== listener);
      this.listeners.set(event, left);
    }

    private receive({ id, result, event, ...details }: Record<string, unknown>): void {
      if (typeof id === 'string') {
        this.waiting.get(id)?.(result);
        this.waiting.delete(id);
      } else for (const listener of this.listeners.get(String(event)) ?? []) listener(details);
    }
  }

  /** https://docs.stripe.com/js/elements_object/create_payment_element */
  class PaymentElement {
    readonly frame = new Frame('/js/fields', 'Secure payment input frame');
    mounted: Promise<void> = new Promise(() => {});

    constructor(
      private readonly stripe: SandboxStripe,
      private readonly elements: Elements,
    ) {
      this.frame.on('height', ({ height }) => (this.frame.element.style.height = `${Number(height)}px`));
    }

    mount(target: string | Element): void {
      const place = typeof target === 'string' ? document.querySelector(target) : target;
      if (!place) throw new Error('There is no such element to mount into.');
      place.replaceChildren(this.frame.element);
      this.mounted = this.begin();
    }

    on(event: string, listener: Listener): this {
      this.frame.on(event, (details) => listener({ elementType: 'payment', ...details }));
      return this;
    }

    off(event: string, listener?: Listener): this {
      this.frame.off(event, listener);
      return this;
    }

    focus(): void {
      void this.frame.call('focus');
    }

    // The real element can do these; here there is nothing that they would change.
    update(): void {}
    blur(): void {}
    clear(): void {}
    collapse(): void {}

    unmount(): void {
      this.frame.element.remove();
    }

    destroy(): void {
      this.unmount();
      this.elements.element = null;
    }

    private async begin(): Promise<void> {
      const { clientSecret, paymentMethodTypes } = this.elements.options;
      const intent = clientSecret ? await this.stripe.retrieve(clientSecret) : undefined;
      const known = intent?.error === undefined ? intent?.payment_method_types : undefined;
      const types = paymentMethodTypes ?? known ?? ['card'];
      await this.frame.start({ publishableKey: this.stripe.key, types });
    }
  }

  /** https://docs.stripe.com/js/elements_object */
  class Elements {
    element: PaymentElement | null = null;

    constructor(
      private readonly stripe: SandboxStripe,
      readonly options: Options = {},
    ) {}

    create(type: string): PaymentElement {
      if (type !== 'payment') throw new Error(`The sandbox offers the payment element, not '${type}'.`);
      if (this.element) throw new Error('Can only create one Element of type payment.');
      return (this.element = new PaymentElement(this.stripe, this));
    }

    getElement(): PaymentElement | null {
      return this.element;
    }

    update(options: Options): void {
      Object.assign(this.options, options);
    }

    /** Checks what was typed, before the server is asked for an intent. */
    async submit(): Promise<unknown> {
      await this.element?.mounted;
      return this.element?.frame.call('validate');
    }

    fetchUpdates(): Promise<object> {
      return Promise.resolve({});
    }
  }

  class SandboxStripe {
    private controllerFrame?: Frame;

    constructor(readonly key: string) {
      if (!key.startsWith('pk_test_')) throw new Error('Please call Stripe() with your publishable key.');
    }

    elements(options?: Options): Elements {
      return new Elements(this, options);
    }

    readonly confirmSetup = (confirmation: Confirmation): Promise<Result> => this.confirm(confirmation);
    readonly confirmPayment = (confirmation: Confirmation): Promise<Result> => this.confirm(confirmation);
    readonly retrieveSetupIntent = async (secret: string) => asResult(await this.retrieve(secret));
    readonly retrievePaymentIntent = async (secret: string) => asResult(await this.retrieve(secret));

    /** https://docs.stripe.com/js/payment_intents/handle_next_action */
    async handleNextAction({ clientSecret }: { clientSecret: string }): Promise<Result> {
      return asResult(await this.authenticate(await this.retrieve(clientSecret)));
    }

    // Called by the loader of @stripe/stripe-js.
    registerAppInfo(): void {}
    _registerWrapper(): void {}

    async retrieve(clientSecret: string): Promise<Answer> {
      return (await this.controller().call('retrieve', { clientSecret })) as Answer;
    }

    private async confirm(confirmation: Confirmation): Promise<Result> {
      const { elements, clientSecret, confirmParams = {}, redirect = 'always' } = confirmation;
      const { return_url: returnUrl, payment_method: saved } = confirmParams;
      const element = saved ? null : (elements?.element ?? null);
      await element?.mounted;
      const fields = {
        ...(returnUrl && { return_url: returnUrl }),
        ...(saved && { payment_method: saved }),
      };
      const secret = clientSecret ?? elements?.options.clientSecret;
      const question = { clientSecret: secret, fields, usesForm: element !== null };
      const confirmed = (await (element?.frame ?? this.controller()).call('confirm', question)) as Answer;
      const ended = await this.authenticate(confirmed);
      return ended.error || redirect === 'if_required' || !returnUrl
        ? asResult(ended)
        : leaveFor(withOutcome(returnUrl, ended));
    }

    /** Shows the issuer's page in a frame over this one, and waits until the payer has answered. */
    private async authenticate(answer: Answer): Promise<Answer> {
      if (answer.error) return answer;
      const intent = answer;
      const url = intent.next_action?.use_stripe_sdk?.stripe_js;
      const elsewhere = intent.next_action?.redirect_to_url?.url;
      if (elsewhere) return leaveFor(elsewhere);
      if (!url?.startsWith(`${origin}/`)) return intent;
      await showIssuer(url);
      const after = await this.retrieve(intent.client_secret);
      if (after.error) return after;
      const { object, status, last_setup_error, last_payment_error } = after;
      const error = last_setup_error ?? last_payment_error;
      return error && status === 'requires_payment_method' ? { error: { ...error, [object]: after } } : after;
    }

    /** A frame without fields, for calls that need none. */
    private controller(): Frame {
      if (this.controllerFrame) return this.controllerFrame;
      const frame = new Frame('/js/controller', 'Secure payment controller frame');
      frame.element.style.display = 'none';
      frame.element.setAttribute('aria-hidden', 'true');
      void frame.start({ publishableKey: this.key });
      document.body.append(frame.element);
      return (this.controllerFrame = frame);
    }
  }

  function asResult(answer: Answer): Result {
    if (answer.error) return { error: answer.error };
    const intent = answer;
    return intent.object === 'setup_intent' ? { setupIntent: intent } : { paymentIntent: intent };
  }

  function withOutcome(returnUrl: string, { object, id, client_secret, status }: Intent): string {
    const url = new URL(returnUrl);
    url.searchParams.set(object, id);
    url.searchParams.set(`${object}_client_secret`, client_secret);
    url.searchParams.set('redirect_status', status === 'processing' ? 'pending' : 'succeeded');
    return url.href;
  }

  /** The page is left; whoever waits for a result waits for ever, as with the real one. */
  function leaveFor(url: string): Promise<never> {
    window.location.assign(url);
    return new Promise(() => {});
  }

  function showIssuer(url: string): Promise<void> {
    const dialog = document.createElement('dialog');
    const frame = document.createElement('iframe');
    Object.assign(frame, { src: url, title: "Your bank's authentication page" });
    Object.assign(frame.style, { border: '0', width: '100%', height: '100%' });
    const size = { width: 'min(30rem, 95vw)', height: 'min(30rem, 90vh)' };
    Object.assign(dialog.style, { ...size, padding: '0', border: '0', borderRadius: '.5rem' });
    dialog.append(frame);
    document.body.append(dialog);
    dialog.showModal();
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    return new Promise((resolve) => {
      const listen = (event: Message): void => {
        const isFromIssuer = event.origin === origin && event.source === frame.contentWindow;
        if (!isFromIssuer || !event.data?.sandboxAnswered) return;
        window.removeEventListener('message', listen);
        dialog.remove();
        resolve();
      };
      window.addEventListener('message', listen);
    });
  }

  const Stripe = (key: string): SandboxStripe => new SandboxStripe(key);
  Object.assign(window, { Stripe: Object.assign(Stripe, { version: 'sandbox' }) });
})();
