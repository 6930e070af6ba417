import { Body, Controller, Get, HttpCode, Put } from '@nestjs/common';
import { DevelopmentKey } from '../authentication/development-key.js';
import { Public } from '../authentication/policy.js';
import { Problem } from '../problem/problem.js';
import { BusinessClock } from './business-clock.js';
import { ClockDto, SetClockDto } from './clock.dto.js';

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
