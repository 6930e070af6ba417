import { Type } from 'class-transformer';
import { IsInt, Max, Min, ValidateBy } from 'class-validator';
import { IsKeptDays } from '../platform/configuration/kept-days.js';
import { Variable } from '../platform/configuration/variable.js';

/** Sixty monthly instalments are five years; whoever offers more wants a loan, which is another business. */
const INSTALMENTS_CEILING = 60;

/** What billing reads from the environment. */
export class BillingConfig {
  @Variable({
    meaning: "the school's time zone, an IANA name: the days on which something is due are days there",
    example: 'America/New_York',
  })
  @ValidateBy({
    name: 'isTimeZone',
    validator: {
      validate: isTimeZone,
      defaultMessage: () => 'must be the IANA name of a time zone',
    },
  })
  SCHOOL_TIME_ZONE = 'America/New_York';

  @Variable({ meaning: 'most instalments that an invoice may be paid in', example: '12' })
  @Type(() => Number)
  @IsInt()
  @Min(2)
  @Max(INSTALMENTS_CEILING)
  PLAN_INSTALMENTS_MAX = 12;

  @Variable({
    meaning: 'days that the ids of applied events of payments are kept, so that each is applied once',
    example: '400',
  })
  @IsKeptDays({ min: 90 })
  RECEIVED_EVENTS_KEPT_DAYS = 400;
}

function isTimeZone(name: unknown): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: String(name) });
    return !/^[+-]/.test(String(name)); // an offset knows no daylight saving
  } catch {
    return false;
  }
}
