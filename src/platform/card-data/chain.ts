import { isCardNumber, type Strictness } from './card-number.js';
import { DOUBLED } from './check-digit.js';
import { isSomethingElse } from './exemptions.js';
import { DIGITS_MAX, DIGITS_MIN } from './networks.js';
import type { PlainText } from './plain-text.js';

/** A shape is kept as one number: the lengths of its groups, each below this. */
const SHAPE_BASE = DIGITS_MAX + 1;
/** How cards are written in groups: on the card, by banks, or with the parts that are shown apart from the one that is not. */
const SHAPES = new Set(
  `4-4-4-4 4-4-4-4-1 4-4-4-4-2 4-4-4-4-3 4-6-5 4-6-4 4-4-4-2 4-4-4-3 4-3-3-3
   8-8 6-10 6-13 6-6-4 4-12 12-4 4-4-8 4-8-4 8-4-4`
    .split(/\s+/)
    .map((shape) => shape.split('-').reduceRight((code, group) => code * SHAPE_BASE + Number(group), 0)),
);
/** No group of them is shorter, but the last. */
const SHAPE_GROUP_MIN = 3;

/** Groups of one length, as in pairs, count when they stand alone. */
const EVEN_GROUP_MAX = 5;
/** Groups that nobody uses must be more digits than any telephone number has (E.164: 15), and none of them long. */
const ODD_DIGITS_MIN = 16;
const ODD_GROUP_MAX = 8;
const GROUPS_MIN = 3;

/** True when that is all that was to be known. */
type Found = (start: number, end: number) => boolean;
/** Of the digits from the beginning of a group to the last one so far. */
type Judge = (firstGroup: number, to: number, length: number) => boolean;

const digits = new Uint8Array(DIGITS_MAX);

/** The last groups of the chain: more than any number has. A power of two, so that a group's place is its lowest bits. */
const GROUPS_KEPT = 32;
const LOWEST_BITS = GROUPS_KEPT - 1;
const starts = new Uint32Array(GROUPS_KEPT);
const ends = new Uint32Array(GROUPS_KEPT);
/** The sums of Luhn's formula over all digits before a group, with the digits at even and at odd places doubled. */
const sumsBefore = [new Uint32Array(GROUPS_KEPT), new Uint32Array(GROUPS_KEPT)] as const;
/** The same up to the end of the last group, and which of the two counts there. */
const sums = new Uint32Array(2);
let doubled = 0;

/**
 * Reports the card numbers of groups of digits that follow each other, as in `4242 4242 4242 4242`, until somebody has heard
 * enough, and answers whether somebody has. One way through them, that remembers the last ones only: a chain may be the whole
 * text. The check digit of any groups is the difference of two sums, so that digits are not read again for each beginning.
 */
export function judgeChain(
  text: PlainText,
  start: number,
  end: number,
  strictness: Strictness,
  report: Found,
): boolean {
  const { bytes } = text;
  const judge: Judge = (first, to, length) => {
    const group = first & LOWEST_BITS;
    if ((sums[doubled]! - sumsBefore[doubled]![group]!) % 10 !== 0) return false;
    return isCard(text, starts[group]!, to, length, strictness) && report(starts[group]!, to);
  };
  let count = 0;
  let digitsSoFar = 0;
  let evenSum = 0;
  let oddSum = 0;
  for (let place = start; place < end; place++) {
    if (!isDigit(bytes[place]!)) continue;
    const from = place;
    const group = count++ & LOWEST_BITS;
    sumsBefore[0][group] = evenSum;
    sumsBefore[1][group] = oddSum;
    for (; place < end && isDigit(bytes[place]!); place++) {
      const digit = bytes[place]! - 48;
      const isEven = (digitsSoFar++ & 1) === 0;
      evenSum += isEven ? DOUBLED[digit]! : digit;
      oddSum += isEven ? digit : DOUBLED[digit]!;
    }
    sums[0] = evenSum;
    sums[1] = oddSum;
    doubled = digitsSoFar & 1; // the last digit is not doubled, the one before is, and so on
    starts[group] = from;
    ends[group] = place;
    const length = place - from;
    if (length >= DIGITS_MIN && length <= DIGITS_MAX)
      if (isTrack(text, from, place) ? report(from, place) : judge(count - 1, place, length)) return true;
    if (judgeShapes(count, judge)) return true;
  }
  return count >= GROUPS_MIN && count <= DIGITS_MAX && judgeWhole(bytes, count, judge);
}

/** A number in a usual shape may begin and end with any group: here those that end with the last one so far. */
function judgeShapes(count: number, judge: Judge): boolean {
  const last = count - 1;
  const first = Math.max(0, count - GROUPS_KEPT);
  let length = 0;
  let shape = 0;
  for (let index = last; index >= first; index--) {
    const group = ends[index & LOWEST_BITS]! - starts[index & LOWEST_BITS]!;
    length += group;
    if (length > DIGITS_MAX || (group < SHAPE_GROUP_MIN && index < last)) return false;
    shape = shape * SHAPE_BASE + group;
    const isShape = index < last && length >= DIGITS_MIN && SHAPES.has(shape);
    if (isShape && judge(index, ends[last & LOWEST_BITS]!, length)) return true;
  }
  return false;
}

/** All groups together, when what stands between them is always the same. */
function judgeWhole(bytes: Uint8Array, count: number, judge: Judge): boolean {
  let total = 0;
  let longest = 0;
  let isEven = true;
  const first = ends[0]! - starts[0]!;
  for (let index = 0; index < count; index++) {
    const length = ends[index]! - starts[index]!;
    total += length;
    if (total > DIGITS_MAX || !isSameGap(bytes, index)) return false;
    longest = Math.max(longest, length);
    isEven &&= length === first || (length < first && index === count - 1);
  }
  const isPlain = isEven && first <= EVEN_GROUP_MAX && total >= DIGITS_MIN;
  const isOdd = total >= ODD_DIGITS_MIN && longest <= ODD_GROUP_MAX;
  return (isPlain || isOdd) && judge(0, ends[count - 1]!, total);
}

/** Whether the gap before a group is like the first one. */
function isSameGap(bytes: Uint8Array, index: number): boolean {
  if (index < 2) return true;
  const length = starts[index]! - ends[index - 1]!;
  return length === starts[1]! - ends[0]! && bytes[ends[index - 1]!] === bytes[ends[0]!];
}

function isCard(text: PlainText, from: number, to: number, length: number, strictness: Strictness): boolean {
  for (let place = from, count = 0; place < to; place++)
    if (isDigit(text.bytes[place]!)) digits[count++] = text.bytes[place]! - 48;
  return isCardNumber(digits, length, strictness) && !isSomethingElse(text, from, to, digits, length);
}

/** Track 1 and 2 of the magnetic stripe: `%B4242424242424242^NAME^2912`, `;4242424242424242=2912`. */
function isTrack({ bytes, length }: PlainText, from: number, to: number): boolean {
  if (to + 4 >= length) return false;
  if (bytes[to] === 0x5e) return bytes[from - 1] === 0x42 && bytes[from - 2] === 0x25;
  return bytes[to] === 0x3d && bytes[from - 1] === 0x3b && isDigit(bytes[to + 4]!);
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}
