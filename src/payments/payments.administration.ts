import { newPassword, setUpRoles } from '../platform/postgres/roles.js';
import { PAYMENTS_ROLES } from './database/roles.js';

/** A login that an administrator made, and the setting that wants it. */
export interface MadeLogin {
  variable: string;
  role: string;
  /** Null: the role was there, and its password is known to whoever configured it. */
  password: string | null;
}

/** Makes payments' roles and schema in a database. `known`: passwords that were chosen already, by role. */
export async function setUpPaymentsRoles(
  adminUrl: string,
  database: string,
  known: ReadonlyMap<string, string>,
): Promise<MadeLogin[]> {
  const passwords = new Map<string, string>();
  await setUpRoles(adminUrl, database, PAYMENTS_ROLES, (role, isNew) => {
    const password = known.get(role) ?? (isNew ? newPassword() : undefined);
    if (password) passwords.set(role, password);
    return password;
  });
  const login = (variable: string, role: string) => ({
    variable,
    role,
    password: passwords.get(role) ?? null,
  });
  return [
    ...PAYMENTS_ROLES.logins.map((role) => login('PAYMENTS_DATABASE_URL', role)),
    login('PAYMENTS_MIGRATION_URL', PAYMENTS_ROLES.migrator),
    ...PAYMENTS_ROLES.readers.map((role) => login('for auditors', role)),
  ];
}
