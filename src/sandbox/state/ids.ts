import { createHash, randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Random letters come from a pool: one system call serves some hundred ids. */
let pool = Buffer.alloc(0);
let used = 0;

export function randomLetters(length: number): string {
  let letters = '';
  while (letters.length < length) {
    if (used >= pool.length) {
      pool = randomBytes(8192);
      used = 0;
    }
    const byte = pool[used++]! & 63;
    if (byte < ALPHABET.length) letters += ALPHABET[byte];
  }
  return letters;
}

/** Ids look like Stripe's: a prefix that tells the kind, then letters that mean nothing. */
export function newId(prefix: string): string {
  return `${prefix}_${randomLetters(24)}`;
}

/** The same input gives the same letters: account ids from keys, fingerprints from card numbers. */
export function derivedLetters(length: number, ...parts: string[]): string {
  const digest = createHash('sha256').update(parts.join('\n')).digest();
  let letters = '';
  for (let index = 0; letters.length < length; index++) {
    letters += ALPHABET[digest[index % digest.length]! % ALPHABET.length];
  }
  return letters;
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
