import { BraintreeError } from './errors.js';

/** `20.00` in the smallest unit; what is sent in another form is refused. */
export function minorOf(amount: unknown, currency: string): number {
  const digits = digitsOf(currency);
  const [, whole, fraction = ''] = /^(\d{1,10})(?:\.(\d{1,2}))?$/.exec(String(amount)) ?? [];
  if (!whole || (digits === 0 && /[1-9]/.test(fraction)))
    throw new BraintreeError('81503', 'amount', 'Amount is an invalid format.');
  const minor = Number(whole) * 10 ** digits + Number(fraction.padEnd(digits, '0').slice(0, digits));
  if (minor < 1) throw new BraintreeError('81531', 'amount', 'Amount must be greater than zero.');
  return minor;
}

export function amountOf(minor: number, currency: string): string {
  const digits = digitsOf(currency);
  return (minor / 10 ** digits).toFixed(Math.min(digits, 2));
}

/** Braintree counts in ISO 4217's units, whatever people leave out when they write an amount. */
export function digitsOf(currency: string): number {
  if (WITHOUT_DECIMALS.has(currency)) return 0;
  return WITH_THREE.has(currency) ? 3 : 2;
}

const WITHOUT_DECIMALS = new Set(
  'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' '),
);
const WITH_THREE = new Set('BHD IQD JOD KWD LYD OMR TND'.split(' '));
