/** A character that stands for nothing here: it ends a number, and no letter is glued to it. */
export const OTHER = 1;
/** A character that nobody sees: a number goes on across it. */
export const UNSEEN = 2;

const PAGE = 256;
/** Digits, letters and spaces of all scripts are below; above are pictures, private use and tags. */
const LAST = 0x1ffff;
const pages: (Uint8Array | undefined)[] = [];

/** What a character beyond ASCII looks like in ASCII: a digit, a letter, a separator, OTHER or UNSEEN. */
export function foldedCharacter(codePoint: number): number {
  if (codePoint < 128) return codePoint;
  if (codePoint > LAST) return codePoint >= 0xe0000 && codePoint < 0xe1000 ? UNSEEN : OTHER;
  const page = (pages[codePoint >> 8] ??= foldedPage(codePoint >> 8));
  return page[codePoint & 0xff]!;
}

function foldedPage(page: number): Uint8Array {
  return Uint8Array.from({ length: PAGE }, (_, index) => folded(page * PAGE + index));
}

function folded(codePoint: number): number {
  const character = String.fromCodePoint(codePoint);
  if (/\p{Nd}/u.test(character)) return 48 + digitValue(codePoint);
  if (/[\p{Cf}\p{M}\p{Default_Ignorable_Code_Point}]/u.test(character)) return UNSEEN;
  if (/\p{Z}/u.test(character)) return 32;
  if (/[\p{Pd}−]/u.test(character)) return 45;
  if (/[·•‧∙⋅・･]/u.test(character)) return 46;
  const plain = character.normalize('NFKC'); // ₄, ④ and ⒋ are read as a four, too
  const [digit] = plain.match(/^\D*(\d)\D*$/)?.slice(1) ?? [];
  if (digit && !/[⁄/]/.test(plain)) return digit.charCodeAt(0);
  return plain.length === 1 && plain.charCodeAt(0) < 128 ? plain.charCodeAt(0) : OTHER;
}

/** Unicode keeps decimal digits in runs of ten (or of several tens), from zero on. */
function digitValue(codePoint: number): number {
  let first = codePoint;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first--;
  return (codePoint - first) % 10;
}
