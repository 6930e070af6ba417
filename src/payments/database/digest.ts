import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { DatabaseRefused } from '../../platform/postgres/open-data-source.js';
import { SealBroken, type SealedPlace, type Seals } from './sealing.js';

const KEY_BYTES = 32;
export const DIGEST_KEY_PLACE: SealedPlace = { column: 'digest_key.sealed', rowId: 'the one' };

/**
 * Finds a row by a value that the database must not know: HMAC-SHA-256, so that whoever has the database alone can neither
 * compute nor try values. The key lies in the database, sealed with the token key; it goes where the data goes and stays
 * when token keys change, so digests and the unique indexes on them stay too.
 */
export class Digests {
  readonly #key: KeyObject;

  private constructor(key: KeyObject) {
    this.#key = key;
  }

  static async open(dataSource: DataSource, seals: Seals): Promise<Digests> {
    await dataSource.query(`INSERT INTO payments.digest_key (sealed) VALUES ($1) ON CONFLICT DO NOTHING`, [
      seals.seal(DIGEST_KEY_PLACE, randomBytes(KEY_BYTES)),
    ]);
    const [row] = await dataSource.query<[{ sealed: Buffer }]>('SELECT sealed FROM payments.digest_key');
    return new Digests(openKey(seals, row.sealed));
  }

  /** The same for the same kind and values, and for nothing else: 43 characters. */
  of(kind: 'token' | 'fingerprint' | 'address', ...values: string[]): string {
    return createHmac('sha256', this.#key)
      .update(JSON.stringify([kind, ...values]))
      .digest('base64url');
  }
}

function openKey(seals: Seals, sealed: Buffer): KeyObject {
  try {
    return createSecretKey(seals.open(DIGEST_KEY_PLACE, sealed));
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error;
    throw new DatabaseRefused(
      'PAYMENTS_TOKEN_KEYS: none of these keys opens this payments database. Configure the keys that it was used with; a lost one cannot be replaced.',
    );
  }
}
