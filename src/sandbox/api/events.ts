import { listOfPage, pagination } from '../wire/lists.js';
import { boolean, listOf, string } from '../wire/parameters.js';
import { route } from '../wire/route.js';

/** https://docs.stripe.com/api/events/list: events can be listed for thirty days. */
const KEPT_SECONDS = 30 * 86_400;

const listParams = { ...pagination, type: string, types: listOf(string), delivery_success: boolean };

export const events = [
  route('GET /v1/events', listParams, ({ changes, params }) => {
    const oldest = changes.now - KEPT_SECONDS;
    const undelivered = new Set(
      changes
        .all('sandbox.delivery')
        .filter(({ status }) => status !== 'delivered')
        .map(({ event }) => event),
    );
    const found = changes
      .all('event')
      .filter(({ created }) => created >= oldest)
      .filter(({ type }) => !params.type || isOfType(type, params.type))
      .filter(({ type }) => !params.types?.length || params.types.some((wanted) => isOfType(type, wanted)))
      .filter(
        ({ id }) => params.delivery_success === undefined || params.delivery_success !== undelivered.has(id),
      );
    return listOfPage(found, params, '/v1/events');
  }),

  route('GET /v1/events/:id', {}, ({ changes, id }) => changes.get('event', id)),
];

/** `charge.*` stands for every event whose name begins so. */
function isOfType(type: string, wanted: string): boolean {
  return wanted.endsWith('*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}
