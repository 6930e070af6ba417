import { holdsCardNumber } from './card-data.js';
import { isUnionPay } from './networks.js';
import { splitNumberIn, type Piece } from './split-number.js';

/** What was found, and in which field; never the value. */
export interface CardDataField {
  path: string;
  what: 'card number' | 'security code' | 'PIN';
}

/** Deeper values are not looked into one by one; the text as a whole was. */
const LEVELS_MAX = 20;
const ROOT = 'the body';

/** Names of fields that hold a security code of three or four digits: CVC2, CVV2, CID, CAV2. */
const SECURITY_CODE =
  /^(card|credit_?card|cc)?[_.-]?(cvc|cvv|cvn|cvd|cav|csc|cid)[_.-]?2?([_.-]?(code|number|value))?$|^(card|cc)?[_.-]?security[_.-]?code$|^card[_.-]?verification([_.-]?(code|value|number))?$/i;
const PIN = /^(card|debit|atm)?[_.-]?pin([_.-]?(code|block|number))?$/i;
/** Names of fields that hold a card number, where UnionPay's numbers without a check digit count, too. */
const CARD_NUMBER =
  /^(pan|cc|card)[_.-]?(pan|no|num|number)?$|^(credit|debit)[_.-]?card[_.-]?(no|num|number)?$/i;

/** The first field of a parsed body that holds card data, alone or together with its neighbours; null where none does. */
export function cardDataFieldOf(value: unknown): CardDataField | null {
  return lookInto(value, [], 0);
}

function lookInto(value: unknown, path: string[], level: number): CardDataField | null {
  if (typeof value === 'string' || typeof value === 'number') return judged(value, path);
  if (typeof value !== 'object' || value === null || level > LEVELS_MAX) return null;
  const entries = Object.entries(value);
  for (const [name, inner] of entries) {
    if (holdsCardNumber(name)) return { path: pathOf(path), what: 'card number' };
    path.push(name);
    const found = lookInto(inner, path, level + 1);
    if (found) return found;
    path.pop();
  }
  return inPieces(entries, path, Array.isArray(value));
}

function judged(value: string | number, path: string[]): CardDataField | null {
  const text = typeof value === 'number' ? wholeNumber(value) : value;
  const name = path.findLast((part) => !/^\d+$/.test(part)) ?? '';
  const what =
    holdsCardNumber(text) || (CARD_NUMBER.test(name) && isUnionPay(text.replace(/[\s-]/g, '')))
      ? 'card number'
      : secretIn(name, text);
  return what && { path: pathOf(path), what };
}

function secretIn(name: string, text: string): 'security code' | 'PIN' | null {
  if (/^\s*\d{3,4}\s*$/.test(text) && SECURITY_CODE.test(name)) return 'security code';
  if (/^\s*(\d{4,12}|[0-9a-f]{16})\s*$/i.test(text) && PIN.test(name)) return 'PIN';
  return null;
}

/** A number as its digits: 4.242424242424242e15 is one, too. */
function wholeNumber(value: number): string {
  const isLong = Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e20;
  return isLong ? BigInt(value).toString() : String(value);
}

/** Neighbours that are nothing but digits could be the parts of one number. */
function inPieces(entries: [string, unknown][], path: string[], isList: boolean): CardDataField | null {
  let pieces: Piece[] = [];
  for (const [name, value] of [...entries, ['', null] as [string, unknown]]) {
    const digits = digitsOf(value);
    if (digits) pieces.push({ name, digits });
    else if (pieces.length < 2) pieces = [];
    else {
      const first = splitNumberIn(pieces, isList);
      if (first) return { path: pathOf([...path, first.name]), what: 'card number' };
      pieces = [];
    }
  }
  return null;
}

/** A piece of a number, perhaps with a separator left at its end, or alone in an object of a list. */
function digitsOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 1e15)
    return String(value);
  if (typeof value === 'string' && value.length <= 24 && /^[\s-]*\d[\d\s-]*$/.test(value.normalize('NFKC')))
    return value.normalize('NFKC').replace(/\D/g, '');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const inner = Object.values(value);
  return inner.length === 1 && typeof inner[0] === 'string' ? digitsOf(inner[0]) : null;
}

/** Callers name fields, too: a name that holds a number is not repeated. */
function pathOf(path: string[]): string {
  const shown = path.map((part) => (holdsCardNumber(part) ? '(a name that holds it)' : part)).join('.');
  return shown === '' ? ROOT : shown;
}
