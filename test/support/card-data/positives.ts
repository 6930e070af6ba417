import { Random } from './random.js';

/** A text that holds a card number. */
export interface Positive {
  class: 'plain' | 'separated' | 'Unicode digits and separators' | 'one layer of encoding';
  how: string;
  text: string;
}

/** Ranges that networks issue from, with the lengths that each uses. */
const RANGES: [prefix: string, lengths: number[]][] = [
  ['4', [16, 18, 19]], // Visa
  ['401178', [16]], // Elo
  ['51', [16]],
  ['53', [16]],
  ['55', [16]],
  ['2221', [16]], // Mastercard's 2 series
  ['2345', [16]],
  ['2720', [16]],
  ['34', [15]], // American Express
  ['37', [15]],
  ['300', [14, 16, 19]], // Diners Club
  ['305', [14]],
  ['3095', [14]],
  ['36', [14, 16, 19]],
  ['38', [14, 16]],
  ['6011', [16, 19]], // Discover
  ['644', [16]],
  ['65', [16, 19]],
  ['3528', [16, 17, 18, 19]], // JCB
  ['3589', [16]],
  ['1800', [15]],
  ['2131', [15]],
  ['620', [16, 19]], // UnionPay
  ['622126', [16, 17, 18, 19]],
  ['8171', [16]],
  ['5018', [16, 17, 18, 19]], // Maestro
  ['6759', [16, 18, 19]],
  ['2200', [16]], // Mir
  ['9792', [16]], // Troy
  ['508', [16]], // RuPay's, within Maestro's
  ['606282', [16]], // Hipercard
  ['506099', [16, 18, 19]], // Verve
];

/** What the gateways and networks print in their documentation for tests. */
export const PUBLISHED = `
  4242424242424242 4000056655665556 5555555555554444 2223003122003222 5200828282828210 5105105105105100 378282246310005
  371449635398431 6011111111111117 6011000990139424 6011981111111113 3056930009020004 36227206271667 6555900000604105
  3566002020360505 6200000000000005 6200000000000047 6205500000000000004 4000000000000002 4000000000009995
  4000002500003155 4000002760003184 4000008260000000 4111111111111111 4988438843884305 4166676667666746 4646464646464644
  4000620000000007 4000060000000006 4293189100000008 4988080000000000 4977949494949497 4444333322221111 4400000000000008
  2222400070000005 5555341244441115 5577000055770004 5136333333333335 5585558555855583 5555444433331111 2222410740360010
  2222410700000002 2222400010000008 370000000000002 371111111111114 6011601160116611 6445644564456445 36006666333344
  3569990010095841 6771798021000008 6731012345678906 5066991111111118 6062828888666688 6250946000000016 8171999927660000
  4005519200000004 4009348888881881 4012000033330026 4012000077777777 4012888888881881 4217651111111119 4500600000000061
  2223000048400011 5555555555554444 3530111333300000 6304000000000000 4000111111111115 5105105105105100 378734493671000
  38520000023237 30569309025904 4222222222222`
  .trim()
  .split(/\s+/);

const ENCODERS: [Positive['class'], string, (number: string) => string][] = [
  ['plain', 'digits', (it) => it],
  ['separated', 'in groups with spaces', (it) => grouped(it).join(' ')],
  ['separated', 'in groups with hyphens', (it) => grouped(it).join('-')],
  ['separated', 'in groups with dots', (it) => grouped(it).join('.')],
  ['separated', 'in groups with underscores', (it) => grouped(it).join('_')],
  ['separated', 'in groups with slashes', (it) => grouped(it).join('/')],
  ['separated', 'in groups with two spaces', (it) => grouped(it).join('  ')],
  ['separated', 'in groups with hyphens between spaces', (it) => grouped(it).join(' - ')],
  ['separated', 'in groups over lines', (it) => grouped(it).join('\n')],
  ['separated', 'digit by digit', (it) => [...it].join(' ')],
  ['separated', 'in pairs', (it) => it.match(/..?/g)!.join(' ')],
  ['Unicode digits and separators', 'non-breaking spaces', (it) => grouped(it).join('\u00a0')],
  ['Unicode digits and separators', 'thin spaces', (it) => grouped(it).join('\u2009')],
  ['Unicode digits and separators', 'en dashes', (it) => grouped(it).join('–')],
  ['Unicode digits and separators', 'full-width digits', (it) => shifted(it, 0xff10)],
  ['Unicode digits and separators', 'Arabic digits', (it) => shifted(it, 0x660)],
  ['Unicode digits and separators', 'Devanagari digits', (it) => shifted(it, 0x966)],
  ['Unicode digits and separators', 'mathematical digits', (it) => shifted(it, 0x1d7ce)],
  ['Unicode digits and separators', 'zero-width spaces between', (it) => [...it].join('\u200b')],
  ['Unicode digits and separators', 'soft hyphens between', (it) => grouped(it).join('\u00ad')],
  ['one layer of encoding', 'percent-encoded digits', (it) => escaped(it, (code) => `%${code.toString(16)}`)],
  ['one layer of encoding', 'percent-encoded spaces', (it) => grouped(it).join('%20')],
  ['one layer of encoding', 'JSON escapes', (it) => escaped(it, (code) => `\\u00${code.toString(16)}`)],
  ['one layer of encoding', 'HTML entities', (it) => escaped(it, (code) => `&#${code};`)],
  [
    'one layer of encoding',
    'hexadecimal HTML entities',
    (it) => escaped(it, (code) => `&#x${code.toString(16)};`),
  ],
  ['one layer of encoding', 'base64', (it) => Buffer.from(it).toString('base64')],
  [
    'one layer of encoding',
    'base64 of groups',
    (it) => Buffer.from(grouped(it).join(' ')).toString('base64'),
  ],
  [
    'one layer of encoding',
    'base64url of JSON',
    (it) => Buffer.from(JSON.stringify({ pan: it })).toString('base64url'),
  ],
  ['one layer of encoding', 'hexadecimal', (it) => Buffer.from(it).toString('hex')],
];

const CARRIERS: [string, (text: string) => string][] = [
  ['alone', (it) => it],
  ['a sentence', (it) => `please charge ${it}, thank you`],
  ['in brackets', (it) => `card (${it})`],
  ['JSON', (it) => JSON.stringify({ note: it, currency: 'USD' })],
  ['JSON in a list', (it) => JSON.stringify([{ id: 'x' }, it])],
  ['a line of a log', (it) => `2026-11-22T18:00:27.123Z INFO charge requestId=17 card="${it}" status=201`],
  ['CSV', (it) => `Ada;Lovelace;${it};12,50;USD`],
  ['XML', (it) => `<card><number>${it}</number></card>`],
  ['a query', (it) => `from=app&card=${it}&lang=en`],
  ['behind a label', (it) => `Card no.: ${it}`],
  ['before an expiry date', (it) => `${it} exp 12/29`],
  ['between letters', (it) => `card${it}x`],
];

/** Every range and length, encoded in every way, in every carrier; and each published number likewise. */
export function* positives(seed: number, numbersPerRange: number): Generator<Positive> {
  const random = new Random(seed);
  for (const [prefix, lengths] of RANGES)
    for (const length of lengths)
      for (let count = 0; count < numbersPerRange; count++) yield* dressed(random.number(prefix, length));
  for (const number of PUBLISHED) yield* dressed(number);
}

function* dressed(number: string): Generator<Positive> {
  for (const [kind, encoding, encode] of ENCODERS)
    for (const [carrier, carry] of CARRIERS) {
      if (carrier === 'between letters' && /base64|hexadecimal$/.test(encoding)) continue; // then it is another word
      yield { class: kind, how: `${encoding}, ${carrier}`, text: carry(encode(number)) };
    }
}

/** As it is printed on the card. */
export function grouped(number: string): string[] {
  if (number.length === 15) return [number.slice(0, 4), number.slice(4, 10), number.slice(10)];
  if (number.length === 14) return [number.slice(0, 4), number.slice(4, 10), number.slice(10)];
  if (number.length === 13) return [number.slice(0, 4), ...number.slice(4).match(/.../g)!];
  return number.match(/.{1,4}/g)!;
}

function shifted(number: string, zero: number): string {
  return String.fromCodePoint(...[...number].map((digit) => zero + Number(digit)));
}

function escaped(number: string, escape: (code: number) => string): string {
  return [...number].map((digit) => escape(digit.charCodeAt(0))).join('');
}
