/** A real-looking card number dressed as something that may pass. Each must be found all the same. */
export const DRESSED: [as: string, text: string][] = [
  ['a telephone number', '+4242424242424242'],
  ['a telephone number of 15 digits', '+378282246310005'],
  ['a telephone number of a country that is none', '+4222222222222'],
  ['a telephone number with spaces', '+42 4242 4242 4242 42 4242 4242 4242 4242'],
  ['a fraction longer than a floating-point number', '0.42424242424242421 and 17.4242424242424242'],
  ['a fraction in groups', '4242.4242.4242.4242'],
  ['an amount', '4242424242424242.00'],
  ['an IBAN with wrong check digits', 'DE00 4242 4242 4242 4242 00'],
  ['an IBAN that is too short', 'DE89 4242 4242 4242 4242'],
  ['an IBAN of no country', 'ZZ89 4242 4242 4242 4242 00'],
  ['a UUID of no version', '42424242-4242-0242-4242-424242424242 4242-4242-4242-4242'],
  ['a UUID without letters', '00000000-0000-4000-8424-242424242424 4242-4242-4242-4242'],
  ['a UUID with one group too many', 'a0000000-4242-4242-4242-4242'],
  ['a hexadecimal word with letters in one place', 'deadbeef4242424242424242'],
  ['a short hexadecimal word', 'a4242424242424242f'],
  ['an ObjectId of another century', 'ffffffff4242424242424242'],
  ['an article number that is none', '4222222222222'],
  ['part of a token', 'pm_1Nx4242424242424242Ab'],
  ['a trace parent', '00-4242424242424242-4242424242424242-01'],
  ['an order', 'ORD-4242-4242-4242-4242'],
];

/** What passes although it could be a card number: it cannot be told from what it looks like. Written down, not hidden. */
export const LOST: [as: string, text: string][] = [
  ['an IBAN with the right check digits', 'DE56424242424242424200'],
  ['the fraction of a floating-point number', '0.4242424242424242'],
  ['a UUID with a letter', 'a0000000-0000-4000-8424-242424242424'],
  ['a hexadecimal word of 24 or more with letters in several places', 'dead4242424242424242beef'],
  ['a telephone number of Germany, for 13 digits of Visa', '+4915123456001'],
];
