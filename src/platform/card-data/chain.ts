import { isCardNumber, type Strictness } from './card-number.js';
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
type Judge = (from: number, to: number, length: number) => boolean;

const digits = new Uint8Array(DIGITS_MAX);

/**
 * Reports the card numbers of groups of digits that follow each other, as in `4242 4242 4242 4242`, until somebody has heard
 * enough, and answers whether somebody has.
 */
export function judgeChain(
  text: PlainText,
  start: number,
  end: number,
  strictness: Strictness,
  report: Found,
): boolean {
  const judge: Judge = (from, to, length) => isCard(text, from, to, length, strictness) && report(from, to);
  const groups = groupsOf(text.bytes, start, end);
  for (let index = 0; index < groups.length; index += 2) {
    const [from, to] = [groups[index]!, groups[index + 1]!];
    if (to - from < DIGITS_MIN || to - from > DIGITS_MAX) continue;
    if (isTrack(text, from, to) ? report(from, to) : judge(from, to, to - from)) return true;
  }
  if (judgeShapes(groups, judge)) return true;
  return groups.length >= 2 * GROUPS_MIN && judgeWhole(text.bytes, groups, judge);
}

/** Start and end of each. */
function groupsOf(bytes: Uint8Array, start: number, end: number): number[] {
  const groups: number[] = [];
  for (let place = start; place < end; place++) {
    if (!isDigit(bytes[place]!)) continue;
    groups.push(place);
    while (place < end && isDigit(bytes[place]!)) place++;
    groups.push(place);
  }
  return groups;
}

/** A number in a usual shape may begin and end with any group: an expiry date or another number may stand beside it. */
function judgeShapes(groups: number[], judge: Judge): boolean {
  for (let last = groups.length - 2; last >= 2; last -= 2) {
    let length = 0;
    let shape = 0;
    for (let index = last; index >= 0; index -= 2) {
      const group = groups[index + 1]! - groups[index]!;
      length += group;
      if (length > DIGITS_MAX || (group < SHAPE_GROUP_MIN && index < last)) break;
      shape = shape * SHAPE_BASE + group;
      const isShape = index < last && length >= DIGITS_MIN && SHAPES.has(shape);
      if (isShape && judge(groups[index]!, groups[last + 1]!, length)) return true;
    }
  }
  return false;
}

/** All groups together, when what stands between them is always the same. */
function judgeWhole(bytes: Uint8Array, groups: number[], judge: Judge): boolean {
  const lengths: number[] = [];
  let total = 0;
  for (let index = 0; index < groups.length; index += 2) {
    lengths.push(groups[index + 1]! - groups[index]!);
    total += lengths.at(-1)!;
    if (total > DIGITS_MAX || !isSameGap(bytes, groups, index)) return false;
  }
  const [first = 0] = lengths;
  const isEven =
    first <= EVEN_GROUP_MAX &&
    lengths.every((it, index) => it === first || (it < first && index === lengths.length - 1));
  const isOdd = total >= ODD_DIGITS_MIN && Math.max(...lengths) <= ODD_GROUP_MAX;
  const isWhole = (isEven && total >= DIGITS_MIN) || isOdd;
  return isWhole && judge(groups[0]!, groups.at(-1)!, total);
}

/** Whether the gap before a group is like the first one. */
function isSameGap(bytes: Uint8Array, groups: number[], index: number): boolean {
  if (index < 4) return true;
  const length = groups[index]! - groups[index - 1]!;
  return length === groups[2]! - groups[1]! && bytes[groups[index - 1]!] === bytes[groups[1]!];
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
