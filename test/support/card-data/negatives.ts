import type { Random } from './random.js';

const HEX = '0123456789abcdef';
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE64 = `${BASE62}+/`;
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const FROM_2024 = 1_704_067_200_000;
/** In 2033 the ids of X begin to look like Diners Club's numbers of 19 digits. */
const TO_2033 = 1_988_150_400_000;

type Make = (random: Random) => string;

const time = (random: Random) => random.between(FROM_2024, TO_2033);
const uuid = (random: Random, version: string) =>
  [8, 4, 4, 4, 12]
    .map((length) => random.text(length, HEX))
    .map((part, index) =>
      index === 2 ? version + part.slice(1) : index === 3 ? random.one([...'89ab']) + part.slice(1) : part,
    )
    .join('-');
const letters = (random: Random, length: number) => random.text(length, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ');

/** Numbers and identifiers of the kinds that a payments API, its logs and its neighbours are full of. */
export const NEGATIVES: [string, Make][] = [
  ['UUID, versions 1 to 8', (r) => uuid(r, r.one([...'12345678']))],
  ['UUID without hyphens', (r) => uuid(r, '4').replaceAll('-', '')],
  ['ULID', (r) => `0${r.text(25, CROCKFORD)}`],
  ['KSUID', (r) => r.text(27, BASE62)],
  [
    'snowflake of X or Discord',
    (r) =>
      (
        (BigInt(time(r) - r.one([1_288_834_974_657, 1_420_070_400_000])) << 22n) +
        BigInt(r.below(4096))
      ).toString(),
  ],
  ['MongoDB ObjectId', (r) => Math.floor(time(r) / 1000).toString(16) + r.text(16, HEX)],
  [
    'Stripe id',
    (r) => `${r.one(['pi_3', 'pm_1', 'ch_3', 'cus_', 'evt_1', 'seti_1', 're_3'])}${r.text(23, BASE62)}`,
  ],
  ['Braintree id', (r) => r.text(8, '0123456789abcdefghijklmnopqrstuvwxyz')],
  ['Adyen reference', (r) => r.text(16, '0123456789BCDFGHJKLMNPQRSTVWXZ').replace(/^./, 'W')],
  ['seconds since 1970', (r) => String(Math.floor(time(r) / 1000))],
  ['milliseconds since 1970', (r) => String(time(r))],
  ['microseconds since 1970', (r) => String(time(r)) + r.digits(3)],
  ['nanoseconds since 1970', (r) => String(time(r)) + r.digits(6)],
  ['ISO 8601 time', (r) => new Date(time(r)).toISOString()],
  ['time with a space', (r) => new Date(time(r)).toISOString().replace('T', ' ').replace('Z', '')],
  ['compact time', (r) => new Date(time(r)).toISOString().replace(/\D/g, '')],
  [
    'E.164 telephone',
    (r) => `+${r.one(['1', '44', '49151', '33', '91', '86', '55', '62', '43', '46'])}${r.digits(8)}`,
  ],
  ['telephone with spaces', (r) => `+49 ${r.one(['30', '151', '89'])} ${r.digits(4)} ${r.digits(4)}`],
  [
    'telephone of a country',
    (r) =>
      r.one([
        `0${r.digits(3)} ${r.digits(7)}`,
        `(${r.digits(3)}) ${r.digits(3)}-${r.digits(4)}`,
        `06 ${r.digits(2)} ${r.digits(2)} ${r.digits(2)} ${r.digits(2)}`,
      ]),
  ],
  ['ISBN-13', (r) => checked(`978${r.digits(9)}`)],
  [
    'ISBN-13 with hyphens',
    (r) => checked(`978${r.digits(9)}`).replace(/^(...)(.)(..)(......)(.)$/, '$1-$2-$3-$4-$5'),
  ],
  ['EAN-13', (r) => checked(`${r.one(['40', '45', '50', '47', '30', '76'])}${r.digits(10)}`)],
  ['ISSN', (r) => `${r.digits(4)}-${r.digits(3)}${r.one([...'0123456789X'])}`],
  ['IBAN of Germany', (r) => iban('DE', r.digits(18))],
  ['IBAN of Germany, spaced', (r) => spaced(iban('DE', r.digits(18)))],
  ['IBAN of Spain, spaced', (r) => spaced(iban('ES', r.digits(20)))],
  ['IBAN of Britain, spaced', (r) => spaced(iban('GB', letters(r, 4) + r.digits(14)))],
  ['IBAN of France', (r) => iban('FR', r.digits(23))],
  ['ABA number and account', (r) => `${aba(r)} ${r.digits(r.between(8, 12))}`],
  ['VAT number', (r) => `${r.one(['DE', 'ATU', 'FR'])}${r.digits(9)}`],
  ['order number', (r) => `ORD-${r.between(2024, 2033)}-${r.digits(7)}`],
  [
    'invoice number in groups',
    (r) => `INV-${r.between(2024, 2033)}-${r.digits(4)}-${r.digits(4)}-${r.digits(4)}`,
  ],
  ['student number', (r) => r.digits(r.between(7, 10))],
  ['amount', (r) => (r.below(10_000_000) / 100).toFixed(2)],
  ['place', (r) => `${(r.below(180e6) / 1e6 - 90).toFixed(6)},${(r.below(360e6) / 1e6 - 180).toFixed(6)}`],
  [
    'place, to the last digit',
    (r) => JSON.stringify([(r.below(2 ** 31) / 2 ** 31) * 90, (r.below(2 ** 31) / 2 ** 30) * 90]),
  ],
  ['share', (r) => String(r.below(2 ** 32) / 2 ** 32)],
  ['SHA-1', (r) => r.text(40, HEX)],
  ['SHA-256', (r) => r.text(64, HEX)],
  ['SHA-256 in base64', (r) => `${r.text(43, BASE64)}=`],
  ['trace parent', (r) => `00-${r.text(32, HEX)}-${r.text(16, HEX)}-01`],
  [
    'JSON web token',
    (r) =>
      [
        { alg: 'ES256', kid: r.text(8, BASE62) },
        { iss: 'https://login.example.edu', sub: r.digits(9), iat: Math.floor(time(r) / 1000) },
      ]
        .map((it) => Buffer.from(JSON.stringify(it)).toString('base64url'))
        .concat(r.text(86, BASE62))
        .join('.'),
  ],
  ['picture in base64', (r) => `data:image/png;base64,iVBORw0KGgo${r.text(200, BASE64)}`],
  ['IPv4 address', (r) => [1, 2, 3, 4].map(() => r.below(256)).join('.')],
  ['IPv6 address', (r) => Array.from({ length: 8 }, () => r.text(4, HEX)).join(':')],
  ['MAC address', (r) => Array.from({ length: 6 }, () => r.text(2, HEX)).join(':')],
  ['version', (r) => `${r.below(30)}.${r.below(100)}.${r.below(1000)}-${r.text(7, HEX)}`],
  ['key of a request', (r) => `${time(r)}-${uuid(r, '4')}`],
  ['bank reference (ARN)', (r) => `7${r.digits(22)}`],
  ['IMEI', (r) => r.number(r.one(['35', '86', '01']), 15)],
];

function checked(digits: string): string {
  const sum = [...digits].reduce((all, digit, place) => all + Number(digit) * (place % 2 === 0 ? 1 : 3), 0);
  return digits + String((10 - (sum % 10)) % 10);
}

function iban(country: string, account: string): string {
  const digits = [...`${account}${country}00`].map((it) => parseInt(it, 36)).join('');
  return `${country}${String(98n - (BigInt(digits) % 97n)).padStart(2, '0')}${account}`;
}

function spaced(text: string): string {
  return text.match(/.{1,4}/g)!.join(' ');
}

/** A routing number of an American bank, with its check digit. */
function aba(random: Random): string {
  const digits =
    random.one(['01', '02', '06', '11', '12', '21', '26', '31', '32', '61', '65', '72']) + random.digits(6);
  const sum = [...digits].reduce((all, digit, place) => all + Number(digit) * [3, 7, 1][place % 3]!, 0);
  return digits + String((10 - (sum % 10)) % 10);
}

/** Requests and answers as this product, and products like it, send them. */
export function realisticBody(random: Random): string {
  return JSON.stringify(random.one(BODIES)(random));
}

const street = (r: Random) =>
  `${r.between(1, 9999)} ${r.one(['Oak', 'Elm', 'Main', 'Lake'])} St, Apt ${r.below(400)}`;
const person = (r: Random) => ({
  name: r.one(['Ada Lovelace', 'Alan Turing', 'Grace Hopper']),
  email: `student${r.digits(7)}@example.edu`,
  phone: r.one([
    `+1${r.digits(10)}`,
    `+49 151 ${r.digits(8)}`,
    `(${r.digits(3)}) ${r.digits(3)}-${r.digits(4)}`,
  ]),
});

const BODIES: ((random: Random) => object)[] = [
  (r) => ({
    payerId: uuid(r, '7'),
    kind: 'tuition',
    description: `Term ${r.between(2026, 2033)}, ${r.below(30)} credits`,
    amountMinor: r.below(2_000_000),
    currency: 'USD',
    dueOn: new Date(time(r)).toISOString().slice(0, 10),
  }),
  (r) => ({
    paymentMethodId: uuid(r, '4'),
    returnUrl: `https://pay.example.edu/back?invoice=${uuid(r, '7')}&t=${time(r)}`,
  }),
  (r) => ({
    payerId: uuid(r, '7'),
    paymentMethodId: uuid(r, '4'),
    amountMinor: r.below(2_000_000),
    currency: 'EUR',
    obligation: `invoice:${uuid(r, '7')}`,
    capture: 'manual',
  }),
  (r) => ({
    ...person(r),
    studentNumber: r.digits(8),
    address: { street: street(r), zip: r.digits(5), state: 'NY' },
    bornOn: '2004-03-17',
    year: r.between(1, 6),
  }),
  (r) => ({
    student: { number: r.digits(8), section: r.below(40), room: r.digits(4), extension: r.digits(4) },
    term: r.between(202601, 203302),
    credits: r.below(30),
  }),
  (r) => ({
    id: `evt_1${r.text(23, BASE62)}`,
    object: 'event',
    created: Math.floor(time(r) / 1000),
    livemode: true,
    api_version: '2026-10-28',
    data: {
      object: {
        id: `pi_3${r.text(23, BASE62)}`,
        amount: r.below(2_000_000),
        currency: 'usd',
        latest_charge: `ch_3${r.text(23, BASE62)}`,
        metadata: { payment_id: uuid(r, '7'), attempt_id: uuid(r, '4') },
        payment_method_types: ['card'],
      },
    },
  }),
  (r) => ({
    lines: Array.from({ length: r.between(2, 6) }, () => ({
      sku: `C-${r.digits(5)}`,
      quantity: r.between(1, 5),
      unitAmountMinor: r.below(200_000),
    })),
    total: r.below(2_000_000),
    taxRate: 0.0875,
  }),
  (r) => ({
    ids: Array.from({ length: r.between(2, 8) }, () => uuid(r, '7')),
    since: new Date(time(r)).toISOString(),
    limit: 100,
  }),
  (r) => ({
    bankName: 'First Example Bank',
    lastFour: r.digits(4),
    routing: aba(r),
    status: 'pending_verification',
    amountsMinor: [r.below(99), r.below(99)],
  }),
  (r) => ({
    note: `Call ${person(r).phone} after ${r.between(8, 17)}:${r.between(10, 59)} about invoice INV-${r.between(2026, 2033)}-${r.digits(6)}`,
    amount: `${r.below(9999)}.${r.digits(2)}`,
  }),
  (r) => ({
    expiryMonth: r.between(1, 12),
    expiryYear: r.between(2026, 2033),
    lastFour: r.digits(4),
    cardBrand: 'visa',
    createdAt: new Date(time(r)).toISOString(),
  }),
];
