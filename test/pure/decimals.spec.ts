// What an amount's smallest unit is worth is one thing everywhere: at the gateway, in a letter, on the page.
import { describe, expect, it } from '@jest/globals';
import { money as inLetters } from '../../src/notifications/templates.js';
import {
  fromBraintreeAmount,
  toBraintreeAmount,
} from '../../src/payments/gateway/braintree/braintree.mapping.js';

/** ISO 4217, list one. The last four are those that people write without the decimals that they have. */
const AMOUNTS: [currency: string, minor: number, written: string | null][] = [
  ['USD', 1999, '19.99'],
  ['EUR', 1, '0.01'],
  ['JPY', 500, '500'],
  ['ISK', 500, '500'],
  ['KWD', 1230, '1.23'],
  ['KWD', 1234, null],
  ['HUF', 1_234_500, '12345.00'],
  ['COP', 5_000, '50.00'],
  ['IDR', 100_001, '1000.01'],
  ['LBP', 150_000, '1500.00'],
];

describe('an amount at Braintree', () => {
  it.each(AMOUNTS)('%s %i is %s there', (currency, minor, written) => {
    expect(toBraintreeAmount(minor, currency)).toBe(written);
    if (written) expect(fromBraintreeAmount(written, currency)).toBe(minor);
  });
});

it.each(AMOUNTS)('%s %i is written with the same decimals in a letter', (currency, minor, written) => {
  if (written)
    expect(Number(inLetters({ amountMinor: minor, currency }).replace(/[^\d.]/g, ''))).toBe(Number(written));
});
