import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** A whole number within bounds, both included. */
export function IsWholeNumber({ min, max }: { min: number; max: number }): PropertyDecorator {
  return (target, property) => {
    for (const decorator of [Type(() => Number), IsInt(), Min(min), Max(max)]) decorator(target, property);
  };
}
