import type { Strictness } from './card-number.js';
import { judgeChain } from './chain.js';
import { decodedWords, WORD_MIN } from './encoded.js';
import { DIGITS_MIN } from './networks.js';
import type { PlainText } from './plain-text.js';

/** Where a card number stands: its first byte, and the one behind it. True when that is all that was to be known. */
export type Report = (start: number, end: number) => boolean;

const DIGIT = 1;
const WORD = 2;
/** Everything that base64 is made of. */
const KINDS = Uint8Array.from({ length: 256 }, (_, code) => {
  if (code >= 48 && code <= 57) return DIGIT;
  return /[a-z+/_-]/i.test(String.fromCharCode(code)) && code < 128 ? WORD : 0;
});

/** What people put between digits: white space, and - . _ / + | * ~ (other scripts' dashes and dots are these by now). */
const SEPARATORS = Uint8Array.from({ length: 256 }, (_, code) =>
  Number('\t\n\v\f\r -._/+|*~'.includes(String.fromCharCode(code))),
);
/** As in `4242 - 4242`. */
const SEPARATORS_MAX = 3;

/**
 * Reports every card number of a text, until somebody has heard enough, and answers whether somebody has. One way through it, that looks at a byte a bounded number of times, whatever the
 * bytes are: groups of digits with separators between them are judged when 13 digits are together, and words when they
 * are long enough to be an encoded number.
 */
export function scan(text: PlainText, strictness: Strictness, report: Report): boolean {
  return pass(
    text,
    (start, end) => judgeChain(text, start, end, strictness, report),
    (start, end) =>
      decodedWords(text, start, end, (decoded) => {
        const chain: Report = (from, to) => judgeChain(decoded, from, to, strictness, () => true);
        const isFound = pass(decoded, chain, () => false); // one layer: what is encoded twice is hidden on purpose
        return isFound && report(start, end);
      }),
  );
}

function pass({ bytes, length }: PlainText, chain: Report, word: Report): boolean {
  let chainStart = 0;
  let chainDigits = 0;
  let digitsEnd = -SEPARATORS_MAX - 1;
  let wordStart = -1;
  for (let place = 0; place < length; place++) {
    const kind = KINDS[bytes[place]!]!;
    if (kind === 0) {
      if (wordStart !== -1 && place - wordStart >= WORD_MIN && word(wordStart, place)) return true;
      wordStart = -1;
      continue;
    }
    if (wordStart === -1) wordStart = place;
    if (kind !== DIGIT) continue;
    if (!isGap(bytes, digitsEnd, place)) {
      if (chainDigits >= DIGITS_MIN && chain(chainStart, digitsEnd)) return true;
      chainStart = place;
      chainDigits = 0;
    }
    const first = place;
    while (place + 1 < length && KINDS[bytes[place + 1]!] === DIGIT) place++;
    digitsEnd = place + 1;
    chainDigits += digitsEnd - first;
  }
  if (chainDigits >= DIGITS_MIN && chain(chainStart, digitsEnd)) return true;
  return wordStart !== -1 && length - wordStart >= WORD_MIN && word(wordStart, length);
}

function isGap(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from > SEPARATORS_MAX) return false;
  for (let place = from; place < to; place++) if (SEPARATORS[bytes[place]!] === 0) return false;
  return true;
}
