// Inside the frame: the only script that ever sees digits. It runs on the sandbox's origin and sends them there only.
// The page around it talks to it through a message port, handed over once.
(() => {
  const $ = (name) => document.getElementsByName(name)[0];
  const form = document.querySelector('form');
  let port;
  let publishableKey;

  window.addEventListener('message', (event) => {
    if (event.source !== window.parent || event.data?.sandbox !== 'start' || port) return;
    [port] = event.ports;
    ({ publishableKey } = event.data);
    port.onmessage = ({ data }) => answer(data);
    if (form) showTypes(event.data.types ?? ['card']);
    tell({ event: 'ready' });
    if (form) tellHeight();
  });

  const tell = (message) => port?.postMessage(message);
  const tellHeight = () => tell({ event: 'height', height: document.documentElement.offsetHeight });

  async function answer({ id, call, args }) {
    const calls = { confirm, retrieve, validate: async () => problem() ?? {}, focus: async () => focus() };
    tell({ id, result: await calls[call](args).catch((error) => ({ error: asError(error) })) });
  }

  const asError = (error) => ({ type: 'api_connection_error', message: error.message });

  // ── the API, with the publishable key ────────────────────────────────────────────────────────────────────────────

  async function api(method, path, fields) {
    const form = new URLSearchParams(fields);
    const isGet = method === 'GET';
    const answer = await fetch(isGet ? `${path}?${form}` : path, {
      method,
      headers: { authorization: `Bearer ${publishableKey}` },
      ...(!isGet && { body: form }),
    });
    return answer.json();
  }

  const pathOf = (clientSecret) => {
    const id = clientSecret.split('_secret_')[0];
    return `/v1/${id.startsWith('seti_') ? 'setup_intents' : 'payment_intents'}/${id}`;
  };

  const retrieve = ({ clientSecret }) =>
    api('GET', pathOf(clientSecret), { client_secret: clientSecret, 'expand[0]': 'payment_method' });

  /** Confirms with what was typed, or with a saved method. */
  async function confirm({ clientSecret, fields, usesForm }) {
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

  const type = () => document.querySelector('input[name=type]:checked')?.value ?? 'card';
  const visibleFields = () => [...form.querySelectorAll(`[data-type=${type()}] input[required]`)];

  function typed() {
    const data = (name, value) => [`payment_method_data[${name}]`, value];
    if (type() === 'us_bank_account') {
      const isInstant = document.querySelector('input[name=verification]:checked').value === 'instant';
      return Object.fromEntries([
        data('type', 'us_bank_account'),
        data('billing_details][name', $('name').value),
        data('us_bank_account][account_number', $('account_number').value),
        data('us_bank_account][routing_number', $('routing_number').value),
        ...(isInstant
          ? [data('us_bank_account][financial_connections_account', 'fca_test_institution')]
          : []),
      ]);
    }
    const [month, year] = expiry();
    return Object.fromEntries([
      data('type', 'card'),
      data('card][number', $('number').value.replace(/[\s-]/g, '')),
      data('card][exp_month', month),
      data('card][exp_year', year),
      data('card][cvc', $('cvc').value),
    ]);
  }

  const expiry = () => /^\s*(\d{1,2})\s*\/?\s*(\d{2}|\d{4})\s*$/.exec($('expiry').value)?.slice(1) ?? [];

  /** https://docs.stripe.com/js/errors: `validation_error`, before anything is sent. */
  function problem() {
    const empty = visibleFields().find((field) => field.value.trim() === '');
    const isWrong = type() === 'card' && !empty && expiry().length === 0;
    const field = empty ?? (isWrong ? $('expiry') : undefined);
    for (const each of visibleFields()) each.setAttribute('aria-invalid', String(each === field));
    document.querySelector('[role=alert]').textContent = field ? `${field.dataset.label} is incomplete.` : '';
    tellHeight();
    if (!field) return undefined;
    field.focus();
    const code = `incomplete_${field.name}`;
    return {
      error: { type: 'validation_error', code, message: `Your ${field.dataset.label} is incomplete.` },
    };
  }

  function focus() {
    visibleFields()[0]?.focus();
    return {};
  }

  function showTypes(types) {
    const isChoice = types.includes('card') && types.includes('us_bank_account');
    document.querySelector('#types').hidden = !isChoice;
    if (!types.includes('card')) document.querySelector('input[value=us_bank_account]').checked = true;
    showType();
  }

  function showType() {
    for (const part of form.querySelectorAll('[data-type]')) part.hidden = part.dataset.type !== type();
    change();
    tellHeight();
  }

  function change() {
    const fields = visibleFields();
    const isComplete = fields.every((field) => field.value.trim() !== '');
    const isEmpty = fields.every((field) => field.value === '');
    tell({
      event: 'change',
      complete: isComplete,
      empty: isEmpty,
      value: { type: type() },
      collapsed: false,
    });
  }

  if (form) {
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('input', (event) => (event.target.name === 'type' ? showType() : change()));
    form.addEventListener('focusin', () => tell({ event: 'focus' }));
    form.addEventListener('focusout', () => tell({ event: 'blur' }));
  }
})();
