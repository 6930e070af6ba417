import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromStripeAmount, toStripeAmount } from '../../src/payments/gateway/stripe/stripe.mapping.js';
import { AMOUNT_MINOR_MAX } from '../../src/payments/money.js';

/** Ours is ISO 4217's smallest unit; Stripe's is at https://docs.stripe.com/currencies. */
const AMOUNTS: [currency: string, ours: number, stripes: number | null, because: string][] = [
  ['USD', 1999, 1999, 'two decimals in both'],
  ['EUR', 1, 1, 'two decimals in both'],
  ['JPY', 500, 500, 'none in both'],
  ['KRW', 12_345, 12_345, 'none in both'],
  ['CLP', 990, 990, 'none in both'],
  ['XOF', 1, 1, 'none in both'],
  ['BHD', 1_230, 1_230, 'three in both, and Stripe wants the last to be 0'],
  ['KWD', 1_234, null, 'three in both, and Stripe wants the last to be 0'],
  ['JOD', 5, null, 'three in both, and Stripe wants the last to be 0'],
  ['OMR', 10, 10, 'three in both, and Stripe wants the last to be 0'],
  ['TND', 999, null, 'three in both, and Stripe wants the last to be 0'],
  ['ISK', 500, 50_000, 'none in ISO 4217, two at Stripe'],
  ['UGX', 1, 100, 'none in ISO 4217, two at Stripe'],
  ['MGA', 500, 5, 'two in ISO 4217, none at Stripe'],
  ['MGA', 501, null, 'two in ISO 4217, none at Stripe: a part cannot be expressed'],
  ['HUF', 12_345, 12_345, 'two in both for charges; only payouts want whole ones'],
  ['TWD', 80_045, 80_045, 'two in both for charges; only payouts want whole ones'],
];

const currencies = fc.constantFrom(...new Set(AMOUNTS.map(([currency]) => currency)));
const amounts = fc.integer({ min: 1, max: AMOUNT_MINOR_MAX });

describe('an amount at Stripe', () => {
  it.each(AMOUNTS)('%s %i is %s there: %s', (currency, ours, stripes) => {
    expect(toStripeAmount(ours, currency)).toBe(stripes);
    if (stripes !== null) expect(fromStripeAmount(stripes, currency)).toBe(ours);
  });

  it('comes back as it went, or is refused; it is never rounded', () => {
    fc.assert(
      fc.property(amounts, currencies, (ours, currency) => {
        const stripes = toStripeAmount(ours, currency);
        if (stripes === null) return;
        expect(Number.isSafeInteger(stripes)).toBe(true);
        expect(fromStripeAmount(stripes, currency)).toBe(ours);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused only where Stripe has no way to write it', () => {
    fc.assert(
      fc.property(amounts, currencies, (ours, currency) => {
        const step = { BHD: 10, JOD: 10, KWD: 10, OMR: 10, TND: 10, MGA: 100 }[currency] ?? 1;
        expect(toStripeAmount(ours, currency) === null).toBe(ours % step !== 0);
      }),
      { numRuns: 2_000 },
    );
  });
});
