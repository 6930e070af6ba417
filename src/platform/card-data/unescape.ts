import { foldedCharacter, UNSEEN } from './characters.js';
import { type PlainText, roomFor, type Wanted } from './plain-text.js';

const PERCENT = 0x25;
const BACKSLASH = 0x5c;
const AMPERSAND = 0x26;
/** What an escape begins with: 1. */
const ESCAPES = new Uint8Array(256);
for (const byte of [PERCENT, BACKSLASH, AMPERSAND]) ESCAPES[byte] = 1;

const NAME_LENGTH_MAX = 6;
/** Characters that HTML has names for, and people put between digits; each name as one number. */
const NAMED = new Map(
  Object.entries({
    nbsp: 32,
    ensp: 32,
    emsp: 32,
    thinsp: 32,
    shy: UNSEEN,
    zwnj: UNSEEN,
    hyphen: 45,
    ndash: 45,
    mdash: 45,
    period: 46,
  }).map(([name, code]) => [[...name].reduce((sum, it) => withLetter(sum, it.charCodeAt(0)), 0), code]),
);

/** One escaped character: what it stands for, and how many bytes it takes. */
let character = 0;
let taken = 0;

/** Undoes one layer of `%34`, `\u0034`, `\x34`, `&#52;` and their like; null where there is none. */
export function unescaped(text: PlainText, layer: number, wanted: Wanted): PlainText | null {
  const first = firstEscape(text);
  if (first === -1) return null;
  const { bytes: from, at: fromAt } = text;
  const { bytes, at } = roomFor(text.length, layer, wanted);
  let length = 0;
  for (let place = 0; place < text.length;) {
    let seen = from[place]!;
    let next = place + 1;
    if (place >= first && ESCAPES[seen] === 1 && readEscape(text, place)) {
      seen = character;
      next = place + taken;
    }
    if (seen !== UNSEEN) {
      if (at) at[length] = fromAt ? fromAt[place]! : place;
      bytes[length++] = seen;
    }
    place = next;
  }
  if (at) at[length] = fromAt ? fromAt[text.length]! : text.length;
  return { bytes, at, length };
}

function firstEscape(text: PlainText): number {
  const { bytes, length } = text;
  for (let place = 0; place < length; place++)
    if (ESCAPES[bytes[place]!] === 1 && readEscape(text, place)) return place;
  return -1;
}

function readEscape(text: PlainText, place: number): boolean {
  switch (text.bytes[place]) {
    case PERCENT:
      return readPercent(text, place);
    case BACKSLASH:
      return readBackslash(text, place);
    case AMPERSAND:
      return readEntity(text, place);
    default:
      return false;
  }
}

/** `%34`, or the several of one UTF-8 character: `%EF%BC%94`. */
function readPercent(text: PlainText, place: number): boolean {
  const first = percentByte(text, place);
  if (first === -1) return false;
  const more = first < 0xc0 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  let codePoint = more === 0 ? first : first & (0x3f >> more);
  for (let index = 1; index <= more; index++) {
    const next = percentByte(text, place + 3 * index);
    if (next === -1 || next >> 6 !== 2) return false;
    codePoint = codePoint * 64 + (next & 0x3f);
  }
  return became(codePoint, 3 * (more + 1));
}

function percentByte({ bytes, length }: PlainText, place: number): number {
  return place + 2 < length && bytes[place] === PERCENT ? hexadecimal(bytes, place + 1, 2) : -1;
}

/** `\u0034`, the two halves of one character `\ud835\udfd2`, `\x34`, and the white space of JSON. */
function readBackslash(text: PlainText, place: number): boolean {
  const { bytes, length } = text;
  if (place + 1 >= length) return false;
  switch (bytes[place + 1]) {
    case 0x75: {
      const unit = place + 5 < length ? hexadecimal(bytes, place + 2, 4) : -1;
      if (unit === -1) return false;
      if (unit < 0xd800 || unit > 0xdbff) return became(unit, 6);
      const isPair = place + 11 < length && bytes[place + 6] === BACKSLASH && bytes[place + 7] === 0x75;
      const low = isPair ? hexadecimal(bytes, place + 8, 4) : -1;
      return low === -1 ? became(unit, 6) : became((unit - 0xd800) * 0x400 + (low & 0x3ff) + 0x10000, 12);
    }
    case 0x78: {
      const code = place + 3 < length ? hexadecimal(bytes, place + 2, 2) : -1;
      return code !== -1 && became(code, 4);
    }
    case 0x6e: // n, r, t
    case 0x72:
    case 0x74:
      return became(32, 2);
    case 0x2f: // a slash may be escaped
      return became(0x2f, 2);
    case BACKSLASH: // the backslash of another layer
      return became(BACKSLASH, 2);
    default:
      return false;
  }
}

/** `&#52;`, `&#x34;`, `&nbsp;`. */
function readEntity({ bytes, length }: PlainText, place: number): boolean {
  if (place + 2 < length && bytes[place + 1] === 0x23) {
    const isHex = (bytes[place + 2]! | 32) === 0x78;
    const begin = place + (isHex ? 3 : 2);
    let end = begin;
    let codePoint = 0;
    for (; end < length && end < begin + 7; end++) {
      const digit = hexadecimal(bytes, end, 1);
      if (digit === -1 || (!isHex && digit > 9)) break;
      codePoint = codePoint * (isHex ? 16 : 10) + digit;
    }
    return end > begin && bytes[end] === 0x3b && codePoint < 0x110000 && became(codePoint, end + 1 - place);
  }
  let end = place + 1;
  let name = 0;
  for (; end < length && end <= place + NAME_LENGTH_MAX && bytes[end]! >= 97 && bytes[end]! <= 122; end++)
    name = withLetter(name, bytes[end]!);
  if (bytes[end] !== 0x3b || end >= length) return false;
  const named = NAMED.get(name);
  return named !== undefined && became(named, end + 1 - place);
}

/** A name of small letters, read on by one: NAME_LENGTH_MAX of them are 30 bits. */
function withLetter(name: number, letter: number): number {
  return (name << 5) | (letter - 96);
}

function became(codePoint: number, bytes: number): true {
  character = foldedCharacter(codePoint);
  taken = bytes;
  return true;
}

function hexadecimal(bytes: Uint8Array, place: number, digits: number): number {
  let value = 0;
  for (let index = place; index < place + digits; index++) {
    const byte = bytes[index]!;
    const lower = byte | 32;
    if (byte >= 48 && byte <= 57) value = value * 16 + byte - 48;
    else if (lower >= 97 && lower <= 102) value = value * 16 + lower - 87;
    else return -1;
  }
  return value;
}
