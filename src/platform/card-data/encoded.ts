import { type PlainText, roomFor } from './plain-text.js';

/** Shorter ones have no room for a card number: 13 digits are 18 characters in base64, and 26 in hexadecimal. */
export const WORD_MIN = 18;
const HEXADECIMAL_MIN = 26;
type Read = (decoded: PlainText) => boolean;
/** The layer of room that decoded text takes. */
const LAYER = 9;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const NONE = 255;
const SEXTETS = new Uint8Array(256).fill(NONE);
for (let value = 0; value < 64; value++) SEXTETS[ALPHABET.charCodeAt(value)] = value;
SEXTETS[0x2d] = 62; // base64url
SEXTETS[0x5f] = 63;

const NIBBLES = new Uint8Array(256).fill(NONE);
for (let value = 0; value < 16; value++)
  for (const digit of [value.toString(16), value.toString(16).toUpperCase()])
    NIBBLES[digit.charCodeAt(0)] = value;

/**
 * What a word says in base64, base64url or hexadecimal, for as far as it is readable text; mostly nothing. Reads on until
 * `read` has heard enough, and answers whether it has.
 */
export function decodedWords(text: PlainText, start: number, end: number, read: Read): boolean {
  if (decodedWord(text, start, end, read)) return true;
  let from = start;
  // + / - and _ belong to the alphabet, and stand between words, too, as in an address.
  for (let place = start; place <= end; place++) {
    if (place < end && SEXTETS[text.bytes[place]!]! < 62) continue;
    const isPart = place - from >= WORD_MIN && place - from < end - start;
    if (isPart && decodedWord(text, from, place, read)) return true;
    from = place + 1;
  }
  return false;
}

function decodedWord({ bytes }: PlainText, start: number, end: number, read: Read): boolean {
  if (beginsReadably(bytes, start) && read(fromBase64(bytes, start, end))) return true;
  if (end - start < HEXADECIMAL_MIN || !isReadable(hexadecimalByte(bytes, start))) return false;
  const decoded = fromHexadecimal(bytes, start, end);
  return 2 * decoded.length >= HEXADECIMAL_MIN && read(decoded);
}

function beginsReadably(bytes: Uint8Array, start: number): boolean {
  const a = SEXTETS[bytes[start]!]!;
  const b = SEXTETS[bytes[start + 1]!]!;
  const c = SEXTETS[bytes[start + 2]!]!;
  const d = SEXTETS[bytes[start + 3]!]!;
  return (
    isReadable((a << 2) | (b >> 4)) &&
    isReadable(((b & 15) << 4) | (c >> 2)) &&
    isReadable(((c & 3) << 6) | d)
  );
}

function fromBase64(bytes: Uint8Array, start: number, end: number): PlainText {
  const decoded = roomFor(end - start, LAYER, 'answer');
  let bits = 0;
  let count = 0;
  for (let place = start; place < end; place++) {
    bits = ((bits << 6) | SEXTETS[bytes[place]!]!) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    const byte = (bits >> count) & 0xff;
    if (!isReadable(byte)) break;
    decoded.bytes[decoded.length++] = byte;
  }
  return decoded;
}

function fromHexadecimal(bytes: Uint8Array, start: number, end: number): PlainText {
  const decoded = roomFor(end - start, LAYER, 'answer');
  for (let place = start; place + 1 < end; place += 2) {
    const byte = hexadecimalByte(bytes, place);
    if (!isReadable(byte)) break;
    decoded.bytes[decoded.length++] = byte;
  }
  return decoded;
}

function hexadecimalByte(bytes: Uint8Array, place: number): number {
  const [high, low] = [NIBBLES[bytes[place]!]!, NIBBLES[bytes[place + 1]!]!];
  return high === NONE || low === NONE ? NONE : high * 16 + low;
}

/** A printable character of ASCII, or white space. */
function isReadable(byte: number): boolean {
  return (byte >= 32 && byte < 127) || (byte >= 9 && byte <= 13);
}
