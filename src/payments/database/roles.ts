import type { SchemaRoles } from '../../platform/postgres/roles.js';

/** The database roles of payments, from most to least. The application's own login is none of them. */
export const PAYMENTS_ROLES = {
  schema: 'payments',
  owner: 'tokenkeep_payments_owner',
  migrator: 'tokenkeep_payments_migrator',
  logins: ['tokenkeep_payments'],
  readers: ['tokenkeep_payments_auditor'],
} as const satisfies SchemaRoles;

export const PAYMENTS_LOGIN = PAYMENTS_ROLES.logins[0];
export const AUDITOR_ROLE = PAYMENTS_ROLES.readers[0];
