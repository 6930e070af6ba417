import { escape, page } from './html.js';

/** Where a payer tells what arrived in the bank account. https://docs.stripe.com/payments/ach-direct-debit#hosted-verification-page */
export function microdepositsPage(id: string, type: 'amounts' | 'descriptor_code', problem?: string): string {
  const alert = problem ? `<p role="alert">${escape(problem)}</p>` : '';
  return page(
    'Verify your bank account',
    `<h1>Verify your bank account</h1>
<p class="note">Test page of the sandbox gateway: use ${type === 'amounts' ? '32 and 45' : 'SM11AA'}.</p>
${alert}
<form method="post" action="/microdeposits/${id}">
${type === 'amounts' ? AMOUNTS : DESCRIPTOR}
<button type="submit">Verify</button>
</form>`,
  );
}

const AMOUNTS = `<div class="row">
<label>First deposit, in cents
<input name="amount1" inputmode="numeric" required maxlength="2"></label>
<label>Second deposit, in cents
<input name="amount2" inputmode="numeric" required maxlength="2"></label>
</div>`;

const DESCRIPTOR = `<label>Code in the statement, beginning with SM
<input name="descriptor_code" required maxlength="6" autocomplete="off"></label>`;

export function verifiedPage(): string {
  return page('Bank account verified', '<h1>Bank account verified</h1><p>You can close this page.</p>');
}
