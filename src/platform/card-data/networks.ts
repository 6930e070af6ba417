import creditCardType from 'credit-card-type';

/** ISO/IEC 7812: no card has fewer digits, or more. */
export const DIGITS_MIN = 13;
export const DIGITS_MAX = 19;

const { types, getTypeInfo } = creditCardType;

type Range = number | string | (number | string)[];

/** What the library's table lacks, and cards have. */
const ALSO: { patterns: Range[]; lengths: number[] }[] = [
  { patterns: [3095], lengths: [14, 16, 19] }, // Diners Club
  { patterns: [4], lengths: [13] }, // Visa: no longer issued, still among its published test numbers
];

/** Shorter ones are telephone numbers with their country's code: +62 of Indonesia is UnionPay, +60 to +66 is Maestro. */
const LENGTH_MIN: Record<string, number> = { maestro: 16, unionpay: 16 };
/** Mir's have 16 digits; ids that count milliseconds since 2010 and 2015 have 19, and reach 2200 in 2027 and in 2031. */
const LENGTH_MAX: Record<string, number> = { mir: 16 };
/** JCB's two oldest ranges have 15 digits; with more they would be nanoseconds since 1970, from January 2027 on. */
const JCB_OLD = [1800, 2131];

/** By the first six digits: a bit for each length that a card with them may have, the lowest for DIGITS_MIN. */
const LENGTHS = lengthsByPrefix();

/** Whether a network issues numbers that begin with these six digits and are this long. */
export function isIssued(firstSix: number, length: number): boolean {
  return ((LENGTHS[firstSix]! >> (length - DIGITS_MIN)) & 1) === 1;
}

/** UnionPay lets some of its cards go without a check digit. */
export function isUnionPay(number: string): boolean {
  return /^(62|81)/.test(number) && number.length >= 16 && number.length <= DIGITS_MAX;
}

function lengthsByPrefix(): Uint8Array {
  const table = new Uint8Array(1_000_000);
  for (const type of Object.values(types)) {
    const { patterns, lengths } = getTypeInfo(type);
    const usual = lengths.filter(
      (it) => it >= (LENGTH_MIN[type] ?? DIGITS_MIN) && it <= (LENGTH_MAX[type] ?? DIGITS_MAX),
    );
    for (const pattern of patterns) allow(table, pattern, JCB_OLD.includes(Number(pattern)) ? [15] : usual);
  }
  for (const { patterns, lengths } of ALSO) for (const pattern of patterns) allow(table, pattern, lengths);
  return table;
}

function allow(table: Uint8Array, pattern: Range, lengths: number[]): void {
  const [from, to] = (Array.isArray(pattern) ? pattern : [pattern, pattern]).map(String) as [string, string];
  const first = Number(from.slice(0, 6).padEnd(6, '0'));
  const last = Number(to.slice(0, 6).padEnd(6, '9'));
  const bits = lengths.reduce((sum, length) => sum | (1 << (length - DIGITS_MIN)), 0);
  for (let prefix = first; prefix <= last; prefix++) table[prefix]! |= bits;
}
