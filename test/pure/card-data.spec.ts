import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { holdsCardNumber } from '../../src/platform/card-data/card-data.js';
import { cardDataFieldOf } from '../../src/platform/card-data/fields.js';
import { withoutCardNumbers } from '../../src/platform/card-data/redaction.js';

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
    ['between letters', 'pm_1Nx4242424242424242Ab'],
    ['with two spaces', '42424242  42424242'],
    ['beside an identifier', `${randomUUID()} 4242424242424242`],
  ])('is found %s', (_, text) => {
    expect(holdsCardNumber(text)).toBe(true);
  });

  it('of sixteen digits is found in whatever groups of up to eight digits it is written', () => {
    const places = fc.uniqueArray(fc.integer({ min: 1, max: 15 }), { minLength: 2 });
    fc.assert(
      fc.property(places, fc.constantFrom(' ', '-', '.', '\u00a0'), (cuts, separator) => {
        const ends = [...cuts.sort((a, b) => a - b), 16];
        const groups = ends.map((end, index) => '4242424242424242'.slice(ends[index - 1] ?? 0, end));
        fc.pre(groups.every((group) => group.length <= 8));
        expect(holdsCardNumber(groups.join(separator))).toBe(true);
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
    ['part of a hexadecimal number', 'a42424242424242424b1c2d3e4'],
    ['digits far apart', '42424242      42424242'],
    ['an amount, a day, a telephone number', '12500 2027-01-31 +49 30 901820'],
    ['a time in milliseconds', '1763800000000'],
    ['an address of a computer', '192.168.100.200'],
    ['a UUID with many digits', '4242424a-4242-4242-8242-424242424242'],
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

describe('a body', () => {
  it.each([
    ['a security code', { cvc: '123' }, 'cvc', 'security code'],
    ['a security code as a number', { card: { security_code: 1234 } }, 'card.security_code', 'security code'],
    ['a PIN', { cardPin: '1234' }, 'cardPin', 'PIN'],
    ['a number beyond what a number can be', { pan: 4.242424242424242e15 }, 'pan', 'card number'],
    [
      'a UnionPay number without check digit',
      { cardNumber: '6212345678900000' },
      'cardNumber',
      'card number',
    ],
    ['track 2', { swipe: ';4242424242424242=29121010000' }, 'swipe', 'card number'],
    ['parts of a number', { a: '4242', b: '4242', c: '4242', d: '4242' }, 'a', 'card number'],
    ['a list of digits', { digits: [...'4242424242424242'].map(Number) }, 'digits.0', 'card number'],
  ])('with %s is refused by its field', (_, body, path, what) => {
    expect(cardDataFieldOf(body)).toEqual({ path, what });
  });

  it.each([
    ['a code of another kind', { discountCode: '123', pinned: '1234', cvcCheck: 'pass' }],
    [
      'numbers that have nothing to do with each other',
      { studentNumber: '42424242', invoiceNumber: '42424242' },
    ],
    ['an expiry date and four last digits', { expiryMonth: 12, expiryYear: 2029, lastFour: '4242' }],
  ])('with %s is not', (_, body) => {
    expect(cardDataFieldOf(body)).toBeNull();
  });
});

describe('a line of a log', () => {
  it('loses the number and keeps everything else', () => {
    expect(withoutCardNumbers('paid by 4242 4242 4242 4242, "NDI0MjQyNDI0MjQyNDI0Mg==" too')).toBe(
      'paid by [card number removed], "[card number removed]==" too',
    );
    expect(withoutCardNumbers('４２４２４２４２４２４２４２４２!')).toBe('[card number removed]!');
    expect(withoutCardNumbers('%34%32%34%32424242424242')).toBe('[card number removed]');
  });

  it('without a number stays as it is', () => {
    const line = JSON.stringify({ time: new Date().toISOString(), requestId: randomUUID(), msg: 'ok' });

    expect(withoutCardNumbers(line)).toBe(line);
  });
});
