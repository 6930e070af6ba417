import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto';
import type { TokenKeys } from './token-keys.js';

const CIPHER = 'aes-256-gcm';
/** NIST SP 800-38D: 96 bits, made at random, are safe for 2^32 values under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** The first byte of everything sealed, so that another format can follow. */
const FORMAT = 1;

/** Where a sealed value stands. A value that was moved to another row or column does not open there. */
export interface SealedPlace {
  /** `table.column` */
  column: string;
  rowId: string;
}

/** The value cannot be opened: another key sealed it, or somebody changed or moved it. */
export class SealBroken extends Error {}

/**
 * Seals what the database must hold and must not know. What is stored: the format, the length and name of the key, a nonce,
 * the tag, and the ciphertext; the place is authenticated with it, and stored nowhere.
 */
export class Seals {
  /** Asked each time: keys that are exchanged in their file seal from then on. */
  readonly #keys: () => TokenKeys;

  constructor(keys: () => TokenKeys) {
    this.#keys = keys;
  }

  /** The name of the key that seals from now on. */
  get newestKey(): string {
    return this.#keys()[0].name;
  }

  /** Everything that the first key sealed begins with these bytes. */
  get header(): Buffer {
    return headerOf(this.newestKey);
  }

  seal(place: SealedPlace, value: string | Buffer): Buffer {
    const [newest] = this.#keys();
    const nonce = nextNonce();
    const cipher = createCipheriv(CIPHER, newest.secret, nonce).setAAD(placeBytes(place));
    const sealed = Buffer.concat([cipher.update(value), cipher.final()]);
    return Buffer.concat([headerOf(newest.name), nonce, cipher.getAuthTag(), sealed]);
  }

  /** @throws SealBroken */
  open(place: SealedPlace, sealed: Buffer): Buffer {
    const key = this.#keys().find(({ name }) => sealed.subarray(0, name.length + 2).equals(headerOf(name)));
    if (!key)
      throw new SealBroken(`${place.column} of ${place.rowId} is sealed with a key that is not configured`);
    const nonceAt = key.name.length + 2;
    const tagAt = nonceAt + NONCE_BYTES;
    const valueAt = tagAt + TAG_BYTES;
    try {
      const decipher = createDecipheriv(CIPHER, key.secret, sealed.subarray(nonceAt, tagAt))
        .setAAD(placeBytes(place))
        .setAuthTag(sealed.subarray(tagAt, valueAt));
      return Buffer.concat([decipher.update(sealed.subarray(valueAt)), decipher.final()]);
    } catch {
      throw new SealBroken(`${place.column} of ${place.rowId} does not open: it was changed or moved`);
    }
  }
}

/** Made by the hundred: to ask for one costs as much. */
const nonces = Buffer.alloc(NONCE_BYTES * 100);
let nextNonceAt = nonces.length;

/** To be copied at once; each is given once. */
function nextNonce(): Buffer {
  if (nextNonceAt === nonces.length) {
    randomFillSync(nonces);
    nextNonceAt = 0;
  }
  return nonces.subarray(nextNonceAt, (nextNonceAt += NONCE_BYTES));
}

function headerOf(keyName: string): Buffer {
  return Buffer.concat([Buffer.from([FORMAT, keyName.length]), Buffer.from(keyName)]);
}

function placeBytes({ column, rowId }: SealedPlace): Buffer {
  return Buffer.from(`${column} ${rowId}`);
}
