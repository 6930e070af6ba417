/** What a digit counts where it is doubled: the sum of the product's digits. */
export const DOUBLED = Uint8Array.of(0, 2, 4, 6, 8, 1, 3, 5, 7, 9);

/** Luhn's formula, ISO/IEC 7812-1 annex B, over digits as numbers. */
export function hasRightCheckDigit(digits: Uint8Array, length: number): boolean {
  let sum = 0;
  for (let place = length - 1, isDoubled = false; place >= 0; place--, isDoubled = !isDoubled) {
    const digit = digits[place]!;
    sum += isDoubled ? DOUBLED[digit]! : digit;
  }
  return sum % 10 === 0;
}
