import type { PaymentMethod } from './api.js';

/** ISO 4217: how many decimals a currency's smallest unit stands for, where it is not two. Browsers' own lists differ. */
const DECIMALS: Record<string, number> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((it) => [it, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((it) => [it, 3])),
  ...Object.fromEntries('CLF UYW'.split(' ').map((it) => [it, 4])),
};

/** `125000`, `USD` as `$1,250.00`, in the reader's own way of writing. Never calculated in fractions. */
export function money(amountMinor: number, currency: string): string {
  const decimals = DECIMALS[currency] ?? 2;
  const digits = String(amountMinor).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const amount = decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`;
  return new Intl.NumberFormat(undefined, {
    style: 'currency',
    currency,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(amount as `${number}`);
}

/** A day such as `2027-01-31`, which is the same day everywhere. */
export function day(isoDay: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeZone: 'UTC' }).format(
    new Date(`${isoDay}T00:00:00Z`),
  );
}

/** A moment, as the day that it was for the reader. */
export function dayOf(instant: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'long' }).format(new Date(instant));
}

export function moment(instant: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' }).format(
    new Date(instant),
  );
}

/** Today where the reader is, as in `2027-01-31`. */
export function today(): string {
  const now = new Date();
  const two = (part: number) => String(part).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

const BRANDS: Record<string, string> = {
  amex: 'American Express',
  cartes_bancaires: 'Cartes Bancaires',
  diners: 'Diners Club',
  discover: 'Discover',
  eftpos_au: 'Eftpos',
  jcb: 'JCB',
  mastercard: 'Mastercard',
  unionpay: 'UnionPay',
  visa: 'Visa',
};

export function brandName(method: PaymentMethod): string {
  if (method.type !== 'card') return method.bankName ?? 'Bank account';
  return BRANDS[method.cardBrand ?? ''] ?? 'Card';
}

/** `Visa ending in 4242`. */
export function methodName(method: PaymentMethod): string {
  return `${brandName(method)} ending in ${method.lastFour}`;
}

/** `expires 12/27`, or that it has expired: a card is good until the end of its month. */
export function expiry({ expiryMonth: month, expiryYear: year }: PaymentMethod): string | null {
  if (month === null || year === null) return null;
  const isPast = `${year}-${String(month).padStart(2, '0')}` < today().slice(0, 'yyyy-mm'.length);
  return `${isPast ? 'expired' : 'expires'} ${String(month).padStart(2, '0')}/${String(year).slice(-2)}`;
}
