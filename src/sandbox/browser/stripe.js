// The part of Stripe.js that a page with saved methods needs, https://docs.stripe.com/js: the same names, arguments and
// results, served by the sandbox gateway. A page works unchanged with the real one. No digit ever reaches this script:
// the fields live in a frame from the sandbox's origin, which sends them there itself.
(() => {
  const origin = new URL(document.currentScript.src).origin;

  /** A frame of the sandbox, and a private line to it. */
  class Frame {
    constructor(path, title) {
      this.waiting = new Map();
      this.listeners = new Map();
      this.element = document.createElement('iframe');
      this.loaded = new Promise((resolve) => this.element.addEventListener('load', resolve, { once: true }));
      Object.assign(this.element, { src: origin + path, title, allow: 'payment *' });
      Object.assign(this.element.style, {
        border: '0',
        width: '100%',
        display: 'block',
        colorScheme: 'light dark',
      });
    }

    /** Resolves when the frame is ready for calls; it loads once it is in the page. */
    start(message) {
      this.started = new Promise((resolve) => this.on('ready', resolve));
      void this.loaded.then(() => {
        const { port1, port2 } = new MessageChannel();
        this.port = port1;
        port1.onmessage = ({ data }) => this.receive(data);
        this.element.contentWindow.postMessage({ sandbox: 'start', ...message }, origin, [port2]);
      });
      return this.started;
    }

    async call(call, args = {}) {
      await this.started;
      const id = crypto.randomUUID();
      this.port.postMessage({ id, call, args });
      return new Promise((resolve) => this.waiting.set(id, resolve));
    }

    on(event, listener) {
      this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
    }

    off(event, listener) {
      const left = (this.listeners.get(event) ?? []).filter((each) => listener && each !== listener);
      this.listeners.set(event, left);
    }

    receive({ id, result, event, ...details }) {
      if (id) {
        this.waiting.get(id)?.(result);
        this.waiting.delete(id);
      } else for (const listener of this.listeners.get(event) ?? []) listener(details);
    }
  }

  /** https://docs.stripe.com/js/elements_object/create_payment_element */
  class PaymentElement {
    constructor(stripe, elements) {
      this.stripe = stripe;
      this.elements = elements;
      this.frame = new Frame('/js/fields', 'Secure payment input frame');
      this.frame.on('height', ({ height }) => (this.frame.element.style.height = `${height}px`));
    }

    mount(target) {
      const place = typeof target === 'string' ? document.querySelector(target) : target;
      if (!place) throw new Error(`The selector you specified (${target}) applies to no DOM elements.`);
      place.replaceChildren(this.frame.element);
      this.mounted = this.begin();
    }

    async begin() {
      const { clientSecret, paymentMethodTypes } = this.elements.options;
      const intent = clientSecret ? await this.stripe.retrieveIntent(clientSecret) : {};
      const types = paymentMethodTypes ?? intent.payment_method_types ?? ['card'];
      await this.frame.start({ publishableKey: this.stripe.key, types });
    }

    on(event, listener) {
      this.frame.on(event, (details) => listener({ elementType: 'payment', ...details }));
      return this;
    }

    once(event, listener) {
      return this.on(event, listener);
    }

    off(event, listener) {
      this.frame.off(event, listener);
      return this;
    }

    focus() {
      void this.frame.call('focus');
    }

    update() {}
    blur() {}
    clear() {}
    collapse() {}

    unmount() {
      this.frame.element.remove();
    }

    destroy() {
      this.unmount();
      this.elements.element = null;
    }
  }

  /** https://docs.stripe.com/js/elements_object */
  class Elements {
    constructor(stripe, options = {}) {
      this.stripe = stripe;
      this.options = options;
      this.element = null;
    }

    create(type) {
      if (type !== 'payment') throw new Error(`The sandbox offers the payment element, not '${type}'.`);
      if (this.element) throw new Error('Can only create one Element of type payment.');
      this.element = new PaymentElement(this.stripe, this);
      return this.element;
    }

    getElement() {
      return this.element;
    }

    update(options) {
      Object.assign(this.options, options);
    }

    /** Checks what was typed, before the server is asked for an intent. */
    async submit() {
      await this.element.mounted;
      const { error } = await this.element.frame.call('validate');
      return error ? { error } : { selectedPaymentMethod: 'card' };
    }

    async fetchUpdates() {
      return {};
    }
  }

  class SandboxStripe {
    constructor(key) {
      if (!/^pk_test_/.test(key ?? '')) throw new Error('Please call Stripe() with your publishable key.');
      this.key = key;
    }

    elements(options) {
      return new Elements(this, options);
    }

    confirmSetup(options) {
      return this.confirm(options, 'setupIntent');
    }

    confirmPayment(options) {
      return this.confirm(options, 'paymentIntent');
    }

    /** https://docs.stripe.com/js/payment_intents/handle_next_action */
    async handleNextAction({ clientSecret }) {
      return this.finish(await this.authenticate(await this.retrieveIntent(clientSecret)));
    }

    async retrieveSetupIntent(clientSecret) {
      return asResult(await this.retrieveIntent(clientSecret));
    }

    async retrievePaymentIntent(clientSecret) {
      return asResult(await this.retrieveIntent(clientSecret));
    }

    registerAppInfo() {}
    _registerWrapper() {}

    async confirm({ elements, clientSecret, confirmParams = {}, redirect = 'always' }) {
      const secret = clientSecret ?? elements?.options.clientSecret;
      const usesForm = Boolean(elements) && !confirmParams.payment_method;
      const { return_url: returnUrl, payment_method: saved } = confirmParams;
      const fields = { ...(returnUrl && { return_url: returnUrl }), ...(saved && { payment_method: saved }) };
      if (usesForm) await elements.element.mounted;
      const frame = usesForm ? elements.element.frame : await this.controller();
      const answer = await frame.call('confirm', { clientSecret: secret, fields, usesForm });
      const intent = answer.error ? answer : await this.authenticate(answer);
      return this.finish(intent, redirect === 'always' ? returnUrl : undefined);
    }

    /** Shows the issuer's page in a frame over this one, and waits until the payer has answered. */
    async authenticate(intent) {
      const url = intent.next_action?.use_stripe_sdk?.stripe_js;
      const elsewhere = intent.next_action?.redirect_to_url?.url;
      if (elsewhere) return leaveFor(elsewhere);
      if (!url || !url.startsWith(`${origin}/`)) return intent;
      await answered(url);
      const after = await this.retrieveIntent(intent.client_secret);
      const error = after.last_setup_error ?? after.last_payment_error;
      return error && after.status === 'requires_payment_method'
        ? { error: { ...error, [after.object]: after } }
        : after;
    }

    finish(intent, returnUrl) {
      if (intent.error || !returnUrl) return asResult(intent);
      const url = new URL(returnUrl);
      url.searchParams.set(intent.object, intent.id);
      url.searchParams.set(`${intent.object}_client_secret`, intent.client_secret);
      url.searchParams.set('redirect_status', intent.status === 'processing' ? 'pending' : 'succeeded');
      return leaveFor(url.href);
    }

    async retrieveIntent(clientSecret) {
      return (await this.controller()).call('retrieve', { clientSecret });
    }

    /** A frame without fields, for calls that need none. */
    async controller() {
      if (!this.controllerFrame) {
        const frame = new Frame('/js/controller', 'Secure payment controller frame');
        Object.assign(frame.element.style, { display: 'none' });
        frame.element.setAttribute('aria-hidden', 'true');
        this.controllerFrame = frame;
        document.body.append(frame.element);
        void frame.start({ publishableKey: this.key });
      }
      return this.controllerFrame;
    }
  }

  function asResult(intent) {
    if (intent.error) return { error: intent.error };
    return intent.object === 'setup_intent' ? { setupIntent: intent } : { paymentIntent: intent };
  }

  /** The page is left; whoever waits for a result waits for ever, as with the real one. */
  function leaveFor(url) {
    window.location.assign(url);
    return new Promise(() => {});
  }

  function answered(url) {
    const dialog = document.createElement('dialog');
    const frame = document.createElement('iframe');
    Object.assign(frame, { src: url, title: "Your bank's authentication page" });
    Object.assign(frame.style, { border: '0', width: '100%', height: '100%' });
    const size = { width: 'min(30rem, 95vw)', height: 'min(30rem, 90vh)' };
    Object.assign(dialog.style, { ...size, padding: '0', border: '0', borderRadius: '.5rem' });
    dialog.append(frame);
    document.body.append(dialog);
    dialog.showModal();
    return new Promise((resolve) => {
      const close = () => {
        window.removeEventListener('message', listen);
        dialog.remove();
        resolve();
      };
      const listen = (event) => {
        if (event.origin === origin && event.source === frame.contentWindow && event.data?.sandboxAnswered)
          close();
      };
      window.addEventListener('message', listen);
      dialog.addEventListener('cancel', (event) => event.preventDefault());
    });
  }

  window.Stripe = Object.assign((key) => new SandboxStripe(key), { version: 'sandbox' });
})();
