import { cardNumbersIn, holdsCardNumber } from '../../src/platform/card-data/card-data.js';
import { withoutCardNumbers } from '../../src/platform/card-data/redaction.js';
import {
  type Figure,
  falsePositives,
  falsePositivesInBodies,
  falsePositivesInRandomDigits,
  HOSTILE,
  realisticText,
  recall,
  repeated,
  splitRecall,
} from '../../test/support/card-data/figures.js';
import type { Stage } from '../stage.js';

const SEED = 2026;
const NUMBERS_PER_RANGE = 4;
const NEGATIVES_PER_CLASS = 20_000;
const BODIES = 100_000;
const RANDOM_NUMBERS = 200_000;
const MEGABYTE = 2 ** 20;
const TEXT_BYTES = 16 * MEGABYTE;
const BODY_BYTES = 16 * 1024;
const ROUNDS = 5;

/** What the guard against card data finds, what it takes for a card wrongly, and what it costs. On one core; CPU time. */
export async function cardData({ results }: Stage): Promise<void> {
  const { figures } = results;
  for (const [kind, { refused, removed }] of recall(SEED, NUMBERS_PER_RANGE)) {
    figures.set(`card data found: ${kind}`, percent(refused));
    results.note(`Card numbers, ${kind}: refused ${told(refused)}, removed from logs ${told(removed)}.`);
  }
  const split = splitRecall(SEED, 100);
  figures.set('card data found: split', percent(split));
  results.note(`Card numbers spread over fields: refused ${told(split)}.`);

  const negatives = [...falsePositives(SEED, NEGATIVES_PER_CLASS)];
  const all = (of: 'refused' | 'removed') => negatives.map(([, figure]) => figure[of]);
  const wrong = negatives.filter(([, { refused, removed }]) => refused.found + removed.found > 0);
  figures.set('false positives: structured', sum(all('refused'), 'found'));
  figures.set(
    'false positives: removed',
    percent({ count: sum(all('removed'), 'count'), found: sum(all('removed'), 'found') }),
  );
  results.note(
    `Identifiers, times, telephone numbers, accounts and the like, ${negatives.length} classes, ${sum(all('refused'), 'count')} in all: ` +
      `${sum(all('refused'), 'found')} taken for a card, ${sum(all('removed'), 'found')} removed from logs` +
      `${wrong.map(([name, { refused, removed }]) => `; ${name}: ${refused.found} and ${removed.found}`).join('')}.`,
  );
  const bodies = falsePositivesInBodies(SEED, BODIES);
  figures.set('false positives: bodies', bodies.found);
  results.note(`Bodies that look like real ones: ${told(bodies)} refused.`);
  const random = falsePositivesInRandomDigits(SEED, RANDOM_NUMBERS);
  figures.set('false positives: random', percent(random.refused));
  results.note(
    `Sixteen random digits: ${told(random.refused)} refused, ${told(random.removed)} removed from logs.`,
  );

  speed(results);
}

function speed(results: Stage['results']): void {
  const { figures } = results;
  const text = realisticText(SEED, TEXT_BYTES);
  const lines = text.split('\n');
  const perSecond = (run: () => void) => text.length / 1e6 / (leastMs(run) / 1000);
  const whole = perSecond(() => cardNumbersIn(text, 'refuse'));
  const byLine = perSecond(() => lines.forEach((line) => holdsCardNumber(line)));
  const logs = perSecond(() => lines.forEach((line) => withoutCardNumbers(line)));
  figures.set('card data MB/s', Math.min(whole, byLine, logs));
  results.note(
    `All passes of the guard: ${whole.toFixed(0)} MB/s as one text, ${byLine.toFixed(0)} MB/s body by body (${(text.length / lines.length).toFixed(0)} bytes each), ` +
      `${logs.toFixed(0)} MB/s as log lines.`,
  );
  const body = text.slice(0, BODY_BYTES);
  const times = Array.from({ length: 500 }, () => once(() => holdsCardNumber(body))).sort((a, b) => a - b);
  figures.set('card data p99 of 16 KB', times[Math.floor(times.length * 0.99)]!);

  const hostile = HOSTILE.map((piece) => {
    const megabyte = repeated(piece, MEGABYTE);
    return { piece, ms: leastMs(() => holdsCardNumber(megabyte)) };
  }).sort((a, b) => b.ms - a.ms);
  figures.set('card data hostile', hostile[0]!.ms);
  results.note(
    `A megabyte made to keep the guard busy, the worst of ${hostile.length}: ` +
      `${hostile
        .slice(0, 3)
        .map(({ piece, ms }) => `${JSON.stringify(piece)} ${ms.toFixed(0)} ms`)
        .join(', ')}.`,
  );
}

function leastMs(run: () => void): number {
  return Math.min(...Array.from({ length: ROUNDS }, () => once(run)));
}

/** Milliseconds of this process's CPU. */
function once(run: () => void): number {
  const begun = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

function percent({ count, found }: Pick<Figure, 'count' | 'found'>): number {
  return (100 * found) / count;
}

function sum(figures: Figure[], of: 'count' | 'found'): number {
  return figures.reduce((total, figure) => total + figure[of], 0);
}

function told(figure: Figure): string {
  return `${figure.found} of ${figure.count} (${percent(figure).toFixed(2)} %)`;
}
