import { Transform } from 'class-transformer';
import { IsOptional, Matches } from 'class-validator';

/** A text with commas becomes the list of its parts. */
export function CommaList(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? value.split(',').map((it) => it.trim()) : value,
  );
}

/** An optional comma list of keys, each with its name. */
export function IsListOfNamedKeys(pattern: RegExp): PropertyDecorator {
  const message = 'must each be a name of small letters, digits and hyphens, a colon, and 32 bytes in base64';
  return (target, property) => {
    for (const decorator of [IsOptional(), CommaList(), Matches(pattern, { each: true, message })])
      decorator(target, property);
  };
}
