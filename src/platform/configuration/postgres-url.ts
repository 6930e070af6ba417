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

/** What is wrong with a database's address in production, if anything is. */
export function wrongInProduction(url: string): string | undefined {
  if (url === 'embedded')
    return 'is embedded, which is for development; production needs a PostgreSQL of its own';
  if (!URL.canParse(url) || isHidden(new URL(url))) return undefined;
  return 'does not say sslmode=verify-full, so that somebody in between could read along or answer instead';
}

/** Nobody in between can read along or pose as the server: its certificate is checked, or it is a socket of this machine. */
function isHidden({ searchParams }: URL): boolean {
  return searchParams.get('host')?.startsWith('/') || searchParams.get('sslmode') === 'verify-full';
}
