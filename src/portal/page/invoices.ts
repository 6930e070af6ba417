import { api, type Invoice, type Payment } from './api.js';
import { button } from './button.js';
import { h } from './dom.js';
import { day, dayOf, money, today } from './format.js';
import { places } from './places.js';
import type { Screen } from './screen.js';

/** The payer's invoices: what is to be paid first, the earliest due date on top. */
export async function invoicesScreen(): Promise<Screen> {
  const [invoices, payments] = await Promise.all([api.invoices(), api.payments()]);
  return {
    title: 'Invoices',
    section: 'invoices',
    content: [
      h('h1', { tabindex: -1 }, 'Invoices'),
      listOf(invoices.data, invoices.nextCursor, payments.data),
    ],
  };
}

function listOf(invoices: Invoice[], nextCursor: string | null, payments: Payment[]): HTMLElement {
  const isToPay = (invoice: Invoice) =>
    invoice.status === 'open' && livePayment(invoice, payments)?.status !== 'succeeded';
  const open = invoices.filter(isToPay).sort((one, other) => one.dueOn.localeCompare(other.dueOn));
  const past = invoices
    .filter((it) => !isToPay(it))
    .sort((one, other) => (other.paidAt ?? other.dueOn).localeCompare(one.paidAt ?? one.dueOn));

  const list = h(
    'div',
    { class: 'stack' },
    h(
      'section',
      { 'aria-labelledby': 'open-heading' },
      h('h2', { id: 'open-heading' }, 'To pay'),
      open.length > 0
        ? h('ul', { class: 'cards' }, ...open.map((it) => entry(it, livePayment(it, payments))))
        : h('p', { class: 'empty' }, 'Nothing to pay. You are all set.'),
    ),
    past.length > 0 &&
      h(
        'section',
        { 'aria-labelledby': 'past-heading' },
        h('h2', { id: 'past-heading' }, 'Past'),
        h('ul', { class: 'cards' }, ...past.map((it) => entry(it, livePayment(it, payments)))),
      ),
  );
  if (nextCursor) list.append(olderButton(list, invoices, nextCursor, payments));
  return list;
}

function olderButton(list: HTMLElement, shown: Invoice[], cursor: string, payments: Payment[]) {
  return button(
    'Show older invoices',
    async () => {
      const older = await api.invoices(cursor);
      list.replaceWith(listOf([...shown, ...older.data], older.nextCursor, payments));
    },
    { class: 'button second' },
  );
}

/** The payment of an invoice that is under way or has paid it: invoices hear of payments a moment later. */
export function livePayment(invoice: Invoice, payments: Payment[]): Payment | null {
  const own = payments.find((it) => isOf(invoice, it)); // the newest first
  if (!own || own.status === 'failed' || own.status === 'cancelled' || own.obligationFreed) return null;
  return own;
}

/** The payment that had paid an invoice, until the payer's bank took the money back. */
export function returnedPayment(invoice: Invoice, payments: Payment[]): Payment | null {
  return payments.find((it) => isOf(invoice, it) && isReturned(it)) ?? null;
}

/** Nothing of it is left, and not because all was refunded: a refund leaves the invoice as it is. */
export function isReturned({ obligationFreed, disputedMinor }: Payment): boolean {
  return obligationFreed && disputedMinor > 0;
}

const isOf = (invoice: Invoice, { obligation }: Payment) => obligation === `invoice:${invoice.id}`;

function entry(invoice: Invoice, payment: Payment | null): HTMLElement {
  return h(
    'li',
    { class: 'card invoice' },
    h(
      'div',
      { class: 'grow' },
      h('h3', {}, invoice.description),
      h('p', { class: 'quiet' }, dueText(invoice), ' ', badgeOf(invoice, payment)),
    ),
    h('p', { class: 'amount' }, money(invoice.amountMinor, invoice.currency)),
    action(invoice, payment),
  );
}

function action(invoice: Invoice, payment: Payment | null): HTMLElement | null {
  const link = (label: string, href: string, kind: string) =>
    h(
      'a',
      { class: `button ${kind}`, href },
      label,
      h('span', { class: 'visually-hidden' }, ` ${invoice.description}`),
    );
  const paidBy = invoice.paymentId ?? (payment?.status === 'succeeded' ? payment.id : null);
  if (paidBy) return link('Receipt', places.receipt(paidBy), 'second');
  if (invoice.status !== 'open') return null;
  if (payment) return link('Continue', places.invoice(invoice.id), '');
  return link('Pay', places.invoice(invoice.id), '');
}

export function dueText(invoice: Invoice): string {
  if (invoice.paidAt) return `Paid on ${dayOf(invoice.paidAt)}`;
  const isOverdue = invoice.status === 'open' && invoice.dueOn < today();
  return `${isOverdue ? 'Was due' : 'Due'} ${day(invoice.dueOn)}`;
}

function badgeOf(invoice: Invoice, payment: Payment | null): HTMLElement | null {
  if (invoice.status === 'paid' || payment?.status === 'succeeded')
    return h('span', { class: 'badge good' }, 'Paid');
  if (invoice.status === 'void') return h('span', { class: 'badge' }, 'Withdrawn');
  if (payment?.status === 'requires_action') return h('span', { class: 'badge waiting' }, 'Waiting for you');
  if (payment) return h('span', { class: 'badge waiting' }, 'Being confirmed');
  if (invoice.dueOn < today()) return h('span', { class: 'badge bad' }, 'Overdue');
  return null;
}
