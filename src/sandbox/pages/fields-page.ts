/** The frame with the fields. Its script is the only one that sees what is typed. */
export function fieldsPage(): string {
  return frame(`<form novalidate autocomplete="on">
<fieldset id="types" hidden><legend>Payment method</legend>
<label class="choice"><input type="radio" name="type" value="card" checked> Card</label>
<label class="choice"><input type="radio" name="type" value="us_bank_account"> US bank account</label>
</fieldset>
<div data-type="card">
${field('number', 'Card number', 'inputmode="numeric" autocomplete="cc-number" maxlength="23" placeholder="1234 1234 1234 1234"')}
<div class="row">
${field('expiry', 'Expiration date', 'inputmode="numeric" autocomplete="cc-exp" maxlength="9" placeholder="MM / YY"')}
${field('cvc', 'Security code', 'inputmode="numeric" autocomplete="cc-csc" maxlength="4" placeholder="CVC"')}
</div>
</div>
<div data-type="us_bank_account" hidden>
${field('name', 'Account holder', 'autocomplete="name" maxlength="100"')}
<div class="row">
${field('routing_number', 'Routing number', 'inputmode="numeric" maxlength="9" placeholder="110000000"')}
${field('account_number', 'Account number', 'inputmode="numeric" maxlength="17" placeholder="000123456789"')}
</div>
<fieldset><legend>Verify the account</legend>
<label class="choice"><input type="radio" name="verification" value="instant" checked> Now, at the test bank</label>
<label class="choice"><input type="radio" name="verification" value="microdeposits"> Later, by a small deposit</label>
</fieldset>
<p>By continuing you authorise debits from this account for what you agree to pay.</p>
</div>
<p role="alert"></p>
</form>
<script src="/js/fields.js"></script>`);
}

/** The same without fields, for calls that need none. */
export function controllerPage(): string {
  return frame('<script src="/js/fields.js"></script>');
}

const HOSTED: Record<string, string> = {
  number:
    'aria-label="Card number" inputmode="numeric" autocomplete="cc-number" maxlength="23" placeholder="1234 1234 1234 1234"',
  expirationDate:
    'aria-label="Expiration date" inputmode="numeric" autocomplete="cc-exp" maxlength="9" placeholder="MM / YY"',
  cvv: 'aria-label="Security code" inputmode="numeric" autocomplete="cc-csc" maxlength="4" placeholder="CVC"',
};

/** One field of Braintree's or Adyen's kind, in a frame of its own; null for a name that none has. */
export function hostedFieldPage(name: string): string | null {
  const attributes = Object.hasOwn(HOSTED, name) ? HOSTED[name] : undefined;
  return attributes
    ? frame(`<input name="${name}" required ${attributes}>\n<script src="/js/hosted-field.js"></script>`)
    : null;
}

function field(name: string, label: string, attributes: string): string {
  return `<label>${label}
<input name="${name}" data-label="${label.toLowerCase()}" required ${attributes}></label>`;
}

function frame(body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Payment fields – sandbox gateway</title>
<style>
:root { color-scheme: light dark; --line: #6b7280; --wrong: #b91c1c; --accent: #4338ca; --page: #fff; --text: #111827; }
@media (prefers-color-scheme: dark) { :root { --line: #9ca3af; --wrong: #fca5a5; --accent: #a5b4fc; --page: #111827; --text: #f9fafb; } }
* { box-sizing: border-box; }
body { background: var(--page); color: var(--text); font: 1rem/1.4 system-ui, sans-serif; margin: 0; padding: 3px; }
label { display: block; margin-bottom: .75rem; }
input { display: block; width: 100%; font: inherit; padding: .6rem; border: 1px solid var(--line); border-radius: .4rem; }
input[aria-invalid=true] { border-color: var(--wrong); }
.row { display: grid; grid-template-columns: 1fr 1fr; gap: .75rem; }
fieldset { border: 1px solid var(--line); border-radius: .4rem; margin: 0 0 .75rem; }
.choice { margin: .25rem 0; }
.choice input { display: inline; width: auto; }
[hidden] { display: none; }
[role=alert] { color: var(--wrong); margin: 0; }
[role=alert]:empty { display: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 0; }
</style>
</head>
<body>
<main aria-label="Payment details">
${body}
</main>
</body>
</html>
`;
}
