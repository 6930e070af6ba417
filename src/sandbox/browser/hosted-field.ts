import type { Dom, Input, Message } from './dom.js';

// Inside the frame of one field. The first field gathers what was typed into the others: they are of the same origin, the
// sandbox's, which the page around them is not. Digits go to that origin only.
(() => {
  const { window } = globalThis as unknown as Dom;
  const siblings = window.parent as unknown as { length: number; [index: number]: Dom };
  const FIELDS = ['number', 'expirationDate', 'cvv'];

  window.addEventListener('message', (event: Message) => {
    if (event.source !== window.parent || event.data?.sandbox !== 'tokenize') return;
    void tokenize(String(event.data.authorization)).then((answer) => event.ports[0]?.postMessage(answer));
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
    const reply = await fetch(`${new URL(clientApiUrl!).pathname}/v1/payment_methods/credit_cards`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ authorizationFingerprint, creditCard: typed }),
    });
    const { creditCards, error } = (await reply.json()) as {
      creditCards?: { nonce: string }[];
      error?: { message: string };
    };
    if (creditCards?.[0]) return { nonce: creditCards[0].nonce };
    return { problem: { code: 'HOSTED_FIELDS_FAILED_TOKENIZATION', message: error?.message } };
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
