import { developmentSecret } from '../../platform/configuration/development-secret.js';
import type { PlatformConfig } from '../../platform/platform.config.js';
import type { PaymentsConfig } from '../payments.config.js';
import { Seals } from './sealing.js';
import { newTokenKey, parseTokenKeys } from './token-keys.js';

/** Production must configure its keys; development has one in its data folder. */
export function sealsOf(platform: PlatformConfig, payments: PaymentsConfig): Seals {
  const made = payments.PAYMENTS_TOKEN_KEYS ?? [
    developmentSecret(platform.DATA_FOLDER, 'payments-token-key', () => newTokenKey('development')),
  ];
  let from: readonly string[] = made;
  let keys = parseTokenKeys(made);
  return new Seals(() => {
    const now = payments.PAYMENTS_TOKEN_KEYS ?? made;
    if (now !== from) keys = parseTokenKeys(now);
    from = now;
    return keys;
  });
}
