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

/** The keys of one moment. */
interface KnownKeys {
  newest?: NamedKey;
  public: ReadonlyMap<string, KeyObject>;
}

/**
 * Ed25519 keys that sign the audit log. The database has none of them: whoever rewrites it cannot sign it again. They are asked for
 * each time: keys that are exchanged in their file sign from then on.
 */
export class AuditKeys {
  #from?: readonly string[];
  #known: KnownKeys = { public: new Map() };

  /** `signing`: the newest first, it signs; of the older ones, only what they signed is believed. */
  constructor(
    private readonly signing: () => readonly string[],
    private readonly publicOnly: readonly string[] = [],
  ) {}

  get signingName(): string {
    return this.newest().name;
  }

  sign(text: string): Buffer {
    return sign(null, Buffer.from(text), this.newest().key);
  }

  /** Null for a key that this process does not know: nothing can be said then. */
  verify(name: string, text: string, signature: Buffer): boolean | null {
    const key = this.known().public.get(name);
    return key ? verify(null, Buffer.from(text), key, signature) : null;
  }

  /** As PAYMENTS_AUDIT_PUBLIC_KEYS wants them: for whoever verifies and must not be able to sign. */
  publicKeys(): string[] {
    return [...this.known().public].map(([name, key]) => publicText({ name, key }));
  }

  private newest(): NamedKey {
    const { newest } = this.known();
    if (!newest) throw new Error('There is no key to sign with: PAYMENTS_AUDIT_KEYS is unset');
    return newest;
  }

  private known(): KnownKeys {
    const signing = this.signing();
    if (signing !== this.#from) {
      this.#known = keysOf(signing, this.publicOnly);
      this.#from = signing;
    }
    return this.#known;
  }
}

function keysOf(signing: readonly string[], publicOnly: readonly string[]): KnownKeys {
  const known = new Map(publicOnly.map(publicKeyOf).map(({ name, key }) => [name, key]));
  const own = signing.map(privateKeyOf);
  for (const { name, key } of own) known.set(name, createPublicKey(key));
  return { newest: own[0], public: known };
}

/** As PAYMENTS_AUDIT_KEYS wants it. */
export const newAuditKey = newEd25519Key;
