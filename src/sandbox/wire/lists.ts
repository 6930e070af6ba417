import type { Resource } from '../state/resources.js';
import { invalidParameter, resourceMissing } from './errors.js';
import { integer, moment, string, type Moment } from './parameters.js';
import type { List } from './present.js';

/** https://docs.stripe.com/api/pagination */
const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 100;

export const pagination = { limit: integer, starting_after: string, ending_before: string, created: moment };

export interface Page {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: Moment;
}

/** A page of objects, newest first; the objects come in the order of their creation. */
export function listOfPage<T extends Resource>(objects: T[], page: Page, url: string): List<T> {
  const limit = page.limit ?? LIMIT_DEFAULT;
  if (limit < 1 || limit > LIMIT_MAX) {
    throw invalidParameter(
      'This value must be between 1 and 100 (inclusive).',
      'parameter_invalid_integer',
      'limit',
    );
  }
  const newest = objects.filter((object) => isWithin(object.created ?? 0, page.created)).reverse();
  if (page.ending_before !== undefined) {
    const end = indexOf(newest, page.ending_before, 'ending_before');
    const start = Math.max(0, end - limit);
    return { object: 'list', data: newest.slice(start, end), has_more: start > 0, url };
  }
  const start =
    page.starting_after === undefined ? 0 : indexOf(newest, page.starting_after, 'starting_after') + 1;
  const data = newest.slice(start, start + limit);
  return { object: 'list', data, has_more: start + limit < newest.length, url };
}

function indexOf(objects: Resource[], id: string, param: string): number {
  const index = objects.findIndex((object) => object.id === id);
  if (index < 0) throw resourceMissing(objects[0]?.object ?? 'object', id, param);
  return index;
}

function isWithin(created: number, { gt, gte, lt, lte }: Moment = {}): boolean {
  return (
    (gt === undefined || created > gt) &&
    (gte === undefined || created >= gte) &&
    (lt === undefined || created < lt) &&
    (lte === undefined || created <= lte)
  );
}
