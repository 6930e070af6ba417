import { hasRightCheckDigit } from './check-digit.js';
import { DIGITS_MAX, DIGITS_MIN, isIssued } from './networks.js';

/**
 * `refuse`: what is refused must be a card number, of a network and a length that exist. `remove`: what is only left out of a
 * log line may be one, so that a network that we have not heard of is not written either.
 */
export type Strictness = 'refuse' | 'remove';

/** Shorter ones would be telephones' own numbers (IMEI), which have a right check digit, too. */
const REMOVED_DIGITS_MIN = 16;

/** Whether digits, as numbers, are a card number. */
export function isCardNumber(digits: Uint8Array, length: number, strictness: Strictness): boolean {
  if (length < DIGITS_MIN || length > DIGITS_MAX) return false;
  let firstSix = 0;
  for (let place = 0; place < 6; place++) firstSix = firstSix * 10 + digits[place]!;
  const isLikely = isIssued(firstSix, length) || (strictness === 'remove' && mayBeIssued(firstSix, length));
  return isLikely && hasRightCheckDigit(digits, length);
}

/** Banks' cards begin with 3 to 6 (ISO/IEC 7812-1, major industry identifier). */
function mayBeIssued(firstSix: number, length: number): boolean {
  return firstSix >= 300_000 && firstSix < 700_000 && length >= REMOVED_DIGITS_MIN;
}

/** As above, for digits in text. */
export function isCardNumberText(digits: string, strictness: Strictness = 'refuse'): boolean {
  return isCardNumber(
    Uint8Array.from(digits, (it) => it.charCodeAt(0) - 48),
    digits.length,
    strictness,
  );
}
