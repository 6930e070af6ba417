import { api, type Invoice, type Payment, type PaymentMethod, Problem } from './api.js';
import { button, h, linkButton } from './dom.js';
import { methodName, moment, money } from './format.js';
import { go, places } from './places.js';
import type { Screen } from './screen.js';

/** What was paid, when, with what: to keep or to print. */
export async function receiptScreen(paymentId: string): Promise<Screen> {
  const payment = await api.payment(paymentId);
  const [invoice, method] = await Promise.all([
    invoiceOf(payment),
    unlessGone(api.method(payment.paymentMethodId)),
  ]);
  if (payment.status !== 'succeeded')
    go(invoice ? places.invoice(invoice.id) : places.invoices, { replace: true });
  return {
    title: 'Receipt',
    section: 'invoices',
    content: [
      h('h1', { tabindex: -1, class: 'paid' }, 'Payment received'),
      facts(payment, invoice, method),
      h(
        'p',
        { class: 'actions no-print' },
        linkButton('Your invoices', places.invoices),
        button('Print', () => print(), { class: 'button second' }),
      ),
    ],
  };
}

function facts(payment: Payment, invoice: Invoice | null, method: PaymentMethod | null): HTMLElement {
  const rows: [string, string | null][] = [
    ['For', invoice?.description ?? null],
    ['Amount', money(payment.amountMinor, payment.currency)],
    ['Refunded', payment.refundedMinor > 0 ? money(payment.refundedMinor, payment.currency) : null],
    ['Paid on', moment(payment.createdAt)],
    ['Paid with', method ? methodName(method) : 'A card that was removed since'],
    ['Payment', payment.id],
  ];
  return h(
    'dl',
    { class: 'receipt' },
    ...rows.flatMap(([name, value]) =>
      value === null ? [] : [h('div', {}, h('dt', {}, name), h('dd', {}, value))],
    ),
  );
}

async function invoiceOf({ obligation }: Payment): Promise<Invoice | null> {
  const [kind, invoiceId] = obligation.split(':');
  return kind === 'invoice' && invoiceId ? unlessGone(api.invoice(invoiceId)) : null;
}

async function unlessGone<T>(asked: Promise<T>): Promise<T | null> {
  return asked.catch((error: unknown) => {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  });
}
