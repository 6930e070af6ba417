import type { Dom, Element, Message } from './dom.js';

// The part of Braintree's script that a page with its fields needs, https://braintree.github.io/braintree-web: the same
// names, arguments and results, served by the sandbox gateway. No digit ever reaches this script: each field lives in a
// frame from the sandbox's origin.
(() => {
  const { document, MessageChannel } = globalThis as unknown as Dom;
  const { origin } = new URL(document.currentScript?.src ?? '');

  interface Options {
    authorization: string;
    fields: Record<string, { container?: string | Element; selector?: string; placeholder?: string }>;
  }
  interface Answer {
    nonce?: string;
    problem?: { code: string; message: string };
  }

  async function create({ authorization, fields }: Options) {
    const frames = Object.entries(fields).map(([name, { container, selector }]) => {
      const target = container ?? selector ?? '';
      const place = typeof target === 'string' ? document.querySelector(target) : target;
      if (!place) throw new Error(`There is no element for the field ${name}.`);
      const frame = document.createElement('iframe');
      Object.assign(frame, { src: `${origin}/js/hosted-field?name=${name}`, title: `Secure field: ${name}` });
      Object.assign(frame.style, { border: '0', width: '100%', height: '100%' });
      const isLoaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
      place.replaceChildren(frame);
      return { frame, isLoaded };
    });
    await Promise.all(frames.map(({ isLoaded }) => isLoaded));

    /** https://braintree.github.io/braintree-web/current/HostedFields.html#tokenize */
    const tokenize = async (): Promise<{ nonce: string; type: string }> => {
      const { port1, port2 } = new MessageChannel();
      const answered = new Promise<Answer>((resolve) => {
        port1.onmessage = (event: Message<Answer>) => resolve(event.data);
      });
      frames[0]?.frame.contentWindow?.postMessage({ sandbox: 'tokenize', authorization }, origin, [port2]);
      const { nonce, problem } = await answered;
      if (!nonce) throw Object.assign(new Error(problem?.message), problem);
      return { nonce, type: 'CreditCard' };
    };
    return { tokenize };
  }

  Object.assign(globalThis, { braintree: { hostedFields: { create } } });
})();
