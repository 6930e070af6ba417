import { isCardNumberText } from './card-number.js';
import { DIGITS_MAX } from './networks.js';

/** A field that is nothing but digits. */
export interface Piece {
  name: string;
  digits: string;
}

const PIECES_MAX = 5;
/** How the parts of a card number are long, whatever their fields are called. Other lengths need names that go together. */
const SHAPES = /^(4,4,4,4(,[1-3])?|4,6,[45]|6,6,4)$/;
/** What tells the parts of one thing apart. */
const PART_WORDS =
  /\d+|part|piece|first|second|third|fourth|fifth|one|two|three|four|five|start|begin|middle|mid|end|last|left|right|head|tail|high|low|hi|lo|upper|lower|prefix|suffix|rest|[_.\-\s]/gi;
const CARD_WORDS = /card|credit|debit|(^|_)pan|^(bin|iin)|^cc|first_?(6|six)/i;
/** Shown beside much else; but what stands before it may be the rest. */
const LAST_FOUR = /^last_?(4|four)$/i;
/** Only Visa's old numbers are shorter, and much is. */
const SPLIT_DIGITS_MIN = 14;

/** The first of two to five neighbours that are a card number when written in a row; null where none are. */
export function splitNumberIn(pieces: Piece[], isList: boolean): Piece | null {
  if (isList && pieces.length > PIECES_MAX) return isDigitByDigit(pieces) ? pieces[0]! : null;
  for (let first = 0; first < pieces.length - 1; first++) {
    let number = pieces[first]!.digits;
    for (let last = first + 1; last < pieces.length && last < first + PIECES_MAX; last++) {
      number += pieces[last]!.digits;
      if (number.length > DIGITS_MAX) break;
      if (
        number.length >= SPLIT_DIGITS_MIN &&
        isCardNumberText(number) &&
        mayBelongTogether(pieces.slice(first, last + 1), isList)
      )
        return pieces[first]!;
    }
  }
  return null;
}

function mayBelongTogether(pieces: Piece[], isList: boolean): boolean {
  if (isList || SHAPES.test(pieces.map(({ digits }) => digits.length).join())) return true;
  const names = pieces.map(({ name }) => stemOf(name));
  if (names.every((name) => name === names[0])) return true;
  return pieces.some(({ name }) => CARD_WORDS.test(name)) || LAST_FOUR.test(pieces.at(-1)!.name);
}

/** `cardPart1` and `cardPart2`, `a` and `b`, `n_first` and `n_last` are parts of one thing. */
function stemOf(name: string): string {
  const stem = name.replace(PART_WORDS, '').toLowerCase();
  return stem.length === 1 ? '' : stem.replace(/[a-e]$/, '');
}

function isDigitByDigit(pieces: Piece[]): boolean {
  return (
    pieces.every(({ digits }) => digits.length === 1) &&
    isCardNumberText(pieces.map(({ digits }) => digits).join(''))
  );
}
