import { Body, Controller, Get, HttpCode, Put } from '@nestjs/common';
import { IsISO8601 } from 'class-validator';
import { DevelopmentKey } from '../authentication/development-key.js';
import { Public } from '../authentication/policy.js';
import { Problem } from '../problem/problem.js';
import { BusinessClock } from './business-clock.js';

export class SetClockDto {
  /** A moment, as in 2027-05-01T15:00:00Z. */
  @IsISO8601({ strict: true })
  now: string;
}

export class ClockDto {
  now: string;
}

/** Lets time pass, for development only: what falls due on the way is done. In production it does not exist. */
@Controller('dev/clock')
@Public()
export class ClockController {
  constructor(
    private readonly clock: BusinessClock,
    private readonly developmentKey: DevelopmentKey,
  ) {}

  @Get()
  read(): ClockDto {
    if (!this.developmentKey.isAllowed)
      throw new Problem('not_found', 'There is nothing at this address, or nothing that you may see.');
    return { now: this.clock.now().toISOString() };
  }

  @Put()
  @HttpCode(200)
  set(@Body() { now }: SetClockDto): ClockDto {
    this.clock.set(new Date(now));
    return this.read();
  }
}
