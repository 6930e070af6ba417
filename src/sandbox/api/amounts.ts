import { invalidParameter, invalidRequest } from '../wire/errors.js';

/** https://docs.stripe.com/currencies#zero-decimal */
const ZERO_DECIMAL = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf'.split(' '));
/** https://docs.stripe.com/currencies#three-decimal: the last digit must be 0. */
const THREE_DECIMAL = new Set('bhd jod kwd omr tnd'.split(' '));
const TWO_DECIMAL = new Set(
  'aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnd htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah usd uyu uzs wst xcd yer zar zmw'.split(
    ' ',
  ),
);

/** https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts */
const MINIMUM: Record<string, number> = {
  usd: 50,
  eur: 50,
  gbp: 30,
  aud: 50,
  cad: 50,
  chf: 50,
  nzd: 50,
  sgd: 50,
  brl: 50,
  inr: 50,
  bgn: 100,
  dkk: 250,
  sek: 300,
  nok: 300,
  pln: 200,
  mxn: 1000,
  hkd: 400,
  aed: 200,
  czk: 1500,
  jpy: 50,
  huf: 17500,
  ron: 200,
  thb: 1000,
  myr: 200,
};
const MAXIMUM = 99_999_999;

export function checkAmount(amount: number, currency: string): void {
  const decimals = decimalsOf(currency);
  if (decimals === 2 && !TWO_DECIMAL.has(currency)) {
    const message = `Invalid currency: ${currency}. Stripe currently supports these currencies: ${[...TWO_DECIMAL, ...ZERO_DECIMAL, ...THREE_DECIMAL].join(', ')}`;
    throw invalidRequest(message, undefined, 'currency');
  }
  if (amount < 1) {
    throw invalidParameter(
      'This value must be greater than or equal to 1.',
      'parameter_invalid_integer',
      'amount',
    );
  }
  if (decimals === 3 && amount % 10 !== 0) {
    const message = `Invalid amount: amounts in ${currency.toUpperCase()} must be divisible by 10, because its smallest unit is not used by card networks.`;
    throw invalidRequest(message, 'parameter_invalid_integer', 'amount');
  }
  if (amount < (MINIMUM[currency] ?? 1)) {
    throw invalidRequest(
      `Amount must be at least ${MINIMUM[currency]} ${currency}`,
      'amount_too_small',
      'amount',
    );
  }
  if (amount > MAXIMUM) {
    throw invalidRequest(`Amount must be no more than ${MAXIMUM} ${currency}`, 'amount_too_large', 'amount');
  }
}

/** How many decimals the amounts of this API stand for in a currency, in lower case. */
export function decimalsOf(currency: string): number {
  if (ZERO_DECIMAL.has(currency)) return 0;
  return THREE_DECIMAL.has(currency) ? 3 : 2;
}
