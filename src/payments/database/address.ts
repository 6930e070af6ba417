import { join } from 'node:path';
import type { PlatformConfig } from '../../platform/platform.config.js';
import { startEmbeddedPostgres } from '../../platform/postgres/embedded-postgres.js';
import type { PaymentsConfig } from '../payments.config.js';
import { PAYMENTS_LOGIN, PAYMENTS_ROLES } from './roles.js';

/** Where payments' database is, and by which logins it is used and changed. */
export interface PaymentsAddress {
  url: string;
  /** A login that may become the owner of the schema; without one, the program's own login must own it. */
  migrationUrl?: string;
  /** Which variable says so, for error messages. */
  variable: 'PAYMENTS_DATABASE_URL' | 'DATABASE_URL' | 'PAYMENTS_RELOCATION_URL';
}

/** Where payments may be: one place, and during a move two. */
export async function paymentsAddresses(
  platform: PlatformConfig,
  payments: PaymentsConfig,
): Promise<[PaymentsAddress, ...PaymentsAddress[]]> {
  const configured = await paymentsAddress(platform, payments);
  const { PAYMENTS_RELOCATION_URL: other } = payments;
  return other ? [configured, { url: other, variable: 'PAYMENTS_RELOCATION_URL' }] : [configured];
}

/** As configured; `embedded` starts or joins a server of our own and makes its roles. */
async function paymentsAddress(platform: PlatformConfig, payments: PaymentsConfig): Promise<PaymentsAddress> {
  const isApart = payments.PAYMENTS_DATABASE_URL !== undefined;
  const variable = isApart ? 'PAYMENTS_DATABASE_URL' : 'DATABASE_URL';
  const url = payments.PAYMENTS_DATABASE_URL ?? platform.DATABASE_URL;
  if (url !== 'embedded') return { url, migrationUrl: payments.PAYMENTS_MIGRATION_URL, variable };

  const server = await startEmbeddedPostgres({
    folder: join(platform.DATA_FOLDER, isApart ? 'payments-postgres' : 'postgres'),
    port: isApart ? undefined : platform.EMBEDDED_POSTGRES_PORT,
  });
  const urls = await server.setUp(PAYMENTS_ROLES);
  return { url: urls.get(PAYMENTS_LOGIN)!, migrationUrl: urls.get(PAYMENTS_ROLES.migrator)!, variable };
}
