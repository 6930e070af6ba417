import type { Strictness } from './card-number.js';
import { type PlainText, plainTextOf, type Wanted } from './plain-text.js';
import { type Report, scan } from './scan.js';
import { unescaped } from './unescape.js';

/** Where card data stands in a text. */
export interface Place {
  start: number;
  end: number;
}

/** JSON in JSON in an address has three; what is hidden deeper is hidden on purpose, and useless to whom it reaches. */
const LAYERS_MAX = 3;
/** Thirteen digits, bare: nothing shorter holds a card number, however it is written. */
const CHARACTERS_MIN = 13;

/** Whether a text holds a card number: as it is, behind escapes, or in base64 or hexadecimal. */
export function holdsCardNumber(text: string): boolean {
  return text.length >= CHARACTERS_MIN && scanLayers(text, 'refuse', 'answer', () => true);
}

/** Where the card numbers of a text are, in its own order; places may overlap. */
export function cardNumbersIn(text: string, strictness: Strictness): Place[] {
  const places: Place[] = [];
  scanLayers(text, strictness, 'places', (start, end) => {
    places.push({ start, end });
    return false;
  });
  return places.sort((a, b) => a.start - b.start);
}

/** The text as it is, and with its escapes undone layer by layer; places are those of the text itself. */
function scanLayers(text: string, strictness: Strictness, wanted: Wanted, report: Report): boolean {
  let plain: PlainText | null = plainTextOf(text, wanted);
  const mayBeEscaped = text.includes('%') || text.includes('\\') || text.includes('&');
  for (let layer = 1; plain; layer++) {
    const { at } = plain;
    if (scan(plain, strictness, at ? (start, end) => report(at[start]!, at[end]!) : report)) return true;
    plain = mayBeEscaped && layer <= LAYERS_MAX ? unescaped(plain, layer, wanted) : null;
  }
  return false;
}
