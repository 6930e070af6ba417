import { developmentSecret } from '../../platform/configuration/development-secret.js';
import type { PlatformConfig } from '../../platform/platform.config.js';
import type { PaymentsConfig } from '../payments.config.js';
import { Seals } from './sealing.js';
import { newTokenKey, parseTokenKeys } from './token-keys.js';

/** Production must configure its keys; development has one in its data folder. */
export function sealsOf(platform: PlatformConfig, payments: PaymentsConfig): Seals {
  const keys = payments.PAYMENTS_TOKEN_KEYS ?? [
    developmentSecret(platform.DATA_FOLDER, 'payments-token-key', () => newTokenKey('development')),
  ];
  return new Seals(parseTokenKeys(keys));
}
