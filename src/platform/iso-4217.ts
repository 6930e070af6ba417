const DECIMALS: ReadonlyMap<string, number> = new Map([
  ...decimals(0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'),
  ...decimals(3, 'BHD IQD JOD KWD LYD OMR TND'),
  ...decimals(4, 'CLF UYW'),
]);

/**
 * How many decimals the smallest unit of a currency stands for, by ISO 4217's list one
 * (https://www.six-group.com/en/products-services/financial-information/data-standards.html). Not `Intl`'s: that says how people
 * write amounts, which for the forint or the rupiah is without the decimals that gateways and banks count in.
 */
export function decimalsOf(currency: string): number {
  return DECIMALS.get(currency) ?? 2;
}

function decimals(count: number, currencies: string): [string, number][] {
  return currencies.split(' ').map((currency) => [currency, count]);
}
