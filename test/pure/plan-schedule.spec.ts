import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scheduleOf, splitAmount, stepMinorOf } from '../../src/billing/plan-schedule.js';
import { daysEvery, isDay, SchoolCalendar } from '../../src/billing/school-calendar.js';
import { toAdyenAmount } from '../../src/payments/gateway/adyen/adyen.mapping.js';
import { toBraintreeAmount } from '../../src/payments/gateway/braintree/braintree.mapping.js';
import { toStripeAmount } from '../../src/payments/gateway/stripe/stripe.mapping.js';

// No decimals, two, and three.
const CURRENCIES = ['JPY', 'KRW', 'ISK', 'USD', 'EUR', 'KWD', 'TND'];

describe('the amounts of a plan', () => {
  it('sum exactly to the invoice, whatever the amount, the currency and the number of instalments', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99_999_999 }),
        fc.constantFrom(...CURRENCIES),
        fc.integer({ min: 1, max: 60 }),
        (amountMinor, currency, parts) => {
          const amounts = splitAmount(amountMinor, currency, parts);
          if (!amounts) return expect(amountMinor).toBeLessThan(parts * stepMinorOf(currency));

          expect(amounts).toHaveLength(parts);
          expect(amounts.reduce((sum, it) => sum + it, 0)).toBe(amountMinor);
          expect(Math.min(...amounts)).toBeGreaterThan(0);
          expect(Math.max(...amounts) - Math.min(...amounts)).toBeLessThan(2 * stepMinorOf(currency));
          expect([...amounts].sort((one, other) => other - one)).toEqual(amounts);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('can all be charged where the whole can: in the steps of the currency', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 9_999_999 }),
        fc.constantFrom('KWD', 'IDR'),
        fc.integer({ min: 2, max: 12 }),
        (steps, currency, parts) => {
          const step = stepMinorOf(currency);
          for (const amount of splitAmount(steps * step, currency, parts)!) expect(amount % step).toBe(0);
        },
      ),
    );
  });

  it('can be written at every gateway, whatever the currency', () => {
    for (const currency of Intl.supportedValuesOf('currency'))
      for (const steps of [1, 7, 333]) {
        const amount = steps * stepMinorOf(currency);
        const wholes = [toStripeAmount(amount, currency), toAdyenAmount(amount, currency)];
        expect([currency, ...wholes.map(Number.isSafeInteger)]).toEqual([currency, true, true]);
        expect([currency, toBraintreeAmount(amount, currency)]).toEqual([currency, expect.any(String)]);
      }
  });

  it.each([
    [1000, 'ISK', 3, [334, 333, 333]],
    [100_000, 'IDR', 3, [33_400, 33_300, 33_300]],
    [1000, 'JPY', 3, [334, 333, 333]],
    [10_000, 'USD', 3, [3334, 3333, 3333]],
    [10_000, 'KWD', 3, [3340, 3330, 3330]],
    [125_000, 'USD', 10, Array(10).fill(12_500)],
  ])('%i %s in %i: %j', (amountMinor, currency, parts, expected) => {
    expect(splitAmount(amountMinor, currency, parts)).toEqual(expected);
  });

  it('are refused when there is less than one unit for each', () => {
    expect(
      scheduleOf(
        { amountMinor: 9, currency: 'USD' },
        { instalments: 10, firstDueOn: '2027-01-31', interval: 'month' },
      ),
    ).toBeNull();
  });
});

describe('the dates of a plan', () => {
  it('keep to the last day of shorter months, and return to the day they began with', () => {
    expect(daysEvery('month', '2027-10-31', 6)).toEqual([
      ...['2027-10-31', '2027-11-30', '2027-12-31', '2028-01-31', '2028-02-29', '2028-03-31'],
    ]);
  });

  it('fall into consecutive months, one in each, from any day on', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2025-01-01'), max: new Date('2060-12-31'), noInvalidDate: true }),
        (from) => {
          const days = daysEvery('month', from.toISOString().slice(0, 10), 24);
          const months = days.map((day) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)));
          months.forEach((month, index) => expect(month).toBe(months[0]! + index));
          for (const day of days) expect(isDay(day)).toBe(true);
        },
      ),
    );
  });

  it('count weeks in days of the calendar, also over a change of the clocks', () => {
    expect(daysEvery('two_weeks', '2027-03-07', 3)).toEqual(['2027-03-07', '2027-03-21', '2027-04-04']);
  });
});

describe("the school's clock", () => {
  const newYork = new SchoolCalendar('America/New_York');

  it('says which day it is there', () => {
    expect(newYork.dayOf(new Date('2027-02-01T04:59:59Z'))).toBe('2027-01-31');
    expect(newYork.dayOf(new Date('2027-02-01T05:00:00Z'))).toBe('2027-02-01');
  });

  it('collects at nine in the morning, in summer and in winter', () => {
    expect(newYork.collectionTimeOn('2027-01-31').toISOString()).toBe('2027-01-31T14:00:00.000Z');
    expect(newYork.collectionTimeOn('2027-07-31').toISOString()).toBe('2027-07-31T13:00:00.000Z');
  });

  it('collects at nine also on the days of 23 and 25 hours', () => {
    expect(newYork.collectionTimeOn('2027-03-14').toISOString()).toBe('2027-03-14T13:00:00.000Z');
    expect(newYork.collectionTimeOn('2027-11-07').toISOString()).toBe('2027-11-07T14:00:00.000Z');
  });

  it.each(['2027-02-29', '2027-13-01', '2027-2-1', 'tomorrow'])('does not know the day %s', (day) => {
    expect(isDay(day)).toBe(false);
  });
});
