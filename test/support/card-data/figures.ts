import { cardNumbersIn, holdsCardNumber } from '../../../src/platform/card-data/card-data.js';
import { cardDataFieldOf } from '../../../src/platform/card-data/fields.js';
import { NEGATIVES, realisticBody } from './negatives.js';
import { positives } from './positives.js';
import { Random } from './random.js';
import { splits } from './splits.js';

/** How many of a class there were, how many were found, and a few of those that should have been judged otherwise. */
export interface Figure {
  count: number;
  found: number;
  wrong: string[];
}

const WRONG_MAX = 5;

/** Per class of positives, whether they are refused and whether log lines lose them. */
export function recall(
  seed: number,
  numbersPerRange: number,
): Map<string, { refused: Figure; removed: Figure }> {
  const figures = new Map<string, { refused: Figure; removed: Figure }>();
  for (const { class: kind, how, text } of positives(seed, numbersPerRange)) {
    if (!figures.has(kind)) figures.set(kind, { refused: none(), removed: none() });
    const { refused, removed } = figures.get(kind)!;
    count(refused, holdsCardNumber(text), true, `${how}: ${text}`);
    count(removed, cardNumbersIn(text, 'remove').length > 0, true, `${how}: ${text}`);
  }
  return figures;
}

/** Of numbers whose digits are spread over the fields of a body. */
export function splitRecall(seed: number, numbers: number): Figure {
  const figure = none();
  for (const { how, body } of splits(seed, numbers))
    count(figure, cardDataFieldOf(body) !== null, true, `${how}: ${JSON.stringify(body)}`);
  return figure;
}

/** Per class of negatives, bare and as a field of JSON in turns. */
export function falsePositives(
  seed: number,
  perClass: number,
): Map<string, { refused: Figure; removed: Figure }> {
  const random = new Random(seed);
  return new Map(
    NEGATIVES.map(([name, make]) => {
      const [refused, removed] = [none(), none()];
      for (let index = 0; index < perClass; index++) {
        const value = make(random);
        const text = index % 2 === 0 ? value : JSON.stringify({ reference: value });
        count(refused, holdsCardNumber(text), false, text);
        count(removed, cardNumbersIn(text, 'remove').length > 0, false, text);
      }
      return [name, { refused, removed }] as const;
    }),
  );
}

/** Of bodies that look like those of this product and its neighbours, as the guard at the door judges them. */
export function falsePositivesInBodies(seed: number, bodies: number): Figure {
  const random = new Random(seed);
  const figure = none();
  for (let index = 0; index < bodies; index++) {
    const text = realisticBody(random);
    count(figure, holdsCardNumber(text) || cardDataFieldOf(JSON.parse(text)) !== null, false, text);
  }
  return figure;
}

/** Of sixteen random digits, which nothing tells from a card number when their check digit is right. */
export function falsePositivesInRandomDigits(
  seed: number,
  numbers: number,
): { refused: Figure; removed: Figure } {
  const random = new Random(seed);
  const [refused, removed] = [none(), none()];
  for (let index = 0; index < numbers; index++) {
    const text = random.digits(16);
    count(refused, holdsCardNumber(text), false, text);
    count(removed, cardNumbersIn(text, 'remove').length > 0, false, text);
  }
  return { refused, removed };
}

/** Megabytes of text that resembles requests and log lines, for throughput. */
export function realisticText(seed: number, bytes: number): string {
  const random = new Random(seed);
  const lines: string[] = [];
  for (let length = 0; length < bytes; length += lines.at(-1)!.length + 1) lines.push(realisticBody(random));
  return lines.join('\n');
}

/** What somebody would send to keep the guard busy: repeated until a text is as long as wanted. */
export const HOSTILE = [
  ...[
    '7',
    '4',
    '4 ',
    '4242 ',
    '4242-',
    '40000000 ',
    '1-',
    '4242424242424241 ',
    '4222222222222 ',
    '+4622222222222',
    'DE00 4242 4242 4242 4242 ',
    'GB4242424242424242',
  ],
  ...[
    '%',
    '%34',
    '%25',
    '\\',
    '\\u0034',
    '\\\\',
    '&',
    '&#52;',
    '&nbsp;',
    'NDI0',
    'NDI0-',
    '34',
    'a4',
    'a4242424242424242f',
  ],
  ...[
    'DE89 ',
    'DE89 3704 0044 0532 0130 01 ',
    '0.4242424242424242,',
    '9e4d2b1c-4242-4242-8242-424242424242 ',
    '٤',
    '𝟒',
    '\u200b4',
  ],
  // Several at once: found by trying thousands of mixtures.
  ...[
    '4000-0566-5566-5553-',
    '0.4000056655665556 ',
    '42424242424242420042%25',
    'f114222222222222%252525',
    ',1%2542222222222222224242424242424242',
  ],
];

/** Whether a text would be refused at the door. */
export function isRefused(text: string): boolean {
  return holdsCardNumber(text);
}

export function repeated(piece: string, length: number): string {
  return piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
}

function none(): Figure {
  return { count: 0, found: 0, wrong: [] };
}

function count(figure: Figure, isFound: boolean, isExpected: boolean, text: string): void {
  figure.count++;
  if (isFound) figure.found++;
  if (isFound !== isExpected && figure.wrong.length < WRONG_MAX) figure.wrong.push(text);
}
