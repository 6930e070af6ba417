import { IsISO8601 } from 'class-validator';

export class SetClockDto {
  /** A moment, as in 2027-05-01T15:00:00Z. */
  @IsISO8601({ strict: true })
  now: string;
}

export class ClockDto {
  now: string;
}
