import { PlatformConfig } from '../platform/platform.config.js';
import { PaymentsConfig } from './payments.config.js';
import { wrongDatabases } from './payments.production.js';

// Who verifies the audit log serves nothing and charges nothing. In production, too, an auditor has public keys and a login
// that may read, and what a program must be told beside that is not asked for.

export class AuditorPlatformConfig extends PlatformConfig {
  override contradictions(): Record<string, string> {
    return {};
  }
}

export class AuditorConfig extends PaymentsConfig {
  override contradictions(isProduction: boolean): Record<string, string> {
    return isProduction ? wrongDatabases(this) : {};
  }
}

/** What `audit verify` and `audit public-keys` read. */
export const AUDITOR_CONFIGURATIONS = [AuditorPlatformConfig, AuditorConfig];
