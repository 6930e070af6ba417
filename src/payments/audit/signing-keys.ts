import { developmentSecret } from '../../platform/configuration/development-secret.js';
import type { PlatformConfig } from '../../platform/platform.config.js';
import type { PaymentsConfig } from '../payments.config.js';
import { AuditKeys, newAuditKey } from './audit-keys.js';

/**
 * Production must configure its keys, unless it only verifies, with public ones; development has one in its data folder.
 * They are asked for each time, because they may be exchanged in their file.
 */
export function auditKeysOf(platform: PlatformConfig, payments: PaymentsConfig): AuditKeys {
  const made = payments.PAYMENTS_AUDIT_KEYS ?? (platform.isProduction ? [] : [developmentKey(platform)]);
  return new AuditKeys(() => payments.PAYMENTS_AUDIT_KEYS ?? made, payments.PAYMENTS_AUDIT_PUBLIC_KEYS);
}

function developmentKey({ DATA_FOLDER }: PlatformConfig): string {
  return developmentSecret(DATA_FOLDER, 'payments-audit-key', () => newAuditKey('development'));
}
