import { Random } from './random.js';

/** A body that holds the digits of one card number in several fields. */
export interface Split {
  how: string;
  body: unknown;
}

/** The parts that people make, and the names that they give them. */
const PARTS: [lengths: number[], names: string[][]][] = [
  [
    [4, 4, 4, 4],
    [
      ['card1', 'card2', 'card3', 'card4'],
      ['a', 'b', 'c', 'd'],
      ['first', 'second', 'third', 'fourth'],
      ['n1', 'n2', 'n3', 'n4'],
      ['blockOne', 'blockTwo', 'blockThree', 'blockFour'],
      ['kind', 'memo', 'reference', 'comment'],
    ],
  ],
  [
    [6, 6, 4],
    [
      ['first6', 'middle6', 'last4'],
      ['bin', 'account', 'check'],
      ['prefix', 'body', 'tail'],
    ],
  ],
  [
    [8, 8],
    [
      ['left', 'right'],
      ['cardPart1', 'cardPart2'],
      ['number_a', 'number_b'],
      ['high', 'low'],
      ['start', 'end'],
    ],
  ],
  [
    [6, 10],
    [
      ['bin', 'rest'],
      ['iin', 'account'],
      ['first_six', 'remainder'],
    ],
  ],
  [
    [12, 4],
    [
      ['cardStart', 'cardEnd'],
      ['pan_first', 'pan_last'],
      ['body', 'lastFour'],
    ],
  ],
  [
    [5, 3, 8],
    [
      ['part1', 'part2', 'part3'],
      ['creditA', 'creditB', 'creditC'],
    ],
  ],
];

/** As objects with neighbours around, as lists of text, of numbers, and of objects. */
export function* splits(seed: number, numbers: number): Generator<Split> {
  const random = new Random(seed);
  for (let count = 0; count < numbers; count++) {
    const number = random.number(random.one(['4', '51', '2221', '6011', '3528']), 16);
    for (const [lengths, allNames] of PARTS) {
      const pieces = cut(number, lengths);
      for (const names of allNames) {
        const fields = Object.fromEntries(names.map((name, index) => [name, pieces[index]]));
        yield { how: `fields ${names.join(', ')}`, body: { currency: 'USD', ...fields, note: 'thanks' } };
      }
      yield { how: `a list of ${lengths.length}`, body: { parts: pieces } };
      yield {
        how: `a list of ${lengths.length} objects`,
        body: { parts: pieces.map((value) => ({ value })) },
      };
      if (pieces.every((piece) => !piece.startsWith('0')))
        yield { how: `a list of ${lengths.length} numbers`, body: { parts: pieces.map(Number) } };
    }
    yield { how: 'a list of digits', body: { digits: [...number].map(Number) } };
  }
}

function cut(number: string, lengths: number[]): string[] {
  let from = 0;
  return lengths.map((length) => number.slice(from, (from += length)));
}
