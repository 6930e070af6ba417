import { settingsOf } from '../behaviour/settings.js';
import type { Kind } from '../state/account.js';
import type { Changes } from '../state/changes.js';
import { invalidRequest } from '../wire/errors.js';
import { integer, string, want, type Values } from '../wire/parameters.js';
import type { List } from '../wire/present.js';
import { route } from '../wire/route.js';

/**
 * https://docs.stripe.com/search#search-query-language: `status:'succeeded' AND metadata['order']:'7'`. Clauses are joined by
 * AND or by OR, never both.
 */
const searchParams = { query: string, limit: integer, page: string };
const LIMIT_MAX = 100;

export const searches = [
  route('GET /v1/payment_intents/search', searchParams, ({ changes, params }) =>
    search(changes, 'payment_intent', params),
  ),
  route('GET /v1/charges/search', searchParams, ({ changes, params }) => search(changes, 'charge', params)),
  route('GET /v1/customers/search', searchParams, ({ changes, params }) =>
    search(changes, 'customer', params),
  ),
];

function search<K extends Kind>(changes: Changes, kind: K, params: Values<typeof searchParams>): List {
  const matches = readQuery(want(params.query, 'query'));
  const limit = Math.min(params.limit ?? 10, LIMIT_MAX);
  const start = params.page ? Number(Buffer.from(params.page, 'base64url').toString()) : 0;
  // What was written a moment ago is not found yet: https://docs.stripe.com/search#data-freshness
  const newest = changes.now - settingsOf(changes).searchLagSeconds;
  const found = changes
    .all(kind)
    .filter((object) => (object.created ?? 0) <= newest && matches(object))
    .reverse();
  const isMore = start + limit < found.length;
  return {
    object: 'search_result',
    data: found.slice(start, start + limit),
    has_more: isMore,
    next_page: isMore ? Buffer.from(String(start + limit)).toString('base64url') : null,
    url: `/v1/${kind}s/search`,
  };
}

type Matcher = (object: object) => boolean;

const CLAUSE = /^(-?)([a-z_]+)(?:\[(["'])(.+?)\3\])?\s*(:|~|<=|>=|<|>)\s*(?:(["'])(.*?)\6|(-?\d+)|(null))$/;

function readQuery(query: string): Matcher {
  const byAnd = query.split(/\s+AND\s+/i);
  const byOr = query.split(/\s+OR\s+/i);
  if (byAnd.length > 1 && byOr.length > 1) {
    throw invalidRequest('You cannot combine AND and OR in the same search query.', undefined, 'query');
  }
  const isAnd = byOr.length === 1;
  const clauses = (isAnd ? byAnd : byOr).map((text) => readClause(text.trim()));
  return (object) =>
    isAnd ? clauses.every((matches) => matches(object)) : clauses.some((matches) => matches(object));
}

function readClause(text: string): Matcher {
  const parts = CLAUSE.exec(text);
  if (!parts) throw invalidRequest(`We were unable to parse your search query: ${text}`, undefined, 'query');
  const [, minus, field = '', , key, operator = ':', , quoted, digits, isNull] = parts;
  const isIt = compare(operator, isNull ? null : (quoted ?? digits ?? ''));
  return (object) => {
    const value = (object as Record<string, unknown>)[field];
    const found = key === undefined ? value : (value as Record<string, unknown> | undefined)?.[key];
    return isIt(found) !== (minus === '-');
  };
}

function compare(operator: string, wanted: string | null): (found: unknown) => boolean {
  if (wanted === null) return (found) => found === null || found === undefined;
  const isKnown = (found: unknown): boolean => found !== undefined && found !== null;
  if (operator === ':') return (found) => isKnown(found) && String(found) === wanted;
  if (operator === '~') {
    return (found) => isKnown(found) && String(found).toLowerCase().includes(wanted.toLowerCase());
  }
  const limit = Number(wanted);
  const sides: Record<string, (found: number) => boolean> = {
    '<': (found) => found < limit,
    '<=': (found) => found <= limit,
    '>': (found) => found > limit,
    '>=': (found) => found >= limit,
  };
  return (found) => typeof found === 'number' && sides[operator]!(found);
}
