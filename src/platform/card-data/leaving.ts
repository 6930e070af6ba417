import { holdsCardNumber } from './card-data.js';

/** The last door: what got past the first one by mistake is not handed on. Known to clients as any other rejection. */
export class CardDataRefused extends Error {
  readonly code = 'card_data_rejected';

  constructor(where: string) {
    super(
      `There is a card number in ${where}. It was not passed on. Give cards to the payment gateway only.`,
    );
  }
}

/** Largest whole number that is too short to be a card's. */
const SHORT_MAX = 999_999_999_999;
/** Values of ours are flat; a loop would end nowhere. */
const LEVELS_MAX = 8;

/** Refuses values on their way to a database or to another service. Bytes are not looked into: those that we store are sealed. */
export function refuseCardNumbersLeaving(values: unknown, where: string): void {
  if (holds(values, 0)) throw new CardDataRefused(where);
}

function holds(value: unknown, level: number): boolean {
  if (typeof value === 'string') return holdsCardNumber(value);
  if (typeof value === 'number' || typeof value === 'bigint')
    return Math.abs(Number(value)) > SHORT_MAX && holdsCardNumber(String(value));
  if (typeof value !== 'object' || value === null || level > LEVELS_MAX) return false;
  if (value instanceof Date || ArrayBuffer.isView(value)) return false;
  return Object.values(value).some((inner) => holds(inner, level + 1));
}
