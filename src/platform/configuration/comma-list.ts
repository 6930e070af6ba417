import { Transform } from 'class-transformer';

/** `a, b` in the environment is a list of two. */
export const CommaList = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.split(',').map((it) => it.trim()) : value,
  );
