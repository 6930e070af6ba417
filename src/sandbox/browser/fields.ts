import type { Dom, Element, Input, Message, Port } from './dom.js';

// Inside the frame: the only script that ever sees digits. It runs on the sandbox's origin and sends them there only.
// The page around it talks to it through a message port, handed over once.
(() => {
  const { document, window, HTMLInputElement } = globalThis as unknown as Dom;

  type Fields = Record<string, string>;
  interface Problem {
    error: { type: string; code?: string; message: string };
  }
  interface Question {
    id: string;
    call: 'confirm' | 'retrieve' | 'validate' | 'focus';
    args: { clientSecret?: string; fields?: Fields; usesForm?: boolean };
  }

  const form = document.querySelector('form');
  let port: Port | undefined;
  let publishableKey = '';

  window.addEventListener('message', (event: Message) => {
    if (event.source !== window.parent || event.data?.sandbox !== 'start' || port) return;
    port = event.ports[0];
    if (!port) return;
    publishableKey = String(event.data.publishableKey);
    port.onmessage = (asked: Message<Question>) => void answer(asked.data);
    if (form) showTypes(Array.isArray(event.data.types) ? event.data.types : ['card']);
    tell({ event: 'ready' });
    if (form) tellHeight();
  });

  const tell = (message: object): void => port?.postMessage(message);
  const tellHeight = (): void => tell({ event: 'height', height: document.documentElement.offsetHeight });

  async function answer({ id, call, args }: Question): Promise<void> {
    try {
      tell({ id, result: await carryOut(call, args) });
    } catch (error) {
      const message = error instanceof Error ? error.message : 'The connection failed.';
      tell({ id, result: { error: { type: 'api_connection_error', message } } });
    }
  }

  async function carryOut(call: Question['call'], args: Question['args']): Promise<unknown> {
    const { clientSecret = '', fields = {}, usesForm = false } = args;
    if (call === 'retrieve') return retrieve(clientSecret);
    if (call === 'confirm') return confirm(clientSecret, fields, usesForm);
    if (call === 'validate') return problem() ?? {};
    visibleFields()[0]?.focus();
    return {};
  }

  // ── the API, with the publishable key ────────────────────────────────────────────────────────────────────────────

  async function api(method: 'GET' | 'POST', path: string, fields: Fields): Promise<unknown> {
    const body = new URLSearchParams(fields);
    const headers = { authorization: `Bearer ${publishableKey}` };
    const reply =
      method === 'GET'
        ? await fetch(`${path}?${body.toString()}`, { headers })
        : await fetch(path, { method, headers, body });
    return reply.json();
  }

  function pathOf(clientSecret: string): string {
    const [id = ''] = clientSecret.split('_secret_');
    return `/v1/${id.startsWith('seti_') ? 'setup_intents' : 'payment_intents'}/${id}`;
  }

  const retrieve = (clientSecret: string): Promise<unknown> =>
    api('GET', pathOf(clientSecret), { client_secret: clientSecret, 'expand[0]': 'payment_method' });

  /** Confirms with what was typed, or with a saved method. */
  async function confirm(clientSecret: string, fields: Fields, usesForm: boolean): Promise<unknown> {
    const wrong = usesForm ? problem() : undefined;
    if (wrong) return wrong;
    return api('POST', `${pathOf(clientSecret)}/confirm`, {
      ...fields,
      ...(usesForm && typed()),
      client_secret: clientSecret,
      use_stripe_sdk: 'true',
      'expand[0]': 'payment_method',
    });
  }

  // ── the fields ───────────────────────────────────────────────────────────────────────────────────────────────────

  const chosen = (name: string): string =>
    document.querySelector<Input>(`input[name=${name}]:checked`)?.value ?? '';
  const text = (name: string): string =>
    document.querySelector<Input>(`input[name=${name}]`)?.value.trim() ?? '';
  const visibleFields = (): Input[] => [
    ...document.querySelectorAll<Input>(`[data-type=${chosen('type')}] input[required]`),
  ];
  const expiry = (): string[] =>
    /^\s*(\d{1,2})\s*\/?\s*(\d{2}|\d{4})\s*$/.exec(text('expiry'))?.slice(1) ?? [];

  function typed(): Fields {
    const data = 'payment_method_data';
    if (chosen('type') === 'us_bank_account') {
      const signedIn = {
        [`${data}[us_bank_account][financial_connections_account]`]: 'fca_test_institution',
      };
      return {
        [`${data}[type]`]: 'us_bank_account',
        [`${data}[billing_details][name]`]: text('name'),
        [`${data}[us_bank_account][account_number]`]: text('account_number'),
        [`${data}[us_bank_account][routing_number]`]: text('routing_number'),
        ...(chosen('verification') === 'instant' && signedIn),
      };
    }
    const [month = '', year = ''] = expiry();
    return {
      [`${data}[type]`]: 'card',
      [`${data}[card][number]`]: text('number').replace(/[\s-]/g, ''),
      [`${data}[card][exp_month]`]: month,
      [`${data}[card][exp_year]`]: year,
      [`${data}[card][cvc]`]: text('cvc'),
    };
  }

  /** https://docs.stripe.com/js/errors: `validation_error`, before anything is sent. */
  function problem(): Problem | undefined {
    const isIncomplete = (field: Input): boolean =>
      field.value.trim() === '' || (field.name === 'expiry' && expiry().length === 0);
    const field = visibleFields().find(isIncomplete);
    const message = field ? `Your ${field.dataset.label} is incomplete.` : '';
    for (const each of visibleFields()) each.setAttribute('aria-invalid', String(each === field));
    const alert = document.querySelector('[role=alert]');
    if (alert) alert.textContent = message;
    tellHeight();
    if (!field) return undefined;
    field.focus();
    return { error: { type: 'validation_error', code: `incomplete_${field.name}`, message } };
  }

  function showTypes(types: unknown[]): void {
    const isChoice = types.includes('card') && types.includes('us_bank_account');
    const choice = document.querySelector<Element>('#types');
    if (choice) choice.hidden = !isChoice;
    const bank = document.querySelector<Input>('input[value=us_bank_account]');
    if (bank && !types.includes('card')) bank.checked = true;
    showType();
  }

  function showType(): void {
    for (const part of document.querySelectorAll<Element>('[data-type]')) {
      part.hidden = part.dataset.type !== chosen('type');
    }
    tellChange();
    tellHeight();
  }

  function tellChange(): void {
    const fields = visibleFields();
    tell({
      event: 'change',
      complete: fields.every((field) => field.value.trim() !== ''),
      empty: fields.every((field) => field.value === ''),
      value: { type: chosen('type') },
      collapsed: false,
    });
  }

  form?.addEventListener('submit', (event) => event.preventDefault());
  form?.addEventListener('input', (event) => {
    if (event.target instanceof HTMLInputElement && event.target.name === 'type') showType();
    else tellChange();
  });
  form?.addEventListener('focusin', () => tell({ event: 'focus' }));
  form?.addEventListener('focusout', () => tell({ event: 'blur' }));
})();
