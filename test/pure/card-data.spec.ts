import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { holdsCardNumber } from '../../src/platform/card-data/card-data.js';

/** The published test numbers of the networks. */
const CARDS = [
  ['Visa', '4242424242424242'],
  ['Visa of 13 digits', '4222222222222'],
  ['Mastercard', '5555555555554444'],
  ['Mastercard, 2 series', '2223003122003222'],
  ['American Express', '378282246310005'],
  ['Discover', '6011111111111117'],
  ['Diners Club', '3056930009020004'],
  ['Diners Club of 14 digits', '36227206271667'],
  ['JCB', '3566002020360505'],
  ['UnionPay', '6200000000000005'],
  ['UnionPay of 19 digits', '6205500000000000004'],
  ['Maestro', '6759649826438453'],
] as const;

describe('a card number', () => {
  it.each(CARDS)('of %s is found', (_, number) => {
    expect(holdsCardNumber(number)).toBe(true);
  });

  it.each([
    ['in groups', '4242 4242 4242 4242'],
    ['with hyphens', '3782-822463-10005'],
    ['with dots', '4242.4242.4242.4242'],
    ['with underscores', 'card_4242_4242_4242_4242'],
    ['with non-breaking spaces', '4242\u00a04242\u00a04242\u00a04242'],
    ['with dashes of a word processor', '4242–4242–4242–4242'],
    ['over lines', '4242\n4242\n4242\n4242'],
    ['in full-width digits', '４２４２４２４２４２４２４２４２'],
    ['in a sentence', 'please charge 4242424242424242, thank you'],
    ['in JSON', '{"pan":"4242424242424242"}'],
    ['before an expiry date', '4242424242424242 12/29 123'],
    ['before an expiry date without slash', '4242 4242 4242 4242 1229'],
    ['behind another number', '17 4242424242424242'],
    ['in an address', '/pay/4242424242424242/now'],
    ['beside an identifier', `${randomUUID()} 4242424242424242`],
  ])('is found %s', (_, text) => {
    expect(holdsCardNumber(text)).toBe(true);
  });

  it('is found in whatever groups it is written', () => {
    const separators = fc.constantFrom('', ' ', '-', '.');
    fc.assert(
      fc.property(fc.constantFrom(...CARDS), fc.infiniteStream(separators), ([, number], stream) => {
        const written = [...number].map((digit) => digit + stream.next().value).join('');
        expect(holdsCardNumber(written)).toBe(true);
      }),
    );
  });

  it('with one wrong digit is none', () => {
    const changes = fc.tuple(fc.constantFrom(...CARDS), fc.nat({ max: 12 }), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(changes, ([[, number], place, difference]) => {
        const digit = (Number(number[place]) + difference) % 10;
        expect(holdsCardNumber(number.slice(0, place) + digit + number.slice(place + 1))).toBe(false);
      }),
    );
  });
});

describe('what is no card number', () => {
  it.each([
    ['nothing', ''],
    ['a wrong check digit', '4242424242424241'],
    ['too few digits', '424242424242'],
    ['too many digits', '42424242424242424242'],
    ['part of a longer number', '004242424242424242420'],
    ['a network that is none', '1234567812345670'],
    ['zeros', '0000000000000000'],
    ['part of a token', 'pm_1Nx4242424242424242Ab'],
    ['part of a hexadecimal number', 'a4242424242424242'],
    ['two spaces', '42424242  42424242'],
    ['an amount, a day, a telephone number', '12500 2027-01-31 +49 30 901820'],
    ['a time in milliseconds', '1763800000000'],
    ['an address of a computer', '192.168.100.200'],
    ['a UUID with many digits', '42424242-4242-4242-4242-424242424242'],
    ['an invoice number', 'INV-2027-0000-0000-0017'],
  ])('%s', (_, text) => {
    expect(holdsCardNumber(text)).toBe(false);
  });

  it('identifiers and random keys, however many', () => {
    const identifiers = Array.from({ length: 20_000 }, () => [
      randomUUID(),
      randomBytes(24).toString('base64url'),
      randomBytes(20).toString('hex'),
    ]).flat();

    expect(identifiers.filter(holdsCardNumber)).toEqual([]);
  });

  it('the largest body, full of digits, in the time that it takes to read it', () => {
    for (const piece of ['7', '7 ', '40000000 ', '1-'])
      expect(holdsCardNumber(piece.repeat((64 * 1024) / piece.length))).toBe(false);
  });
});
