import type { CheckoutSession } from '../state/resources-checkout.js';
import { escape, page } from './html.js';

export interface Typed {
  number?: string;
  expiry?: string;
  cvc?: string;
}

/** The hosted page: what a payer is sent to instead of typing a card into somebody else's page. */
export function checkoutPage(session: CheckoutSession, problem?: string): string {
  const isSetup = session.mode === 'setup';
  const title = isSetup ? 'Save a card' : 'Pay';
  const alert = problem ? `<p role="alert" id="problem">${escape(problem)}</p>` : '';
  const described = problem ? ' aria-describedby="problem"' : '';
  const cancel = session.cancel_url ? `<p><a href="${escape(session.cancel_url)}">Cancel</a></p>` : '';
  return page(
    title,
    `<h1>${title}</h1>
<p class="note">Test page of the sandbox gateway: use a test card such as 4242 4242 4242 4242. No money moves.</p>
${alert}
<form method="post" action="/c/pay/${session.id}" autocomplete="on">
<label>Card number
<input name="number" inputmode="numeric" autocomplete="cc-number" required maxlength="23"${described}></label>
<div class="row">
<label>Expiry (MM / YY)
<input name="expiry" inputmode="numeric" autocomplete="cc-exp" placeholder="MM / YY" required maxlength="7"></label>
<label>Security code
<input name="cvc" inputmode="numeric" autocomplete="cc-csc" required maxlength="4"></label>
</div>
<label>Name on card
<input name="name" autocomplete="cc-name" maxlength="100"></label>
<button type="submit">${isSetup ? 'Save card' : 'Pay'}</button>
</form>
${cancel}`,
  );
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
