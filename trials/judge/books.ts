import type { Json } from '../world/gateway-account.ts';
import { by, type Rule, type Violation } from './evidence.ts';

const INVOICE = 'invoice:';

/**
 * I3: an invoice is paid exactly when a payment for it took its whole amount. What is given back later leaves it paid:
 * billing keeps a returned invoice as paid today, and its payment says what was returned.
 */
export const invoicesPaid: Rule = ({ invoices, payments }) => {
  const found: Violation[] = [];
  const byId = new Map(payments.map((row) => [row.id, row]));
  for (const invoice of invoices) {
    const payment = invoice.payment_id && byId.get(invoice.payment_id);
    if (invoice.status === 'paid' && payment?.status !== 'succeeded')
      found.push(
        fault(invoice.id, `is paid by ${invoice.payment_id}, which is ${payment?.status ?? 'unknown here'}`),
      );
  }
  const invoice = new Map(invoices.map((row) => [row.id, row]));
  for (const payment of payments) {
    if (payment.status !== 'succeeded' || payment.obligation_freed || !payment.obligation.startsWith(INVOICE))
      continue;
    const paid = invoice.get(payment.obligation.slice(INVOICE.length));
    const isWhole = paid && Number(paid.amount_minor) === Number(payment.captured_minor);
    if (isWhole && paid.payment_id !== payment.id)
      found.push(fault(paid.id, `is ${paid.status} although payment ${payment.id} took its whole amount`));
  }
  return found;
};

/** I6 and I7: one row for each key and for each event; nothing parked that nobody expected. */
export const seenOnce: Rule = ({ payments, operations, refunds, invoices, events }) => {
  const found: Violation[] = [];
  const kinds: Record<string, Json[]> = { payments, operations, refunds, invoices };
  for (const [kind, rows] of Object.entries(kinds))
    for (const [key, made] of by(rows, (row) => `${row.caller} ${row.idempotency_key}`))
      if (made.length > 1) found.push(fault(key, `made ${made.length} ${kind}`));
  for (const [event, rows] of by(events, (row) => row.provider_event_id))
    if (rows.length > 1) found.push(fault(event, `was stored ${rows.length} times`));
  for (const event of events)
    if (event.status === 'parked')
      found.push(fault(event.provider_event_id, `(${event.type}) is parked: ${event.last_error}`));
  return found;
};

/** I12 and R1: every such call carried a key whose first part is the id of a row that is durable here. */
export const keysDurable: Rule = ({ requests, attempts, operations, refunds, setups, customers }) => {
  const known = new Set(
    [...attempts, ...operations, ...refunds, ...setups, ...customers].map(({ id }) => id),
  );
  return requests
    .filter(({ method }) => method !== 'GET')
    .filter(({ idempotency_key: key }) => !known.has(key?.split(':')[0]))
    .map(({ path, idempotency_key: key }) =>
      fault(path, `was called with the key ${key}, which no row here knows`),
    );
};

const fault = (subject: string, words: string): Violation => ({ rule: 'books', subject, words });
