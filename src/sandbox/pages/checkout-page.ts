import { formatMoney } from './money.js';
import type { CheckoutSession } from '../state/resources-checkout.js';
import { escape, page } from './html.js';

export type Method = 'card' | 'us_bank_account';

/** The hosted page: what a payer is sent to instead of typing a card into somebody else's page. */
export function checkoutPage(session: CheckoutSession, method: Method, problem?: string): string {
  const { title, button } = words(session, method);
  const alert = problem ? `<p role="alert" id="problem">${escape(problem)}</p>` : '';
  const cancel = session.cancel_url ? `<p><a href="${escape(session.cancel_url)}">Cancel</a></p>` : '';
  return page(
    title,
    `<h1>${title}</h1>
<p class="note">Test page of the sandbox gateway. No money moves.</p>
${items(session)}
${alert}
<form method="post" action="/c/pay/${session.id}">
<input type="hidden" name="method" value="${method}">
${method === 'card' ? CARD_FIELDS : bankFields(session)}
<button type="submit">${button}</button>
${submitText(session)}
</form>
${otherMethod(session, method)}
${cancel}`,
  );
}

const CARD_FIELDS = `<p>Use a test card such as 4242 4242 4242 4242.</p>
<label>Card number
<input name="number" inputmode="numeric" autocomplete="cc-number" required maxlength="23"></label>
<div class="row">
<label>Expiry (MM / YY)
<input name="expiry" inputmode="numeric" autocomplete="cc-exp" placeholder="MM / YY" required maxlength="9"></label>
<label>Security code
<input name="cvc" inputmode="numeric" autocomplete="cc-csc" required maxlength="4"></label>
</div>
<label>Name on card
<input name="name" autocomplete="cc-name" maxlength="100"></label>`;

const bankFields = ({
  sandbox,
}: CheckoutSession) => `<p>Use the test account 000123456789 with routing number 110000000.</p>
<label>Account holder
<input name="name" autocomplete="name" required maxlength="100"></label>
<label>Routing number
<input name="routing_number" inputmode="numeric" required maxlength="9"></label>
<label>Account number
<input name="account_number" inputmode="numeric" required maxlength="17"></label>
${sandbox.provesNoAccounts ? '' : VERIFICATION}
<p class="note">By continuing you authorise debits from this account for what you agree to pay.</p>`;

const VERIFICATION = `<fieldset><legend>Verify the account</legend>
<label class="choice"><input type="radio" name="verification" value="instant" checked> Now, by signing in at the test bank</label>
<label class="choice"><input type="radio" name="verification" value="microdeposits"> In a few days, by a small deposit</label>
</fieldset>`;

function words(session: CheckoutSession, method: Method): { title: string; button: string } {
  if (session.mode === 'payment') {
    const amount = formatMoney(session.amount_total ?? 0, session.currency ?? 'usd');
    return { title: `Pay ${amount}`, button: `Pay ${amount}` };
  }
  const what = method === 'card' ? 'card' : 'bank account';
  return { title: `Save a ${what}`, button: `Save ${what}` };
}

function submitText({ custom_text }: CheckoutSession): string {
  const message = custom_text.submit?.message;
  return message ? `<p class="note">${escape(message)}</p>` : '';
}

function items(session: CheckoutSession): string {
  const rows = session.sandbox.lineItems.map(
    ({ name, amount, quantity }) =>
      `<li>${quantity} × ${escape(name)}: ${formatMoney(amount * quantity, session.currency ?? 'usd')}</li>`,
  );
  return rows.length > 0 ? `<ul>${rows.join('')}</ul>` : '';
}

function otherMethod(session: CheckoutSession, method: Method): string {
  const other = method === 'card' ? 'us_bank_account' : 'card';
  if (!session.payment_method_types.includes(other)) return '';
  const what = other === 'card' ? 'card' : 'bank account';
  return `<p><a href="/c/pay/${session.id}?method=${other}">Use a ${what} instead</a></p>`;
}

/** "12 / 34", "1234", "12/2034": as people type it. */
export function expiryOf(text: string): { exp_month: number; exp_year: number } {
  const [, month = '0', year = '0'] = /^\s*(\d{1,2})\s*[/-]?\s*(\d{2}|\d{4})\s*$/.exec(text) ?? [];
  return { exp_month: Number(month), exp_year: Number(year) };
}

/** https://docs.stripe.com/payments/checkout/custom-success-page */
export function successUrl(session: CheckoutSession): string {
  return (session.success_url ?? '').replaceAll('{CHECKOUT_SESSION_ID}', session.id);
}
