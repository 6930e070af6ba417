import type { Dom, Input, Message } from './dom.js';

// Inside the frame of one field. The first field gathers what was typed into the others: they are of the same origin, the
// sandbox's, which the page around them is not. Digits go to that origin only.
(() => {
  const { document, window } = globalThis as unknown as Dom;
  const siblings = window.parent as unknown as { length: number; [index: number]: Dom };
  const FIELDS = ['number', 'expirationDate', 'cvv'];

  window.addEventListener('message', (event: Message) => {
    if (event.source !== window.parent) return;
    const { sandbox, ...asked } = event.data ?? {};
    const answer =
      sandbox === 'tokenize'
        ? tokenize(String(asked['authorization']))
        : sandbox === 'pay'
          ? pay(String(asked['path']), asked['sessionData'])
          : null;
    void answer?.then((it) => event.ports[0]?.postMessage(it));
  });

  // The page is told whether something was typed, and not what.
  document.querySelector<Input>('input')?.addEventListener('input', ({ target }) => {
    const isFilled = (target as Input).value.trim() !== '';
    window.parent.postMessage({ sandbox: 'typed', isFilled }, '*');
  });

  async function tokenize(authorization: string): Promise<object> {
    const typed = Object.fromEntries(FIELDS.map((name) => [name, valueOf(name)]));
    if (FIELDS.some((name) => !typed[name]))
      return {
        problem: { code: 'HOSTED_FIELDS_FIELDS_INVALID', message: 'Fill in all fields of the card.' },
      };
    const { clientApiUrl, authorizationFingerprint } = JSON.parse(atob(authorization)) as Record<
      string,
      string
    >;
    const reply = await post(`${new URL(clientApiUrl!).pathname}/v1/payment_methods/credit_cards`, {
      authorizationFingerprint,
      creditCard: typed,
    });
    const { creditCards, error } = (await reply.json()) as {
      creditCards?: { nonce: string }[];
      error?: { message: string };
    };
    if (creditCards?.[0]) return { nonce: creditCards[0].nonce };
    return { problem: { code: 'HOSTED_FIELDS_FAILED_TOKENIZATION', message: error?.message } };
  }

  /** For Adyen's script, which asks for a payment where Braintree's asks for a nonce. */
  async function pay(path: string, sessionData: unknown): Promise<object> {
    const [number, expiryDate, securityCode] = FIELDS.map(valueOf);
    const paymentMethod = { type: 'scheme', number, expiryDate, securityCode };
    const reply = await post(path, { sessionData, paymentMethod });
    const answer = (await reply.json()) as { message?: string };
    return reply.ok ? answer : { problem: answer.message ?? 'The payment could not be made.' };
  }

  /** Paths of the frame's own origin only: a page cannot have digits sent elsewhere. */
  function post(path: string, body: object): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    if (!/^\/\w/.test(path)) throw new Error('Not a path of this origin.');
    return fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  function valueOf(name: string): string {
    for (let index = 0; index < siblings.length; index++)
      try {
        const field = siblings[index]!.document.querySelector<Input>(`input[name=${name}]`);
        if (field) return field.value.trim();
      } catch {
        // a frame of somebody else's
      }
    return '';
  }
})();
