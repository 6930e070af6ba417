import type { Changes } from '../state/changes.js';
import type { Event } from '../state/resources.js';
import { listOfPage, pagination } from '../wire/lists.js';
import { boolean, listOf, string } from '../wire/parameters.js';
import { route } from '../wire/route.js';

/** https://docs.stripe.com/api/events/list: events can be listed for thirty days. */
const KEPT_SECONDS = 30 * 86_400;

const listParams = { ...pagination, type: string, types: listOf(string), delivery_success: boolean };

export const events = [
  route('GET /v1/events', listParams, ({ changes, params }) => {
    const oldest = changes.now - KEPT_SECONDS;
    const pending = pendingByEvent(changes);
    const { type: wanted, types, delivery_success: isDelivered } = params;
    const page = listOfPage(changes.all('event'), params, '/v1/events', [
      ({ created }) => created >= oldest,
      ({ type }) => !wanted || isOfType(type, wanted),
      ({ type }) => !types?.length || types.some((one) => isOfType(type, one)),
      ({ id }) => isDelivered === undefined || isDelivered === !pending.has(id),
    ]);
    return { ...page, data: page.data.map((event) => withPending(event, pending)) };
  }),

  route('GET /v1/events/:id', {}, ({ changes, id }) =>
    withPending(changes.get('event', id), pendingByEvent(changes)),
  ),
];

/** How many endpoints have not taken each event yet. */
function pendingByEvent(changes: Changes): Map<string, number> {
  const pending = new Map<string, number>();
  for (const { event, status } of changes.all('sandbox.delivery')) {
    if (status !== 'delivered') pending.set(event, (pending.get(event) ?? 0) + 1);
  }
  return pending;
}

function withPending(event: Event, pending: Map<string, number>): Event {
  return { ...event, pending_webhooks: pending.get(event.id) ?? 0 };
}

/** `charge.*` stands for every event whose name begins so. */
function isOfType(type: string, wanted: string): boolean {
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}
