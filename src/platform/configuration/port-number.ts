import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** A TCP port; 0, where it is allowed, takes a free one. */
export function IsPortNumber(rules: { min: 0 | 1 } = { min: 0 }): PropertyDecorator {
  return applyDecorators(
    Type(() => Number),
    IsInt(),
    Min(rules.min),
    Max(65_535),
  );
}
