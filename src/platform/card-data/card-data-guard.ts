import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../problem/problem.js';
import { holdsCardNumber } from './card-data.js';
import { type CardDataField, cardDataFieldOf } from './fields.js';

/** A token is verified and forgotten: it is neither stored nor logged. */
const NEVER_KEPT = 'authorization';
/**
 * Headers that proxies fill with random numbers, one in fifty thousand of which would look like a card's. They are neither
 * stored nor logged, and only a bare number in the form that they have passes.
 */
const TRACING =
  /^(x-b3-(trace|span|parentspan)id|b3|x-datadog-(trace|parent)-id|x-cloud-trace-context|x-amzn-trace-id|tracestate)$/;
const TRACE = /^[\w=:@;,./-]{1,512}$/;
const GROUPED = /\d[-_./]\d{3,}[-_./]\d/;

/** Refuses a request whose address or headers hold card data. @throws Problem `card_data_rejected` */
export function refuseCardDataAround(request: { url: string; headers: IncomingHttpHeaders }): void {
  const [path = '', ...query] = request.url.split('?');
  if (holdsCardNumber(path)) throw rejected({ path: 'the path', what: 'card number' });
  if (query.length > 0) refuseInQuery(query.join('?'));
  for (const [name, value] of Object.entries(request.headers)) {
    const text = String(value);
    if (name === NEVER_KEPT || (TRACING.test(name) && TRACE.test(text) && !GROUPED.test(text))) continue;
    if (holdsCardNumber(text) || holdsCardNumber(name))
      throw rejected({
        path: `the header ${holdsCardNumber(name) ? '(whose name holds it)' : name}`,
        what: 'card number',
      });
  }
}

/** Refuses a body before it is parsed. @throws Problem `card_data_rejected`, naming the field where the text is JSON */
export function refuseCardNumberIn(text: string): void {
  if (holdsCardNumber(text)) throw rejected(fieldIn(text) ?? { path: 'the body', what: 'card number' });
}

/** Refuses what only the parsed body shows: a security code, or a number in parts. @throws Problem `card_data_rejected` */
export function refuseCardDataFields(value: unknown): void {
  const field = cardDataFieldOf(value);
  if (field) throw rejected(field);
}

function fieldIn(text: string): CardDataField | null {
  try {
    return cardDataFieldOf(JSON.parse(text));
  } catch {
    return null;
  }
}

/** The path as it may be logged. */
export function loggablePath(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  return holdsCardNumber(path) ? '(not logged: it holds a card number)' : path;
}

function refuseInQuery(query: string): void {
  const found = holdsCardNumber(query) || cardDataFieldOf(valuesOf(query)) !== null;
  if (found) throw rejected({ path: 'the query', what: 'card number' });
}

/** A name that is given several times has several values. */
function valuesOf(query: string): Record<string, string[]> {
  const values: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of new URLSearchParams(query)) (values[name] ??= []).push(value);
  return values;
}

function rejected({ path, what }: CardDataField): Problem {
  return new Problem(
    'card_data_rejected',
    `There is a ${what} in ${path}. It was not stored. Give cards to the payment gateway only, by a setup intent.`,
    [{ path, message: `must not hold a ${what}` }],
  );
}
