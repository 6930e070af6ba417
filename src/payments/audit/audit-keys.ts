import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import {
  ED25519_KEY_PATTERN,
  type NamedKey,
  newEd25519Key,
  privateKeyOf,
  publicKeyOf,
  publicText,
} from '../../platform/configuration/ed25519-keys.js';

/** The name of the key is stored beside what it signed. */
export const AUDIT_KEY_PATTERN = ED25519_KEY_PATTERN;

/** Ed25519 keys that sign the audit log. The database has none of them: whoever rewrites it cannot sign it again. */
export class AuditKeys {
  readonly #signing?: NamedKey;
  readonly #public = new Map<string, KeyObject>();

  /** `signing`: the newest first, it signs; of the older ones, only what they signed is believed. */
  constructor(signing: readonly string[], publicOnly: readonly string[] = []) {
    for (const { name, key } of publicOnly.map(publicKeyOf)) this.#public.set(name, key);
    const own = signing.map(privateKeyOf);
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
    return [...this.#public].map(([name, key]) => publicText({ name, key }));
  }

  private newest(): NamedKey {
    if (!this.#signing) throw new Error('There is no key to sign with: PAYMENTS_AUDIT_KEYS is unset');
    return this.#signing;
  }
}

/** As PAYMENTS_AUDIT_KEYS wants it. */
export const newAuditKey = newEd25519Key;
