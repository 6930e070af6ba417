import type { PlainText } from './plain-text.js';

/**
 * Numbers that look like a card's and are something else. Each is believed by its own form or check digits, never by
 * its name; what somebody would lose who dressed a card as one is in docs/compliance/card-data-guard.md.
 */
export function isSomethingElse(
  text: PlainText,
  start: number,
  end: number,
  digits: Uint8Array,
  length: number,
): boolean {
  const isRun = end - start === length;
  if (isRun) {
    if (isTelephone(text, start, digits, length)) return true;
    if (length === 13 && isArticleNumber(digits)) return true;
    if (isFraction(text, start, end)) return true;
    if (isInHexadecimal(text, start, end) || isInTraceParent(text, start, end)) return true;
  }
  return isInUuid(text, start, end) || isInIban(text, start, end);
}

/** `+49 151 12345678` in one: the longest that are in use and begin like a card have 13 digits. */
function isTelephone({ bytes }: PlainText, start: number, digits: Uint8Array, length: number): boolean {
  if (bytes[start - 1] !== 0x2b || digits[0] !== 4) return false;
  const second = digits[1]!; // +43, +46 and +49: Austria, Sweden, Germany
  return length === 13 && (second === 3 || second === 6 || second === 9);
}

/** EAN-13, and so ISBN-13: only Visa's 13 digits, which are no longer issued, could be meant instead. */
function isArticleNumber(digits: Uint8Array): boolean {
  let sum = 0;
  for (let place = 0; place < 13; place++) sum += digits[place]! * (place % 2 === 0 ? 1 : 3);
  return sum % 10 === 0;
}

/** `0.4242424242424242`, when it is just what a floating-point number is written as: anything longer was made up. */
function isFraction({ bytes, length }: PlainText, start: number, end: number): boolean {
  if (bytes[start - 1] !== 0x2e) return false;
  let first = start - 1;
  while (first > 0 && start - first <= FLOAT_DIGITS_MAX && isDigit(bytes[first - 1]!)) first--;
  const isPartOfMore = bytes[first - 1] === 0x2e || (end < length && bytes[end] === 0x2e);
  if (isPartOfMore || first === start - 1 || end - first > FLOAT_DIGITS_MAX + 2) return false;
  let written = '';
  for (let place = first; place < end; place++) written += String.fromCharCode(bytes[place]!);
  return String(Number(written)) === written;
}

/** A double has no more that mean anything; a leading zero and the point come on top. */
const FLOAT_DIGITS_MAX = 17;

/** Hashes and keys: long, with letters here and there. Letters in one place only are letters beside a number. */
const HEXADECIMAL_MIN = 24;
const LETTER_GROUPS_MIN = 2;
/** No hash has more on one side of what looks like a card; further is not looked. */
const HEXADECIMAL_REACH = 2 * HEXADECIMAL_MIN;
/** MongoDB's ids have 24. */
const OBJECT_ID = 24;

const DIGIT = 1;
const LETTER = 2;
const HEXADECIMAL = Uint8Array.from({ length: 256 }, (_, byte) =>
  isDigit(byte) ? DIGIT : isHexadecimal(byte) ? LETTER : 0,
);

function isInHexadecimal({ bytes, length }: PlainText, start: number, end: number): boolean {
  let first = start;
  let last = end;
  let letterGroups = 0;
  // A number stands between: letters on its two sides are two groups.
  for (let before = DIGIT; first > 0 && start - first < HEXADECIMAL_REACH; first--) {
    const kind = HEXADECIMAL[bytes[first - 1]!]!;
    if (kind === 0) break;
    if (kind > before) letterGroups++;
    before = kind;
    if (letterGroups >= LETTER_GROUPS_MIN && end - first >= HEXADECIMAL_MIN) return true;
  }
  for (let before = DIGIT; last < length && last - end < HEXADECIMAL_REACH; last++) {
    const kind = HEXADECIMAL[bytes[last]!]!;
    if (kind === 0) break;
    if (kind > before) letterGroups++;
    before = kind;
    if (letterGroups >= LETTER_GROUPS_MIN && last - first >= HEXADECIMAL_MIN) return true;
  }
  const isEnough = letterGroups >= LETTER_GROUPS_MIN && last - first >= HEXADECIMAL_MIN;
  return isEnough || (last - first === OBJECT_ID && letterGroups > 0 && isRecent(bytes, first));
}

/** An ObjectId begins with the second of its making, here from 2009 to 2040. */
function isRecent(bytes: Uint8Array, first: number): boolean {
  const second = parseInt(String.fromCharCode(...bytes.subarray(first, first + 8)), 16);
  return second > 1_230_768_000 && second < 2_208_988_800;
}

function isHexadecimal(byte: number): boolean {
  return isDigit(byte) || ((byte | 32) >= 97 && (byte | 32) <= 102);
}

/** Where the hyphens are, and all there is: a UUID of RFC 9562, and a W3C trace parent. */
const UUID = { hyphens: [8, 13, 18, 23], length: 36 };
const TRACE_PARENT = { hyphens: [2, 35, 52], length: 55 };

/** One that has a letter: of UUIDs, one in a million has none. Anything but a letter or a digit may stand beside it. */
function isInUuid(text: PlainText, start: number, end: number): boolean {
  const { bytes } = text;
  let hyphen = start;
  while (hyphen < end && bytes[hyphen] !== 0x2d) hyphen++;
  if (hyphen === end) return false;
  return UUID.hyphens.some((place) => {
    const first = hyphen - place;
    if (first < 0 || first > start || first + UUID.length < end || !isMadeLike(text, first, UUID))
      return false;
    const version = bytes[first + 14]!;
    const variant = String.fromCharCode(bytes[first + 19]!).toLowerCase();
    return version >= 0x31 && version <= 0x38 && '89ab'.includes(variant);
  });
}

function isInTraceParent(text: PlainText, start: number, end: number): boolean {
  let hyphen = start - 1;
  while (hyphen > start - 16 && isHexadecimal(text.bytes[hyphen]!)) hyphen--;
  const first = hyphen - TRACE_PARENT.hyphens[1]!;
  return first >= 0 && end <= first + TRACE_PARENT.hyphens[2]! && isMadeLike(text, first, TRACE_PARENT);
}

function isMadeLike({ bytes, length }: PlainText, first: number, like: typeof UUID): boolean {
  const end = first + like.length;
  if (end > length || !like.hyphens.every((place) => bytes[first + place] === 0x2d)) return false;
  if ((first > 0 && isAlphanumeric(bytes[first - 1]!)) || (end < length && isAlphanumeric(bytes[end]!)))
    return false;
  let hasLetter = false;
  for (let place = first; place < end; place++) {
    if (isLetter(bytes[place]!)) hasLetter = true;
    if (!isHexadecimal(bytes[place]!) && !like.hyphens.includes(place - first)) return false;
  }
  return hasLetter;
}

/** An IBAN's longest part before a number that it holds, with spaces. */
const IBAN_BEFORE_MAX = 40;

function isInIban(text: PlainText, start: number, end: number): boolean {
  const { bytes } = text;
  for (let place = start - 1; place >= 2 && start - place <= IBAN_BEFORE_MAX; place--) {
    const byte = bytes[place]!;
    if (!isAlphanumeric(byte) && byte !== 32 && byte !== 0x2d) return false;
    // Two letters at the beginning of a word, and two digits behind them.
    const isBegin = isLetter(bytes[place - 1]!) && isLetter(bytes[place - 2]!) && !isLetter(byte);
    if (!isBegin || (place > 2 && isAlphanumeric(bytes[place - 3]!))) continue;
    return end <= place - 2 + ibanLength(text, place - 2);
  }
  return false;
}

function isLetter(byte: number): boolean {
  return (byte | 32) >= 97 && (byte | 32) <= 122;
}

function isAlphanumeric(byte: number): boolean {
  return isLetter(byte) || isDigit(byte);
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

/** ISO 13616: how long each country's are, https://www.swift.com/standards/data-standards/iban-international-bank-account-number */
const IBAN_LENGTHS =
  'AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29VA22VG24XK20YE30';

/** By the two letters of a country, as a number: how long its IBANs are; 0 where it has none. */
const LENGTH_BY_COUNTRY = new Uint8Array(26 * 26);
for (let at = 0; at < IBAN_LENGTHS.length; at += 4)
  LENGTH_BY_COUNTRY[countryOf(IBAN_LENGTHS.charCodeAt(at), IBAN_LENGTHS.charCodeAt(at + 1))] = Number(
    IBAN_LENGTHS.slice(at + 2, at + 4),
  );
/** ISO 13616 allows no longer one. */
const IBAN_MAX = 34;
const ibanBytes = new Uint8Array(IBAN_MAX);

/** How many bytes from here on are an IBAN, with its spaces; 0 where there is none. No text is made of them: it may be asked for every few bytes. */
function ibanLength({ bytes, length: textLength }: PlainText, from: number): number {
  const wanted = LENGTH_BY_COUNTRY[countryOf(bytes[from]!, bytes[from + 1]!)]!;
  if (wanted === 0) return 0;
  const end = Math.min(textLength, from + 2 * IBAN_BEFORE_MAX);
  let found = 0;
  let place = from;
  for (; place < end && found < wanted; place++) {
    const byte = bytes[place]!;
    if (isAlphanumeric(byte)) ibanBytes[found++] = byte;
    else if (byte !== 32 && byte !== 0x2d) return 0;
  }
  if (found < wanted || (place < textLength && isAlphanumeric(bytes[place]!))) return 0;
  let remainder = 0;
  for (let at = 4; at < wanted + 4; at++) {
    const byte = ibanBytes[at < wanted ? at : at - wanted]!;
    remainder = isDigit(byte) ? (remainder * 10 + byte - 48) % 97 : (remainder * 100 + (byte | 32) - 87) % 97; // a is 10
  }
  return remainder === 1 ? place - from : 0;
}

/** Of two letters, large or small. */
function countryOf(first: number, second: number): number {
  return ((first | 32) - 97) * 26 + (second | 32) - 97;
}
