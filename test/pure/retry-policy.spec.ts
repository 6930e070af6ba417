import { describe, expect, it } from '@jest/globals';
import { afterDecline, CEILINGS } from '../../src/billing/retry-policy.js';

const noFunds = { code: 'insufficient_funds', retry: 'later' } as const;
const temporary = { code: 'declined', retry: 'later' } as const;

/** Days after the first charge on which a reason that stays is charged again. */
function daysOf(failure: typeof noFunds | typeof temporary): number[] {
  const days: number[] = [];
  for (let declined = 1; declined < 100; declined++) {
    const next = afterDecline(failure, 'card', { declined, declinedOfMethod: declined });
    if (next.does === 'ask_the_payer') break;
    days.push((days.at(-1) ?? 0) + next.afterDays);
  }
  return days;
}

describe('charging again after a decline', () => {
  it('waits for money over two weeks, and for a technical reason over one', () => {
    expect(daysOf(noFunds)).toEqual([3, 8, 15]);
    expect(daysOf(temporary)).toEqual([1, 3, 7]);
  });

  it.each(['after_payer', 'never'] as const)('never happens when the answer was: %s', (retry) => {
    const soFar = { declined: 1, declinedOfMethod: 1 };

    expect(afterDecline({ code: 'declined', retry }, 'card', soFar)).toEqual({ does: 'ask_the_payer' });
  });

  it('never happens when no reason is known', () => {
    expect(afterDecline(null, 'card', { declined: 1, declinedOfMethod: 1 })).toEqual({
      does: 'ask_the_payer',
    });
  });

  it.each([
    ['card', 15],
    ['us_bank_account', 3],
  ] as const)('of a %s stops at the ceiling of %i, counted over all that it pays', (type, ceiling) => {
    expect(CEILINGS[type].charges).toBe(ceiling);
    const below = { declined: 1, declinedOfMethod: ceiling - 1 };

    expect(afterDecline(noFunds, type, below).does).toBe('retry');
    expect(afterDecline(noFunds, type, { ...below, declinedOfMethod: ceiling }).does).toBe('ask_the_payer');
  });
});
