/** Random numbers that are the same in every run: mulberry32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 to below the bound. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }

  /** So many characters of an alphabet. */
  text(length: number, alphabet: string): string {
    let text = '';
    for (let place = 0; place < length; place++) text += alphabet[this.below(alphabet.length)]!;
    return text;
  }

  digits(length: number): string {
    return this.text(length, '0123456789');
  }

  /** So many digits that begin in this way and have the right check digit, by Luhn's formula. */
  number(prefix: string, length: number): string {
    const body = prefix + this.digits(length - 1 - prefix.length);
    let sum = 0;
    for (let place = 0; place < body.length; place++) {
      const digit = Number(body.at(-1 - place));
      const doubled = place % 2 === 0 ? digit * 2 : digit;
      sum += doubled > 9 ? doubled - 9 : doubled;
    }
    return body + String((10 - (sum % 10)) % 10);
  }
}
