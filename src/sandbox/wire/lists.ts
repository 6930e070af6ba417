import type { Resource } from '../state/resources.js';
import { invalidParameter, resourceMissing } from './errors.js';
import { integer, moment, string, type Moment } from './parameters.js';
import type { List } from './present.js';

/** https://docs.stripe.com/api/pagination */
const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 100;

export const cursor = { limit: integer, starting_after: string, ending_before: string };
export const pagination = { ...cursor, created: moment };

export interface Page {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
  created?: Moment;
}

/**
 * A page of those objects that match, newest first; the objects come in the order of their creation. The cursor is any
 * object of the kind, whether it matches or not.
 */
export function listOfPage<T extends Resource>(
  objects: T[],
  page: Page,
  url: string,
  matching: ((object: T) => boolean)[] = [],
): List<T> {
  const limit = page.limit ?? LIMIT_DEFAULT;
  if (limit < 1 || limit > LIMIT_MAX) {
    throw invalidParameter(
      'This value must be between 1 and 100 (inclusive).',
      'parameter_invalid_integer',
      'limit',
    );
  }
  const isWanted = (object: T): boolean =>
    isWithin(object.created ?? 0, page.created) && matching.every((matches) => matches(object));
  if (page.ending_before !== undefined) {
    const newer = objects.slice(indexOf(objects, page.ending_before, 'ending_before') + 1).filter(isWanted);
    return { object: 'list', data: newer.slice(0, limit).reverse(), has_more: newer.length > limit, url };
  }
  const end =
    page.starting_after === undefined
      ? objects.length
      : indexOf(objects, page.starting_after, 'starting_after');
  const older = objects.slice(0, end).filter(isWanted).reverse();
  return { object: 'list', data: older.slice(0, limit), has_more: older.length > limit, url };
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
