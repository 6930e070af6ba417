import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

/** AES-256. */
const KEY_BYTES = 32;
/** `name:key`: the name is stored beside what the key sealed, so that years later the right one is found. */
export const TOKEN_KEY_PATTERN = /^[a-z0-9-]{1,32}:[A-Za-z0-9+/]{43}=$/;

/** A key that is never in the database: without it a dump of payments opens nothing. */
export interface TokenKey {
  name: string;
  /** Prepared once: Node prepares bytes anew for each value, which takes longer than sealing it; and it prints itself nowhere. */
  secret: KeyObject;
}

/** The keys of one process, the newest first: the first one seals, every one opens. */
export type TokenKeys = readonly [TokenKey, ...TokenKey[]];

export function parseTokenKeys(texts: readonly string[]): TokenKeys {
  const [first, ...older] = texts.map((text) => {
    const [name = '', secret = ''] = text.split(':');
    return { name, secret: createSecretKey(secret, 'base64') };
  });
  if (!first) throw new Error('There is no token key');
  return [first, ...older];
}

/** As PAYMENTS_TOKEN_KEYS wants it. */
export function newTokenKey(name: string): string {
  return `${name}:${randomBytes(KEY_BYTES).toString('base64')}`;
}
