/** Luhn's formula, ISO/IEC 7812-1 annex B, over digits as numbers. */
export function hasRightCheckDigit(digits: Uint8Array, length: number): boolean {
  let sum = 0;
  for (let place = length - 1, isDoubled = false; place >= 0; place--, isDoubled = !isDoubled) {
    const digit = digits[place]!;
    sum += isDoubled ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}
