import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** Ten years: as long as the longest common duty to keep books. */
const DAYS_MAX = 3_653;

/** For how many days something is kept. `min`: what the program itself relies on. */
export const IsKeptDays = ({ min }: { min: number }): PropertyDecorator =>
  applyDecorators(
    Type(() => Number),
    IsInt(),
    Min(min),
    Max(DAYS_MAX),
  );
