import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../problem/problem.js';
import { holdsCardNumber } from './card-data.js';

/** Headers that machines fill with random numbers, one of which would look like a card sooner or later. */
const RANDOM_BY_NATURE = /^authorization$|trace|span|b3|-id$/;

/** Refuses a request whose address or headers hold a card number. @throws Problem `card_data_rejected` */
export function refuseCardNumbers(request: { url: string; headers: IncomingHttpHeaders }): void {
  const [path = '', ...query] = request.url.split('?');
  refuseCardNumber(decoded(path), 'the path');
  refuseCardNumber(decoded(query.join('?').replaceAll('+', ' ')), 'the query');
  for (const [name, value] of Object.entries(request.headers))
    if (!RANDOM_BY_NATURE.test(name)) refuseCardNumber(String(value), `the header ${wordOf(name)}`);
}

/** @throws Problem `card_data_rejected`, which says where it was and never what */
export function refuseCardNumber(text: string, where: string): void {
  if (!holdsCardNumber(text)) return;
  throw new Problem(
    'card_data_rejected',
    `There is a card number in ${where}. It was not stored. Give cards to the payment gateway only, by a setup intent.`,
    [{ path: where, message: 'must not hold a card number' }],
  );
}

/** The path as it may be logged. */
export function loggablePath(url: string): string {
  const path = url.split('?', 1)[0] ?? '';
  return holdsCardNumber(decoded(path)) ? '(not logged: it holds a card number)' : path;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Callers name headers too. */
function wordOf(name: string): string {
  return holdsCardNumber(name) ? '(whose name holds it)' : name;
}
