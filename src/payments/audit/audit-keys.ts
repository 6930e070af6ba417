import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';

/** `name:key`, 32 bytes in base64: the name is stored beside what the key signed. */
export const AUDIT_KEY_PATTERN = /^[a-z0-9-]{1,32}:[A-Za-z0-9+/]{43}=$/;

/** What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410). */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Ed25519 keys that sign the audit log. The database has none of them: whoever rewrites it cannot sign it again. */
export class AuditKeys {
  readonly #signing?: { name: string; key: KeyObject };
  readonly #public = new Map<string, KeyObject>();

  /** `signing`: the newest first, it signs; of the older ones, only what they signed is believed. */
  constructor(signing: readonly string[], publicOnly: readonly string[] = []) {
    for (const { name, bytes } of publicOnly.map(parsed))
      this.#public.set(
        name,
        createPublicKey({ key: Buffer.concat([PUBLIC_PREFIX, bytes]), format: 'der', type: 'spki' }),
      );
    const own = signing.map(parsed).map(({ name, bytes }) => ({
      name,
      key: createPrivateKey({ key: Buffer.concat([PRIVATE_PREFIX, bytes]), format: 'der', type: 'pkcs8' }),
    }));
    for (const { name, key } of own) this.#public.set(name, createPublicKey(key));
    this.#signing = own[0];
  }

  get signingName(): string {
    return this.newest().name;
  }

  sign(text: string): Buffer {
    return sign(null, Buffer.from(text), this.newest().key);
  }

  /** Null for a key that this process does not know: nothing can be said then. */
  verify(name: string, text: string, signature: Buffer): boolean | null {
    const key = this.#public.get(name);
    return key ? verify(null, Buffer.from(text), key, signature) : null;
  }

  /** As PAYMENTS_AUDIT_PUBLIC_KEYS wants them: for whoever verifies and must not be able to sign. */
  publicKeys(): string[] {
    return [...this.#public].map(([name, key]) => {
      const der = key.export({ format: 'der', type: 'spki' });
      return `${name}:${der.subarray(PUBLIC_PREFIX.length).toString('base64')}`;
    });
  }

  private newest(): { name: string; key: KeyObject } {
    if (!this.#signing) throw new Error('There is no key to sign with: PAYMENTS_AUDIT_KEYS is unset');
    return this.#signing;
  }
}

/** As PAYMENTS_AUDIT_KEYS wants it. */
export function newAuditKey(name: string): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  const der = privateKey.export({ format: 'der', type: 'pkcs8' });
  return `${name}:${der.subarray(PRIVATE_PREFIX.length).toString('base64')}`;
}

function parsed(text: string): { name: string; bytes: Buffer } {
  const [name = '', base64 = ''] = text.split(':');
  return { name, bytes: Buffer.from(base64, 'base64') };
}
