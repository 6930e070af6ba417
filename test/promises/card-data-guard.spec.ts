import { describe, expect, it } from '@jest/globals';
import { DRESSED, LOST } from '../support/card-data/dressed.js';
import {
  type Figure,
  falsePositives,
  falsePositivesInBodies,
  falsePositivesInRandomDigits,
  HOSTILE,
  isRefused,
  recall,
  repeated,
  splitRecall,
} from '../support/card-data/figures.js';

/** The bench tries fifty times as many; another seed than its own. */
const SEED = 17;

describe('the guard against card data', () => {
  it('finds every card number as it is, in groups, in any digits, and behind one layer of encoding', () => {
    const figures = recall(SEED, 1);

    for (const [kind, { refused, removed }] of figures) {
      expect([kind, missed(refused), refused.wrong]).toEqual([kind, 0, []]);
      expect([kind, missed(removed), removed.wrong]).toEqual([kind, 0, []]);
    }
    expect(figures.size).toBe(4);
  });

  it('finds nearly every number whose digits are spread over fields', () => {
    const figure = splitRecall(SEED, 20);

    expect(figure.found / figure.count).toBeGreaterThanOrEqual(0.95);
  });

  it('takes no identifier, time, telephone number or account for a card, nor a body that is full of them', () => {
    for (const [name, { refused, removed }] of falsePositives(SEED, 500)) {
      expect([name, refused.wrong]).toEqual([name, []]);
      expect([name, removed.found <= 2]).toEqual([name, true]);
    }
    expect(falsePositivesInBodies(SEED, 2_000).wrong).toEqual([]);
  });

  it('takes one in twenty-five of sixteen random digits for a card, as nothing tells them apart', () => {
    const { refused, removed } = falsePositivesInRandomDigits(SEED, 20_000);

    expect(refused.found / refused.count).toBeGreaterThan(0.03);
    expect(refused.found / refused.count).toBeLessThan(0.045);
    expect(removed.found / removed.count).toBeLessThan(0.105);
  });

  it.each(DRESSED)('finds a number dressed as %s', (_, text) => {
    expect(isRefused(text)).toBe(true);
  });

  it.each(LOST)('does not tell a number from %s, and says so', (_, text) => {
    expect(isRefused(text)).toBe(false);
  });

  it('takes no longer for eight times as much than about eight times as long, whatever is sent', () => {
    for (const piece of HOSTILE) {
      const [short, long] = [repeated(piece, 8_000), repeated(piece, 64_000)];
      leastMs(short); // warm
      expect([piece, leastMs(long) / Math.max(leastMs(short), 0.2) < 24]).toEqual([piece, true]);
    }
  });
});

function missed({ count, found }: Figure): number {
  return count - found;
}

/** Of a few tries: another process may have had the machine meanwhile. */
function leastMs(text: string): number {
  const times = [1, 2, 3].map(() => {
    const begun = process.cpuUsage();
    isRefused(text);
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}
