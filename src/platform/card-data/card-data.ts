/**
 * Finds card numbers in text. Random identifiers are all around them, so a number counts only when it stands by itself,
 * begins like a card of a known network, is as long as that network's cards are, and its check digit is right.
 */
export function holdsCardNumber(text: string): boolean {
  const plain = text.normalize('NFKC').replace(UUID, '*'); // NFKC: a full-width digit is a digit
  return runsOf(plain).some((groups) => groups.some((_, start) => isCardFrom(groups, start)));
}

/** A sixth of all UUIDs would hold long runs of digits and hyphens. */
const UUID = /(?<![0-9a-z])[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])/gi;

/** ISO/IEC 7812: no card has fewer digits, or more. */
const DIGITS_MIN = 13;
const DIGITS_MAX = 19;

/** Networks by how their numbers begin, with the lengths in use. Maestro's rare shorter ones look like telephone numbers. */
const NETWORKS: readonly { begins: RegExp; digits: readonly number[] }[] = [
  { begins: /^4/, digits: [13, 16, 19] }, // Visa
  { begins: /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, digits: [16] }, // Mastercard
  { begins: /^3[47]/, digits: [15] }, // American Express
  { begins: /^3(0[0-5]|095|[689])/, digits: [14, 15, 16, 17, 18, 19] }, // Diners Club
  { begins: /^35(2[89]|[3-8])/, digits: [16, 17, 18, 19] }, // JCB
  { begins: /^220[0-4]/, digits: [16, 17, 18, 19] }, // Mir
  { begins: /^(5[06-9]|6|8[12]|9792)/, digits: [16, 17, 18, 19] }, // Discover, UnionPay, Maestro, RuPay, Troy
];

/** Groups of digits that follow each other with one separator between them, as in `4242 4242 4242 4242`. */
function runsOf(text: string): string[][] {
  const runs: string[][] = [];
  let end = -1;
  for (const { 0: word, index } of text.matchAll(/[0-9a-z]+/gi)) {
    if (/[a-z]/i.test(word)) continue; // part of an identifier
    const follows = index === end + 1 && /[\s._‐-―-]/.test(text.charAt(end));
    if (follows) runs.at(-1)!.push(word);
    else runs.push([word]);
    end = index + word.length;
  }
  return runs;
}

/** A number may begin and end with any group: an expiry date or a security code may stand beside it. */
function isCardFrom(groups: string[], start: number): boolean {
  let number = '';
  for (let next = start; next < groups.length && number.length < DIGITS_MAX; next++) {
    number += groups[next];
    if (isCardNumber(number)) return true;
  }
  return false;
}

function isCardNumber(digits: string): boolean {
  const isLikely = digits.length >= DIGITS_MIN && digits.length <= DIGITS_MAX;
  return isLikely && NETWORKS.some((it) => fits(it, digits)) && hasRightCheckDigit(digits);
}

function fits(network: (typeof NETWORKS)[number], digits: string): boolean {
  return network.digits.includes(digits.length) && network.begins.test(digits);
}

/** Luhn's formula, ISO/IEC 7812-1 annex B. */
function hasRightCheckDigit(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits.at(-1 - place));
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
