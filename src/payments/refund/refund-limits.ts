import { applyDecorators } from '@nestjs/common';
import { IsOptional, Matches } from 'class-validator';
import { CommaList } from '../../platform/configuration/comma-list.js';

/** The word that says: one person is enough, whatever the amount. */
const OFF = 'off';
/** A currency and the largest amount, in its smallest unit, that one person may give back alone. */
const LIMIT = /^(off|[A-Z]{3}:\d{1,12})$/;

/**
 * In a day one person may give back alone this many times what they may of one payment: the ordinary work of a day, and an
 * end to large sums in small parts.
 */
export const ALONE_PER_DAY_FACTOR = 10;

/** An optional comma list of limits such as `USD:100000`, or `off`. */
export function AreRefundLimits(): PropertyDecorator {
  const message = 'must each be a currency, a colon and an amount in its smallest unit, or the one word off';
  return applyDecorators(IsOptional(), CommaList(), Matches(LIMIT, { each: true, message }));
}

/** What is wrong with limits whose form is right, if anything is. */
export function wrongRefundLimits(limits: readonly string[] = []): Record<string, string> {
  if (limits.length > 1 && limits.includes(OFF))
    return { REFUND_APPROVAL_ABOVE: 'says off, and names limits, too' };
  const currencies = limits.map((limit) => limit.split(':')[0]);
  return new Set(currencies).size < currencies.length
    ? { REFUND_APPROVAL_ABOVE: 'names a currency twice' }
    : {};
}

/** The most that one person may give back alone; a currency without a limit has none to give. Null: no second person is ever asked. */
export function aloneMinorMax(limits: readonly string[] | undefined, currency: string): number | null {
  if (!limits || limits.includes(OFF)) return null;
  const limit = limits.find((it) => it.startsWith(`${currency}:`));
  return limit ? Number(limit.split(':')[1]) : 0;
}
