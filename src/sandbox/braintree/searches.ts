import { settingsOf } from '../behaviour/settings.js';
import type { Changes } from '../state/changes.js';
import { disputeView } from './dispute-views.js';
import { nameOf } from './names.js';
import { type BraintreeRoute, type Json, partOf, route, shown } from './route.js';
import type { Dispute } from '../state/resources-money.js';
import { isBankDebit, refundView, saleView } from './transaction-views.js';
import { Collection } from './xml.js';

/** https://developer.paypal.com/braintree/docs/reference/general/searching/search-results/node */
const PAGE = 50;

interface Found {
  id: string;
  createdAt: number;
  orderId: string;
  view: () => ReturnType<typeof saleView>;
}

/** First the ids of all that match, then the transactions of some of them. */
export const searches: BraintreeRoute[] = [
  route('POST /transactions/advanced_search_ids', ({ changes, body }) => {
    const ids = matching(changes, partOf(body, 'search')).map(({ id }) => id);
    return shown('search-results', { 'page-size': PAGE, ids });
  }),

  route('POST /transactions/advanced_search', ({ changes, body }) => {
    const items = matching(changes, partOf(body, 'search')).map(({ view }) => view());
    const counts = { 'current-page-number': 1, 'page-size': PAGE, 'total-items': items.length };
    return shown('credit-card-transactions', new Collection(counts, 'transaction', items));
  }),

  route('POST /disputes/advanced_search', ({ changes, body }) => {
    const from = timeOf(partOf(partOf(body, 'search'), 'received_date')['min']);
    const items = changes
      .all('dispute')
      .filter((it) => !isReturnOfDebit(changes, it))
      .filter(({ created }) => created * 1000 >= from)
      .map((it) => disputeView(changes, it));
    // All on the first page: the library takes the page's size from here.
    const counts = { 'current-page-number': 1, 'page-size': Math.max(PAGE, items.length + 1) };
    return shown('disputes', new Collection({ ...counts, 'total-items': items.length }, 'dispute', items));
  }),
];

/** The newest first. What was made a moment ago may not be found yet, as a test may ask for. */
function matching(changes: Changes, search: Json): Found[] {
  const { is: orderId } = partOf(search, 'order_id');
  const from = timeOf(partOf(search, 'created_at')['min']);
  const returnedSince = partOf(search, 'ach_return_responses_created_at')['min'];
  const ids = Array.isArray(search['ids']) ? new Set(search['ids'].map(String)) : null;
  const newest = changes.now - settingsOf(changes).searchLagSeconds;
  const found = [...sales(changes), ...refunds(changes)];
  const returns = returnsSince(changes, timeOf(returnedSince));
  return (returnedSince === undefined ? found : found.filter(({ id }) => returns.has(id)))
    .filter((it) => it.createdAt <= newest && it.createdAt * 1000 >= from)
    .filter((it) => (orderId === undefined || it.orderId === orderId) && (!ids || ids.has(it.id)))
    .sort((one, other) => other.createdAt - one.createdAt);
}

/** A return that came after the debit had settled is no dispute at Braintree. */
function isReturnOfDebit(changes: Changes, { payment_intent: id }: Dispute): boolean {
  const intent = changes.find('payment_intent', id ?? '');
  return intent !== undefined && isBankDebit(intent);
}

function returnsSince(changes: Changes, from: number): Set<string> {
  const returned = changes.all('dispute').filter((it) => isReturnOfDebit(changes, it));
  return new Set(
    returned.filter((it) => it.created * 1000 >= from).map((it) => nameOf(it.payment_intent ?? '')),
  );
}

function sales(changes: Changes): Found[] {
  return changes
    .all('payment_intent')
    .filter(({ metadata }) => metadata['order_id'] !== undefined)
    .map((it) => ({
      id: nameOf(it.id),
      createdAt: it.created,
      orderId: it.metadata['order_id']!,
      view: () => saleView(changes, it),
    }));
}

function refunds(changes: Changes): Found[] {
  return changes
    .all('refund')
    .filter(({ metadata }) => metadata['order_id'] !== undefined)
    .map((it) => ({
      id: nameOf(it.id),
      createdAt: it.created,
      orderId: it.metadata['order_id']!,
      view: () => refundView(changes, it),
    }));
}

/** A search is exact to the minute. */
function timeOf(min: unknown): number {
  return typeof min === 'string' ? Math.floor(Date.parse(min) / 60_000) * 60_000 : 0;
}
