import { Temporal } from 'temporal-polyfill';

/** When a day's collections begin, by the school's clock: banks and people are awake, and it is the same day everywhere near. */
export const COLLECTION_HOUR = 9;

export type Interval = 'week' | 'two_weeks' | 'month';

const STEP: Record<Interval, (count: number) => Temporal.DurationLike> = {
  week: (count) => ({ weeks: count }),
  two_weeks: (count) => ({ weeks: 2 * count }),
  month: (count) => ({ months: count }),
};

/** Days such as `2027-01-31`, as the school's calendar has them: what is due on a day is due by the school's clock. */
export class SchoolCalendar {
  constructor(private readonly timeZone: string) {}

  /** The day that it is at the school. */
  dayOf(instant: Date): string {
    return Temporal.Instant.fromEpochMilliseconds(instant.getTime())
      .toZonedDateTimeISO(this.timeZone)
      .toPlainDate()
      .toString();
  }

  /** When collecting begins on a day. Where the clocks skip that hour, as much later as they skip. */
  collectionTimeOn(day: string): Date {
    const zoned = Temporal.PlainDate.from(day).toZonedDateTime({
      timeZone: this.timeZone,
      plainTime: { hour: COLLECTION_HOUR },
    });
    return new Date(zoned.epochMilliseconds);
  }
}

/** Whether the text is a day of the calendar: 2027-02-29 is none. */
export function isDay(text: string): boolean {
  try {
    return Temporal.PlainDate.from(text, { overflow: 'reject' }).toString() === text;
  } catch {
    return false;
  }
}

export function addDays(day: string, days: number): string {
  return Temporal.PlainDate.from(day).add({ days }).toString();
}

/**
 * Days at equal intervals. Each is reckoned from the first one, so that a plan from the 31st is due on the last day of
 * the shorter months and on the 31st again afterwards.
 */
export function daysEvery(interval: Interval, first: string, count: number): string[] {
  const start = Temporal.PlainDate.from(first);
  return Array.from({ length: count }, (_, index) => start.add(STEP[interval](index)).toString());
}
