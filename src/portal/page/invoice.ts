import { api, type Invoice, type Payment } from './api.js';
import { openAttempt } from './attempts.js';
import { h, linkButton, notice } from './dom.js';
import { money } from './format.js';
import { dueText, livePayment, returnedPayment } from './invoices.js';
import { type Desk, payForm, resume, showPayment } from './paying.js';
import { places } from './places.js';
import { onPlanNotice } from './plans.js';
import type { Screen } from './screen.js';

/** One invoice, and the way to pay it. A payment that is under way is shown as it stands, also after a reload. */
export async function invoiceScreen(invoiceId: string, signal: AbortSignal): Promise<Screen> {
  const [invoice, methods, payments, plans] = await Promise.all([
    api.invoice(invoiceId),
    api.methods(),
    api.payments(),
    api.plans(),
  ]);
  const plan = plans.data.find(
    (it) => it.invoiceId === invoiceId && it.origin === 'agreed' && it.status !== 'cancelled',
  );
  const desk: Desk = { invoice, methods: methods.data, signal, panel: h('div', { class: 'stack' }) };
  if (plan) desk.panel.replaceChildren(onPlanNotice(plan));
  else await begin(desk, payments.data);
  return {
    title: invoice.description,
    section: 'invoices',
    content: [
      h('p', {}, h('a', { href: places.invoices }, 'All invoices')),
      h('h1', { tabindex: -1 }, invoice.description),
      h(
        'p',
        { class: 'invoice-facts' },
        h('span', { class: 'amount large' }, money(invoice.amountMinor, invoice.currency)),
        h('span', { class: 'quiet' }, dueText(invoice)),
      ),
      desk.panel,
      !plan && invoice.status === 'open'
        ? h('p', {}, h('a', { href: places.newPlan(invoice.id) }, 'Pay in instalments instead'))
        : null,
    ],
  };
}

async function begin(desk: Desk, payments: Payment[]): Promise<void> {
  const { invoice } = desk;
  const attempt = openAttempt(invoice.id);
  if (attempt?.paymentId) return showPayment(desk, await api.payment(attempt.paymentId), 'as it stands');
  if (attempt) return resume(desk, attempt);

  const live = livePayment(invoice, payments);
  if (live && invoice.status === 'open') return showPayment(desk, live, 'as it stands');
  const settled = settledNotice(invoice);
  if (settled) return desk.panel.replaceChildren(settled);
  const returned = returnedPayment(invoice, payments);
  desk.panel.replaceChildren(...(returned ? [returnedNotice(returned)] : []), payForm(desk));
}

function settledNotice(invoice: Invoice): HTMLElement | null {
  if (invoice.status === 'void')
    return notice('note', 'This invoice was withdrawn', h('p', {}, 'Nothing is to be paid.'));
  if (invoice.status !== 'paid') return null;
  return notice(
    'good',
    'This invoice is paid',
    invoice.paymentId
      ? h('p', { class: 'actions' }, linkButton('Receipt', places.receipt(invoice.paymentId)))
      : null,
  );
}

/** Why an invoice that the payer remembers to have paid is here again. */
function returnedNotice({ id }: Payment): HTMLElement {
  return notice(
    'bad',
    'Your payment was returned',
    h('p', {}, 'Your bank has taken the money back, so this invoice is due again.'),
    h('p', { class: 'actions' }, linkButton('See the returned payment', places.receipt(id), 'second')),
  );
}
