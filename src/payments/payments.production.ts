import { wrongInProduction } from '../platform/configuration/postgres-url.js';

const DATABASE_URLS = ['PAYMENTS_DATABASE_URL', 'PAYMENTS_MIGRATION_URL', 'PAYMENTS_RELOCATION_URL'] as const;

/** What development makes up, and production must be told. */
const NEEDED = [
  ['PAYMENTS_TOKEN_KEYS', 'production needs a key that seals tokens: npm run cli -- keys new'],
  ['PAYMENTS_AUDIT_KEYS', 'production needs a key that signs the audit log: npm run cli -- audit new-key'],
  [
    'PAYMENTS_AUDIT_ANCHORS',
    'name a folder outside of the database for the heads of the audit log, or say log',
  ],
  [
    'REFUND_APPROVAL_ABOVE',
    'say above which amount of each currency a second person must agree to a refund, or off',
  ],
] as const;

/** Databases that production must not use, by variable. */
export function wrongDatabases(
  config: Partial<Record<(typeof DATABASE_URLS)[number], string>>,
): Record<string, string> {
  const wrong: Record<string, string> = {};
  for (const name of DATABASE_URLS) {
    const problem = wrongInProduction(config[name] ?? '');
    if (problem) wrong[name] = problem;
  }
  return wrong;
}

export function missingInProduction(
  config: Partial<Record<(typeof NEEDED)[number][0], unknown>>,
): Record<string, string> {
  return Object.fromEntries(
    NEEDED.filter(([name]) => !config[name]).map(([name, why]) => [name, `is unset; ${why}`]),
  );
}
