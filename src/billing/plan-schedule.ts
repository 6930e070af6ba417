import { daysEvery, type Interval } from './school-calendar.js';

export interface ScheduledInstalment {
  position: number;
  amountMinor: number;
  dueOn: string;
}

/**
 * Amounts of these currencies are taken only in steps of so many smallest units of ISO 4217; of every other in steps of one.
 * A gateway that counts in smaller units than we do, as Stripe does in ISK, takes every amount of ours.
 * https://docs.stripe.com/currencies#special-cases and #three-decimal; https://docs.adyen.com/development-resources/currency-codes
 */
const STEPS_MINOR: Readonly<Record<string, number>> = {
  BHD: 10,
  IQD: 10,
  JOD: 10,
  KWD: 10,
  LYD: 10,
  OMR: 10,
  TND: 10,
  MGA: 100, // none of its decimals at Stripe
  CVE: 100, // likewise at Adyen
  IDR: 100,
};

/** The step in which amounts of a currency can be charged. */
export function stepMinorOf(currency: string): number {
  return STEPS_MINOR[currency] ?? 1;
}

/**
 * Parts that sum exactly to the amount: as equal as the step allows, the larger ones first. What is no whole step stays
 * with the first part. Null when there is not a step for each part.
 */
export function splitAmount(amountMinor: number, currency: string, parts: number): number[] | null {
  const step = stepMinorOf(currency);
  const steps = Math.floor(amountMinor / step);
  if (steps < parts) return null;
  const each = Math.floor(steps / parts);
  const larger = steps % parts;
  const rest = amountMinor % step;
  return Array.from(
    { length: parts },
    (_, index) => (each + (index < larger ? 1 : 0)) * step + (index === 0 ? rest : 0),
  );
}

/** The instalments of a plan: what is due when. Null when the amount is too small for so many. */
export function scheduleOf(
  invoice: { amountMinor: number; currency: string },
  plan: { instalments: number; firstDueOn: string; interval: Interval },
): ScheduledInstalment[] | null {
  const amounts = splitAmount(invoice.amountMinor, invoice.currency, plan.instalments);
  if (!amounts) return null;
  const days = daysEvery(plan.interval, plan.firstDueOn, plan.instalments);
  return amounts.map((amountMinor, index) => ({ position: index + 1, amountMinor, dueOn: days[index]! }));
}
