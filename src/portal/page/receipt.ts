import { api, type Invoice, type Payment, type PaymentMethod, Problem } from './api.js';
import { button } from './button.js';
import { h, linkButton, notice } from './dom.js';
import { methodName, moment, money } from './format.js';
import { isReturned, livePayment } from './invoices.js';
import { go, places } from './places.js';
import type { Screen } from './screen.js';

/** What was paid, when, with what: to keep or to print. Also that it was taken back, should it have been. */
export async function receiptScreen(paymentId: string): Promise<Screen> {
  const payment = await api.payment(paymentId);
  const [invoice, method] = await Promise.all([
    invoiceOf(payment),
    unlessGone(api.method(payment.paymentMethodId)),
  ]);
  if (payment.status !== 'succeeded')
    go(invoice ? places.invoice(invoice.id) : places.invoices, { replace: true });
  const heading = isReturned(payment)
    ? [h('h1', { tabindex: -1 }, 'Payment returned'), await returnedNotice(invoice)]
    : [h('h1', { tabindex: -1, class: 'paid' }, 'Payment received')];
  return {
    title: isReturned(payment) ? 'Payment returned' : 'Receipt',
    section: 'invoices',
    content: [
      ...heading,
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

async function returnedNotice(invoice: Invoice | null): Promise<HTMLElement> {
  const isDue = invoice?.status === 'open' && !livePayment(invoice, (await api.payments()).data);
  return notice(
    'bad',
    'Your bank has taken the money back',
    isDue && h('p', {}, 'The invoice is due again.'),
    isDue && h('p', { class: 'actions no-print' }, linkButton('Pay again', places.invoice(invoice.id))),
  );
}

function facts(payment: Payment, invoice: Invoice | null, method: PaymentMethod | null): HTMLElement {
  const rows: [string, string | null][] = [
    ['For', invoice?.description ?? null],
    ['Amount', money(payment.amountMinor, payment.currency)],
    ['Refunded', payment.refundedMinor > 0 ? money(payment.refundedMinor, payment.currency) : null],
    [
      'Taken back by your bank',
      payment.disputedMinor > 0 ? money(payment.disputedMinor, payment.currency) : null,
    ],
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
