import { DataSource } from 'typeorm';
import { ConfigurationError } from '../../platform/configuration/configuration.js';
import { wrongInProduction } from '../../platform/configuration/postgres-url.js';
import type { PlatformConfig } from '../../platform/platform.config.js';
import { assertVersion, DatabaseRefused, unreached } from '../../platform/postgres/open-data-source.js';
import { type PaymentsAddress, paymentsAddresses } from '../database/address.js';
import { PaymentsDatabase } from '../database/payments-database.js';
import { placeOf } from '../database/residence.js';
import type { PaymentsConfig } from '../payments.config.js';
import { AuditAnchors } from './audit-anchors.js';
import { type AuditVerification, AuditVerifier } from './audit-verifier.js';
import { auditKeysOf } from './signing-keys.js';

/** One connection reads a page while the other still has the one before it. */
const CONNECTIONS_MAX = 2;

/**
 * Verifies the audit log without the rest of payments: with a login that may read its two tables and nothing else, and
 * with public keys. Whose home the database is, an auditor need not prove: the signatures say whose log it is.
 */
export async function verifyAuditLog(
  platform: PlatformConfig,
  payments: PaymentsConfig,
  progress: (entries: number) => void,
  anchorsFolder?: string,
): Promise<AuditVerification> {
  assertFitForProduction(platform, payments);
  const [keys, anchors] = [auditKeysOf(platform, payments), new AuditAnchors(platform, payments)];
  const addresses = await paymentsAddresses(platform, payments);
  for (const address of addresses) {
    const dataSource = await opened(address);
    try {
      if (!(await holdsLog(dataSource))) continue; // during a move two are configured
      const verifier = new AuditVerifier(new PaymentsDatabase(dataSource), keys, anchors);
      return await verifier.verify(progress, anchorsFolder);
    } finally {
      await dataSource.destroy();
    }
  }
  const [{ url, variable }] = addresses;
  throw new DatabaseRefused(
    `${variable}: there is no audit log in ${placeOf(url)} that this login may read. Name the home of payment data, ` +
      'and a login with SELECT on payments.audit_entry and payments.audit_batch.',
  );
}

/** Nobody has looked at the application's database yet, where payments are in it. @throws ConfigurationError */
function assertFitForProduction(platform: PlatformConfig, payments: PaymentsConfig): void {
  if (!platform.isProduction || payments.PAYMENTS_DATABASE_URL) return;
  const problem = wrongInProduction(platform.DATABASE_URL);
  const example = 'postgres://tokenkeep_payments_auditor:secret@vault-db.example:5432/payments';
  if (problem)
    throw new ConfigurationError([
      { variable: 'PAYMENTS_DATABASE_URL', problem: `is unset, and DATABASE_URL ${problem}`, example },
    ]);
}

/** @throws DatabaseRefused when it cannot be reached, or is too old */
async function opened({ url, variable }: PaymentsAddress): Promise<DataSource> {
  const applicationName = 'tokenkeep audit';
  const dataSource = new DataSource({ type: 'postgres', url, poolSize: CONNECTIONS_MAX, applicationName });
  await dataSource.initialize().catch((error: Error) => {
    throw unreached(variable, 'payments', error);
  });
  await assertVersion((sql) => dataSource.query(sql), variable, 'payments').catch(async (error: unknown) => {
    await dataSource.destroy();
    throw error;
  });
  return dataSource;
}

async function holdsLog(dataSource: DataSource): Promise<boolean> {
  const [readable] = await dataSource.query<[{ tables: number }]>(
    `SELECT count(*)::int AS tables FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE nspname = 'payments' AND relname IN ('audit_entry', 'audit_batch')
        AND has_schema_privilege(relnamespace, 'USAGE') AND has_any_column_privilege(pg_class.oid, 'SELECT')`,
  );
  return readable.tables === 2;
}
