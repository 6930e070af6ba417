import { ValidateBy, type ValidationOptions } from 'class-validator';

/** `postgres://user:password@host:port/database`, or the word `embedded` where that is allowed. */
export function IsPostgresUrl(rules: { embedded: boolean }, options?: ValidationOptions): PropertyDecorator {
  const allowed = rules.embedded
    ? 'a postgres:// URL with a database name, or embedded'
    : 'a postgres:// URL';
  return ValidateBy(
    {
      name: 'isPostgresUrl',
      validator: {
        validate: (value) => (rules.embedded && value === 'embedded') || isPostgresUrl(value),
        defaultMessage: () => `must be ${allowed}`,
      },
    },
    options,
  );
}

function isPostgresUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const url = new URL(value);
  return (
    ['postgres:', 'postgresql:'].includes(url.protocol) && url.hostname !== '' && url.pathname.length > 1
  );
}
